"""Putting packs on sale: proposed by one owner, agreed to by all, changed the same way, taken off by any."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Value

from ledger.domain import events
from ledger.services import append, clock, documents
from marketplace.catalogue.models import Entry
from marketplace.catalogue.services import PRICE_MINOR_MAX
from marketplace.packs import covers, faults, letters, pricing
from marketplace.packs.errors import CannotPackError, NotYoursError
from marketplace.packs.models import Pack, PackMember, PackPrice, PackProposal

MEMBERS_MIN, MEMBERS_MAX = 2, 40
PRICE_MINOR_MIN = 50
PackLicence = Literal["standard", "remix"]
LICENCES: tuple[PackLicence, ...] = ("standard", "remix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a pack shall be: elements in their order, one licence for all, a price for each currency."""

    title: str
    element_ids: tuple[UUID, ...]
    prices: Mapping[str, int]
    licence_kind: PackLicence = "standard"
    description: str = ""


@transaction.atomic
def offer(*, actor_id: UUID, wanted: Wanted, pack_id: UUID | None = None) -> Pack:
    """Propose a pack, or the next revision of one. It is in force at once if all of it is the actor's.

    Raises
    ------
    CannotPackError
        If these elements cannot be sold together so; the message names what is wrong.
    NotYoursError
        If none of them is the actor's, or of the pack that is to change.
    """
    owners = _check(wanted, actor_id)
    pack = Pack.objects.create(seller_id=actor_id) if pack_id is None else _own_pack(pack_id, actor_id)
    last = pack.proposals.order_by("-revision").first()
    pack.proposals.filter(state="open").update(state="replaced")
    proposal = PackProposal.objects.create(
        pack=pack,
        revision=1 + (last.revision if last else 0),
        proposer_id=actor_id,
        title=wanted.title.strip(),
        description=wanted.description.strip(),
        licence_kind=wanted.licence_kind,
        element_ids=list(wanted.element_ids),
        prices=dict(sorted(wanted.prices.items())),
        owner_ids=owners,
        agreed_ids=[actor_id],
    )
    facts: list[events.Event] = []
    if proposal.waiting_for:
        facts += _proposed(proposal, actor_id)
        if not pack.revision:
            pack.title, pack.description, pack.licence_kind = proposal.title, proposal.description, wanted.licence_kind
            pack.save(update_fields=["title", "description", "licence_kind"])
        letters.ask(proposal)
    else:
        facts += _take_effect(pack, proposal)
    if facts:
        append(*facts, actor_id=actor_id, key=f"pack.offered:{pack.id}:{proposal.revision}")
    return pack


def _check(wanted: Wanted, actor_id: UUID) -> list[UUID]:
    """The owners, in ascending order."""
    if not wanted.title.strip():
        raise CannotPackError("Give the pack a name.")
    ids = wanted.element_ids
    if len(set(ids)) != len(ids) or not MEMBERS_MIN <= len(ids) <= MEMBERS_MAX:
        raise CannotPackError(f"A pack holds {MEMBERS_MIN} to {MEMBERS_MAX} different elements.")
    if wanted.licence_kind not in LICENCES:
        raise CannotPackError("A pack is sold with the standard or the remix licence.")
    if not wanted.prices:
        raise CannotPackError("Give the pack a price.")
    owners = dict(Entry.objects.filter(pk__in=ids).values_list("element_id", "seller_id"))
    if len(owners) != len(ids):
        raise CannotPackError("One of these elements is not in the shop.")
    if actor_id not in owners.values():
        raise NotYoursError("Nothing of this pack is yours.")
    _check_prices(wanted)
    return sorted(set(owners.values()))


def _check_prices(wanted: Wanted) -> None:
    standing = faults.standing(wanted.element_ids)
    titles = dict(Entry.objects.filter(pk__in=wanted.element_ids).values_list("element_id", "title"))
    for currency, price in wanted.prices.items():
        singles = []
        for element_id in wanted.element_ids:
            if cause := standing.cause(element_id, wanted.licence_kind, currency):
                fault = faults.Fault(cause=cause, element_id=element_id, title=titles[element_id])
                raise CannotPackError(f"{fault.words} ({wanted.licence_kind}, {currency})")
            listing = standing.listing(element_id, wanted.licence_kind, currency)
            assert listing is not None
            singles.append(listing.price_minor)
        if not PRICE_MINOR_MIN <= price <= PRICE_MINOR_MAX:
            raise CannotPackError("The price must lie between 0.50 and 10,000.00.")
        if price >= sum(singles):
            raise CannotPackError(
                f"A pack must cost less than its elements one by one: in {currency} they cost "
                f"{sum(singles) // 100}.{sum(singles) % 100:02d} together."
            )
        if min(pricing.parts_of(price, singles)) < 1:
            raise CannotPackError("At this price one of the elements would earn nothing.")


