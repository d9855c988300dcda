"""What a proposal of a pack becomes: the facts that tell it, and the pack as all owners agreed to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from ledger.domain import events
from ledger.services import clock, documents
from marketplace.catalogue.models import Entry
from marketplace.packs import covers, faults
from marketplace.packs.models import Pack, PackMember, PackPrice, PackProposal


def _words_hash(proposal: PackProposal) -> str:
    words = {"description": proposal.description, "title": proposal.title}
    return documents.keep(json.dumps(words, ensure_ascii=False, sort_keys=True).encode(), media_type="application/json")


def _members(proposal: PackProposal) -> tuple[events.PackMember, ...]:
    """Each element with its listing in each of the pack's currencies."""
    standing = faults.standing(proposal.element_ids)
    found = []
    for currency in sorted(proposal.prices):
        for element_id in proposal.element_ids:
            listing = standing.listing(element_id, proposal.licence_kind, currency)
            assert listing is not None, "checked before"
            found.append(events.PackMember(element_id=element_id, listing_id=listing.id))
    return tuple(found)


def _prices(proposal: PackProposal) -> tuple[events.Price, ...]:
    return tuple(events.Price(currency=one, price_minor=minor) for one, minor in sorted(proposal.prices.items()))


def proposed(proposal: PackProposal, actor_id: UUID) -> list[events.Event]:
    """The facts of a proposal, to which whoever makes it agrees."""
    return [
        events.PackProposed(
            pack_id=proposal.pack_id,
            revision=proposal.revision,
            licence_kind=proposal.licence_kind,  # type: ignore[arg-type]
            members=_members(proposal),
            prices=_prices(proposal),
            words_hash=_words_hash(proposal),
            needs=tuple(proposal.owner_ids),
        ),
        events.PackAgreed(pack_id=proposal.pack_id, revision=proposal.revision, party_id=actor_id),
    ]


def take_effect(pack: Pack, proposal: PackProposal) -> list[events.Event]:
    """Everybody agreed: the pack is what was proposed. Returns the facts to write."""
    facts = _repriced(pack, proposal) or [
        events.PackPublished(
            pack_id=pack.id,
            revision=proposal.revision,
            licence_kind=proposal.licence_kind,  # type: ignore[arg-type]
            members=_members(proposal),
            prices=_prices(proposal),
            words_hash=_words_hash(proposal),
        )
    ]
    proposal.state = "in_force"
    proposal.save(update_fields=["state"])
    pack.title, pack.description = proposal.title, proposal.description
    pack.licence_kind, pack.revision = proposal.licence_kind, proposal.revision
    pack.status, pack.first_listed_at = Pack.Status.ON_SALE, pack.first_listed_at or clock.now()
    entries = Entry.objects.in_bulk(proposal.element_ids)
    ordered = [entries[element_id] for element_id in proposal.element_ids]
    pack.cover_svg = covers.draw([entry.cover_svg for entry in ordered])
    pack.save()
    pack.members.all().delete()
    PackMember.objects.bulk_create(
        PackMember(pack=pack, place=place, element_id=entry.element_id, owner_id=entry.seller_id)
        for place, entry in enumerate(ordered)
    )
    pack.prices.all().delete()
    PackPrice.objects.bulk_create(
        PackPrice(pack=pack, currency=currency, price_minor=minor) for currency, minor in proposal.prices.items()
    )
    _index(pack, ordered)
    return facts


def _repriced(pack: Pack, proposal: PackProposal) -> list[events.Event]:
    """The facts of a change of nothing but prices; empty if it is more than that."""
    before = {one.currency: one.price_minor for one in pack.prices.all()}
    same = (
        pack.status == Pack.Status.ON_SALE
        and (pack.title, pack.description) == (proposal.title, proposal.description)
        and pack.licence_kind == proposal.licence_kind
        and [one.element_id for one in pack.members.all()] == list(proposal.element_ids)
        and before.keys() == proposal.prices.keys()
    )
    if not same:
        return []
    return [
        events.PackRepriced(pack_id=pack.id, currency=currency, price_minor=minor)
        for currency, minor in sorted(proposal.prices.items())
        if before[currency] != minor
    ]


def _index(pack: Pack, entries: Sequence[Entry]) -> None:
    """Words to search by: the pack's own, and those of its elements."""
    inside = " ".join(word for entry in entries for word in (entry.title, *entry.tags, entry.kind.replace("_", " ")))
    weighed = [("A", pack.title), ("B", inside), ("C", pack.description)]
    first, *others = (SearchVector(Value(words), weight=weight, config="simple") for weight, words in weighed)
    Pack.objects.filter(pk=pack.pk).update(search=sum(others, start=first))
