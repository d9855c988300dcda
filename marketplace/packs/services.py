"""Putting packs on sale: proposed by one owner, agreed to by all, changed the same way, taken off by any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction

from ledger.domain import events
from ledger.services import append
from marketplace.catalogue.models import Entry
from marketplace.catalogue.services import PRICE_MINOR_MAX
from marketplace.packs import faults, letters, pricing, revisions
from marketplace.packs.errors import CannotPackError, NotYoursError
from marketplace.packs.models import Pack, PackProposal

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
        facts += revisions.proposed(proposal, actor_id)
        if not pack.revision:
            pack.title, pack.description, pack.licence_kind = proposal.title, proposal.description, wanted.licence_kind
            pack.save(update_fields=["title", "description", "licence_kind"])
        letters.ask(proposal)
    else:
        facts += revisions.take_effect(pack, proposal)
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
        facts += revisions.take_effect(pack, proposal)
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
