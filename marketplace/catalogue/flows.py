"""Where the money of one sale goes: down every derivation path to everyone who earns, worked as settlement works it."""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.settlement import allocate
from marketplace.catalogue.models import Entry, Listing
from marketplace.templatetags.ledgerline import hue, minor_digits, write_amount

PPM = 1_000_000
POOL = 10**12
"""So large that rounding does not show."""


@dataclass(slots=True)
class _Flow:
    """A pool on its way up: what each element passes on, and what each owner receives of it."""

    passed: list[tuple[UUID, UUID, int]] = field(default_factory=list)
    """(child, parent, amount)"""
    paid: list[tuple[UUID, UUID, int]] = field(default_factory=list)
    """(element, party, amount)"""
    depth: dict[UUID, int] = field(default_factory=dict)
    """Element -> longest way from the sold one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a creator is about to declare: further parents with their shares, and how the own portion is divided.

    Whoever has no party yet is named by an id made up for the moment; `names` tells what to call them.
    """

    parents: tuple[tuple[UUID, int], ...] = ()
    owners: tuple[tuple[UUID, int], ...] = ()
    names: dict[UUID, str] = field(default_factory=dict)


def _flow(element_id: UUID, pool: int, plan: Plan | None = None) -> _Flow:
    """Children before parents, `allocate` at each step, as settlement does."""
    planned = plan.parents if plan else ()
    edges: dict[UUID, list[tuple[UUID, int]]] = {}
    for edge in ledger.derivations_above([element_id, *(parent for parent, _ppm in planned)]):
        edges.setdefault(edge.child_id, []).append((edge.parent_id, edge.upstream_ppm))
    edges.setdefault(element_id, []).extend(planned)
    found, waiting = _Flow(depth={element_id: 0}), {element_id: pool}
    for current in _children_first(element_id, edges):
        upward = sorted(edges.get(current, ()), key=lambda edge: str(edge[0]))
        upstream = [ppm for _parent, ppm in upward]
        own, *parts = allocate(waiting.get(current, 0), [PPM - sum(upstream), *upstream])
        for (parent, _ppm), part in zip(upward, parts, strict=True):
            waiting[parent] = waiting.get(parent, 0) + part
            found.depth[parent] = max(found.depth.get(parent, 0), found.depth[current] + 1)
            found.passed.append((current, parent, part))
        planned_owners = plan.owners if plan and current == element_id else ()
        found.paid += [(current, party, part) for party, part in _owners(current, own, planned_owners)]
    return found


def earners(element_id: UUID) -> list[dict[str, Any]]:
    """Who receives what of a sale after the platform's commission, in ppm of that pool; the most first."""
    flow = _flow(element_id, POOL)
    received: dict[UUID, int] = {}
    for _element, party, part in flow.paid:
        received[party] = received.get(party, 0) + part
    own_parties = {party for element, party, _part in flow.paid if element == element_id}
    parties = {party.party_id: party for party in ledger.parties(received)}
    rows = [
        {
            "party_id": party,
            "name": parties[party].display_name,
            "ppm": amount * PPM // POOL,
            "role": "" if party in own_parties else _("through what it is made from"),
            "url": f"/creators/{party}/",
            "note": "" if parties[party].claimed else _("waits in escrow"),
        }
        for party, amount in received.items()
    ]
    return sorted(rows, key=lambda row: (-row["ppm"], row["name"]))


def of_sale(element_id: UUID) -> dict[str, Any] | None:
    """Nodes and links for the flow graph of one sale, before tax and the processor's fee.

    None if the element has no parents (its split says it all) or no price.
    """
    offer = (
        Listing.objects.filter(entry_id=element_id, status=Listing.Status.ON_SALE, price_minor__gt=0)
        .order_by("price_minor", "id")
        .first()
    )
    if offer is None:
        return None
    commission, pool = _commission(offer.price_minor)
    flow = _flow(element_id, pool)
    if not flow.passed:
        return None
    picture = _picture(element_id, flow, commission, pool, offer.currency)
    return {**picture, "price_minor": offer.price_minor, "licence_kind": offer.licence_kind}


