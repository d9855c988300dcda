"""Where the money of a purchase went, as a page: for its buyer, for staff, and for a payee their own part of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.services.settlements import periods
from ledger.services.settlements.tracing_orders import DISPUTED, MET, Movement, OrderLineTrace, OrderTrace, Part
from marketplace.accounts.models import User
from marketplace.accounts.permissions import may
from marketplace.dashboards.traces import words
from marketplace.dashboards.traces.words import Fact, Names
from marketplace.packs import selectors as packs
from marketplace.templatetags.ledgerline import hue


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareView:
    """What one party got along one path."""

    name: str
    path: list[str]
    basis: str
    amount_micro: int
    mine: bool
    statement_id: UUID | None
    payout_state: str
    transfer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementView:
    """The sale, or what mirrors it."""

    kind: str
    disputed: bool
    """Whether it is the part that a claim held for a while, or still holds."""
    state: str
    period: str
    gross_minor: int
    tax_minor: int
    fee_minor: int | None
    net_minor: int
    shares: list[ShareView]
    others_micro: int
    """What a payee who is no staff does not see one by one."""
    rounding_micro: int
    facts: list[Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line of the order."""

    title: str
    element_id: UUID
    licence_kind: str
    licence_id: UUID | None
    gross_minor: int
    pack: str
    """The name of the pack that it was bought in, if any."""
    movements: list[MovementView]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """Everything the page of a purchase shows."""

    order_id: UUID
    currency: str
    gross_minor: int
    sees_all: bool
    is_buyer: bool
    estimated: bool
    taken_back: bool
    lines: list[LineView]
    flow: dict[str, Any]


def may_see(trace: OrderTrace, user: User) -> bool:
    """The buyer, staff, and whoever was paid by it."""
    if trace.order.buyer_id == user.party_id or may(user, "settlement.read"):
        return True
    return any(part.party_id == user.party_id for part in _parts(trace))


def of_order(trace: OrderTrace, user: User) -> OrderView:
    """The page of one purchase for one reader. A payee sees what came to them and the rest as one sum."""
    is_buyer = trace.order.buyer_id == user.party_id
    is_staff = may(user, "settlement.read")
    sees_all = is_buyer or is_staff
    parts = list(_parts(trace))
    elements = {str(step) for part in parts for step in part.path} | {str(one.line.element_id) for one in trace.lines}
    names = words.names_of(elements, {str(part.party_id) for part in parts})
    lines = [_line(one, names, user, sees_all=sees_all, is_staff=is_staff) for one in trace.lines]
    if not sees_all:  # of an order with several lines, a payee sees those that paid them
        lines = [one for one in lines if any(moved.shares for moved in one.movements)]
    moved = [one for line in trace.lines for one in line.movements]
    return OrderView(
        order_id=trace.order.order_id,
        currency=trace.order.currency,
        gross_minor=sum(one.gross_minor for one in lines),
        sees_all=sees_all,
        is_buyer=is_buyer,
        estimated=any(one.state != "settled" for one in moved),
        taken_back=any(one.revenue.kind != "sale" for one in moved),
        lines=lines,
        flow=_flow(trace, names) if sees_all else {},
    )


def _parts(trace: OrderTrace) -> Iterator[Part]:
    return (part for line in trace.lines for moved in line.movements for part in moved.parts)


def _line(one: OrderLineTrace, names: Names, user: User, *, sees_all: bool, is_staff: bool) -> LineView:
    return LineView(
        title=names.element(str(one.line.element_id)),
        element_id=one.line.element_id,
        licence_kind=one.line.licence_kind,
        licence_id=one.licence.licence_id if one.licence and sees_all else None,
        gross_minor=one.line.gross_minor,
        pack=packs.titles([one.line.pack_id]).get(one.line.pack_id, "") if one.line.pack_id else "",
        movements=[_movement(one, moved, names, user, sees_all, is_staff) for moved in one.movements],
    )


def _movement(
    one: OrderLineTrace, moved: Movement, names: Names, user: User, sees_all: bool, is_staff: bool
) -> MovementView:
    parts = list(moved.parts if is_staff else _without_contracts(moved.parts, user.party_id))
    own = [part for part in parts if sees_all or part.party_id == user.party_id]
    run = moved.run
    return MovementView(
        kind=moved.revenue.kind,
        disputed=moved.revenue.revenue_id.endswith(DISPUTED),
        state=moved.state,
        period=periods.parse(run.period).words if run else "",
        gross_minor=moved.revenue.gross_minor,
        tax_minor=moved.revenue.tax_minor,
        fee_minor=moved.revenue.fee_minor,
        net_minor=moved.net_minor,
        shares=[_share(part, names, user, is_staff=is_staff) for part in own],
        others_micro=sum(part.amount_micro for part in parts) - sum(part.amount_micro for part in own),
        rounding_micro=moved.rounding_micro,
        facts=list(_facts(one, moved, user)),
    )