@transaction.atomic
def agree(*, pack_id: UUID, party_id: UUID) -> bool:
    """An owner says yes; True if the revision is in force by it. A second yes changes nothing.

    Raises
    ------
    CannotPackError
        If what was proposed cannot be sold so any more, or nothing is open.
    NotYoursError
        If nothing of it is this party's.
    """
    pack, proposal = _open(pack_id, party_id)
    if party_id in proposal.agreed_ids:
        return False
    proposal.agreed_ids = [*proposal.agreed_ids, party_id]
    proposal.save(update_fields=["agreed_ids"])
    facts: list[events.Event] = [events.PackAgreed(pack_id=pack.id, revision=proposal.revision, party_id=party_id)]
    in_force = not proposal.waiting_for
    if in_force:
        _check_prices(_wanted(proposal))
        facts += _take_effect(pack, proposal)
    append(*facts, actor_id=party_id, key=f"pack.agreed:{pack.id}:{proposal.revision}:{party_id}")
    return in_force


@transaction.atomic
def refuse(*, pack_id: UUID, party_id: UUID) -> None:
    """An owner says no: the revision is over, and what is on sale stays as it is. (Its proposer takes it back so.)"""
    pack, proposal = _open(pack_id, party_id)
    proposal.state = "withdrawn" if party_id == proposal.proposer_id else "refused"
    proposal.save(update_fields=["state"])
    if not pack.revision:
        pack.status = Pack.Status.WITHDRAWN
        pack.save(update_fields=["status"])
    append(
        events.PackRefused(pack_id=pack.id, revision=proposal.revision, party_id=party_id),
        actor_id=party_id,
        key=f"pack.refused:{pack.id}:{proposal.revision}",
    )


@transaction.atomic
def withdraw(*, pack_id: UUID, actor_id: UUID) -> None:
    """Take a pack off sale: any owner may, at any time. Licences that were bought with it stay."""
    pack = _own_pack(pack_id, actor_id)
    if pack.status != Pack.Status.ON_SALE:
        raise CannotPackError("This pack is not on sale.")
    pack.status = Pack.Status.WITHDRAWN
    pack.save(update_fields=["status"])
    append(
        events.PackWithdrawn(pack_id=pack.id, party_id=actor_id),
        actor_id=actor_id,
        key=f"pack.withdrawn:{pack.id}:{pack.revision}",
    )


# ---------------------------------------------------------------------------------------------------- workings
def _own_pack(pack_id: UUID, party_id: UUID) -> Pack:
    """The pack, locked, if something of it is this party's."""
    pack = Pack.objects.select_for_update().filter(pk=pack_id).first()
    if pack is None or not (pack.seller_id == party_id or pack.members.filter(owner_id=party_id).exists()):
        raise NotYoursError("There is no such pack of yours.")
    return pack


def _open(pack_id: UUID, party_id: UUID) -> tuple[Pack, PackProposal]:
    pack = Pack.objects.select_for_update().filter(pk=pack_id).first()
    proposal = pack.proposals.filter(state="open").first() if pack else None
    if pack is None or proposal is None:
        raise CannotPackError("Nothing is proposed for this pack at the moment.")
    if party_id not in proposal.owner_ids:
        raise NotYoursError("Nothing of this pack is yours.")
    return pack, proposal


def _wanted(proposal: PackProposal) -> Wanted:
    return Wanted(
        title=proposal.title,
        description=proposal.description,
        element_ids=tuple(proposal.element_ids),
        prices=proposal.prices,
        licence_kind=proposal.licence_kind,  # type: ignore[arg-type]
    )


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


def _proposed(proposal: PackProposal, actor_id: UUID) -> list[events.Event]:
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


def _take_effect(pack: Pack, proposal: PackProposal) -> list[events.Event]:
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