def planned_sale(element_id: UUID, plan: Plan, *, party_id: UUID, price_minor: int, currency: str) -> dict[str, Any]:
    """The same for what is not declared yet, and what `party_id` keeps of it: micro and ppm of the price."""
    commission, pool = _commission(price_minor)
    flow = _flow(element_id, pool, plan)
    keeps = sum(part for _element, party, part in flow.paid if party == party_id)
    picture = _picture(element_id, flow, commission, pool, currency, plan.names)
    return {
        **picture,
        "price_minor": price_minor,
        "keeps_micro": keeps,
        "keeps_ppm": keeps // price_minor if price_minor else 0,  # micro of a minor unit are its ppm
    }


def _commission(price_minor: int) -> tuple[int, int]:
    commission, pool = allocate(price_minor * PPM, [settings.COMMISSION_PPM, PPM - settings.COMMISSION_PPM])
    return commission, pool


def _picture(
    element_id: UUID, flow: _Flow, commission: int, pool: int, currency: str, names: dict[UUID, str] | None = None
) -> dict[str, Any]:
    """Nodes and links of a flow."""
    bands = [
        ("sale", "platform", commission),
        ("sale", str(element_id), pool),
        *((str(child), str(parent), amount) for child, parent, amount in flow.passed),
        *((str(element), f"to-{party}", amount) for element, party, amount in flow.paid),
    ]
    links = [
        {"from": start, "to": end, "value": amount / PPM, "words": _exact(amount, currency)}
        for start, end, amount in bands
        if amount
    ]
    return {"nodes": _nodes(flow, names or {}), "links": links, "currency": currency}


def _nodes(flow: _Flow, known: dict[UUID, str]) -> list[dict[str, Any]]:
    """The sale, the elements by depth, and in the last column everyone who is paid."""
    titles = dict(Entry.objects.filter(pk__in=list(flow.depth)).values_list("element_id", "title"))
    last = max(flow.depth.values()) + 2
    receivers = list(dict.fromkeys(party for _element, party, amount in flow.paid if amount))
    names = {**ledger.names_of(receivers), **known}
    return [
        {"id": "sale", "label": _("A sale"), "layer": 0, "hue": 2},
        {"id": "platform", "label": _("Ledgerline’s commission"), "layer": 1, "hue": 2},
        *(
            {"id": str(element), "label": titles.get(element, _("an element")), "layer": depth + 1, "hue": 5}
            for element, depth in flow.depth.items()
        ),
        *({"id": f"to-{party}", "label": names[party], "layer": last, "hue": hue(party)} for party in receivers),
    ]


def _exact(amount_micro: int, currency: str) -> str:
    digits = minor_digits(currency)
    return f"{write_amount(amount_micro, digits=digits + 6, shortest=digits)} {currency}"


def _owners(element_id: UUID, amount: int, planned: tuple[tuple[UUID, int], ...] = ()) -> list[tuple[UUID, int]]:
    if planned:
        ordered = sorted(planned, key=lambda owner: str(owner[0]))
        parts = allocate(amount, [ppm for _party, ppm in ordered])
        return [(party, part) for (party, _ppm), part in zip(ordered, parts, strict=True)]
    shares = sorted(ledger.splits_in_force(element_id), key=lambda share: str(share.party_id))
    if not shares:  # until a split takes effect, an element is its creator's alone
        element = ledger.element(element_id)
        return [(element.creator_id, amount)] if element else []
    parts = allocate(amount, [share.share_ppm for share in shares])
    return [(share.party_id, part) for share, part in zip(shares, parts, strict=True)]


def _children_first(start: UUID, edges: dict[UUID, list[tuple[UUID, int]]]) -> list[UUID]:
    """An order of the ancestors in which every element comes after all that derive from it."""
    graph = {child: {parent for parent, _ppm in upward} for child, upward in edges.items()}
    order = TopologicalSorter({start: set(), **graph}).static_order()
    return list(order)[::-1]