def _without_contracts(parts: Iterable[Part], reader: UUID) -> list[Part]:
    """What a label takes of one owner's part is between the two: others see the owner's whole part."""
    found: dict[tuple[UUID, UUID, tuple[UUID, ...], str], Part] = {}
    for part in parts:
        party, basis = part.party_id, part.basis
        if basis == "label" and len(part.signed_owners) == 1 and reader not in (party, *part.signed_owners):
            (party,), basis = part.signed_owners, "split"
        key = (part.element_id, party, part.path, basis)
        before = found.get(key)
        found[key] = Part(
            element_id=part.element_id,
            party_id=party,
            basis=basis,
            path=part.path,
            amount_micro=part.amount_micro + (before.amount_micro if before else 0),
            exact=part.exact + (before.exact if before else 0),
            signed_owners=part.signed_owners,
            statement_id=part.statement_id,
            payout_state=(before or part).payout_state,
            transfer_ids=(before or part).transfer_ids,
        )
    return list(found.values())


def _share(part: Part, names: Names, user: User, *, is_staff: bool) -> ShareView:
    mine = part.party_id == user.party_id
    return ShareView(
        name=_name(part.party_id, names),
        path=[names.element(str(step)) for step in part.path],
        basis=part.basis,
        amount_micro=part.amount_micro,
        mine=mine,
        statement_id=part.statement_id if mine or is_staff else None,
        payout_state=part.payout_state,
        transfer_ids=part.transfer_ids if mine or is_staff else (),
    )


def _name(party_id: UUID, names: Names) -> str:
    return str(_("Ledgerline")) if party_id == settings.PLATFORM_PARTY_ID else names.party(str(party_id))


def _facts(one: OrderLineTrace, moved: Movement, user: User) -> Iterator[Fact]:
    run = ledger.event_at(moved.run.changed_position) if moved.run else None
    licence = one.licence_record if moved.revenue.kind == "sale" else None
    for what, record in (
        (moved.revenue.kind, moved.record),
        ("fee", moved.fee_record),
        ("licence", licence),
        ("calculated", run),
    ):
        if record is not None:
            yield words.fact(what, record, user)


# ------------------------------------------------------------------------------------------------- the picture
def _flow(trace: OrderTrace, names: Names) -> dict[str, Any]:
    """What was paid: what of it everyone kept, through each element on the way, and what went back."""
    moved = [one for line in trace.lines for one in line.movements if one.parts and one.revenue.kind != MET]
    if not any(one.revenue.kind == "sale" for one in moved):
        return {}
    depth: dict[str, int] = {}
    kept = _kept(moved, depth)
    back = sum(one.revenue.gross_minor for one in moved if one.revenue.kind != "sale")
    bands = [(start, end, amount) for (start, end), amount in kept.items()]
    if any(amount < 0 for amount in kept.values()):
        bands = _after_all_went_back(moved, kept)
    bands.append(("paid", "back", max(0, -back) * words.MICRO))
    last = max(depth.values(), default=1) + 1
    fixed = {
        "paid": _("You paid"),
        "back": _("Went back to you"),
        "tax": _("Tax"),
        "fee": _("Processor’s fee"),
        "platform": _("Ledgerline’s commission"),
    }
    used = {end for start, end, amount in bands if amount} | {"paid"}
    people = dict.fromkeys(end for _start, end, _amount in bands if end.startswith("to-") and end in used)
    nodes = [
        *({"id": k, "label": v, "layer": 0 if k == "paid" else 1, "hue": 2} for k, v in fixed.items() if k in used),
        *({"id": k, "label": names.element(k), "layer": n, "hue": 5} for k, n in depth.items() if k in used),
        *({"id": k, "label": names.party(k[3:]), "layer": last, "hue": hue(k[3:])} for k in people),
    ]
    return {"nodes": nodes, "links": words.links_of(bands, trace.order.currency)}


def _kept(moved: Iterable[Movement], depth: dict[str, int]) -> dict[tuple[str, str], Fraction | int]:
    """(from, to) -> what stayed there, of sales less what mirrors them; `depth` learns how far each element is."""
    sums: dict[tuple[str, str], Fraction | int] = {}
    for one in moved:
        bands: list[tuple[str, str, Fraction | int]] = [
            ("paid", "tax", one.revenue.tax_minor * words.MICRO),
            ("paid", "fee", (one.revenue.fee_minor or 0) * words.MICRO),
        ]
        for part in one.parts:
            bands += _bands(part, depth)
        for start, end, amount in bands:
            sums[start, end] = sums.get((start, end), 0) + amount
    return {ends: amount for ends, amount in sums.items() if amount}


def _after_all_went_back(
    moved: Iterable[Movement], kept: dict[tuple[str, str], Fraction | int]
) -> list[tuple[str, str, Fraction | int]]:
    """Where payees bear what the processor kept, there is no flow to them: of what stayed, tax comes first."""
    left: Fraction | int = max(0, sum(one.revenue.gross_minor for one in moved)) * words.MICRO
    tax = min(left, max(0, kept.get(("paid", "tax"), 0)))
    return [("paid", "tax", tax), ("paid", "fee", left - tax)]


def _bands(part: Part, depth: dict[str, int]) -> Iterator[tuple[str, str, Fraction | int]]:
    if part.basis == "commission":
        yield "paid", "platform", part.exact
        return
    party = part.signed_owners[0] if part.basis == "label" and len(part.signed_owners) == 1 else part.party_id
    stops = ["paid", *(str(step) for step in part.path), f"to-{party}"]
    for place, step in enumerate(stops[1:-1], start=1):
        depth[step] = max(depth.get(step, 0), place)
    for start, end in itertools.pairwise(stops):
        yield start, end, part.exact
