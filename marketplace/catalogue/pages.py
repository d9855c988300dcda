"""What the pages of one element need, gathered in one place."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.settlement import allocate
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role, may, roles_of
from marketplace.catalogue import selectors
from marketplace.catalogue.models import Entry
from marketplace.subscriptions.services import usable_lots
from production import selectors as production

PPM = 1_000_000
EVENTS_SHOWN_MAX = 200


def may_see(user: User | AnonymousUser, element_id: UUID) -> bool:
    """Contributors, licence holders and staff see an element that is not listed."""
    if not isinstance(user, User):
        return False
    if roles_of(user) & {Role.LABEL_STAFF, Role.OPERATOR}:
        return True
    if any(one.party_id == user.party_id for one in ledger.contributors(element_id)):
        return True
    return ledger.standing_licence(holder_id=user.party_id, element_id=element_id) is not None


def element_page(entry: Entry, user: User | AnonymousUser) -> dict[str, Any]:
    """The listing page."""
    party_id = user.party_id if isinstance(user, User) else None
    element = production.element(entry.element_id)
    return {
        "entry": entry,
        "row": selectors.rows_for([entry.element_id])[entry.element_id],
        "element": element,
        "facts": element.version.facts,
        "notes_url": _notes_url(element, party_id),
        "commission_ppm": settings.COMMISSION_PPM,
        "credits": bool(party_id and usable_lots(party_id)),
        "may_recommend": entry.kind in ("melody", "midi") and may_see(user, entry.element_id),
        "offers": selectors.offers(entry.element_id),
        "own": party_id == entry.seller_id,
        "licences": (licences := _licences(entry.element_id, party_id)),
        "held_kinds": {one.licence_kind for one in licences if one.standing},
        "makers": makers(entry.element_id),
        "earners": earners(entry.element_id),
        "parents": parents(entry.element_id),
        "claims": [claim for claim in ledger.claims_on(entry.element_id) if claim.state == "open"],
        "downloads": _downloads(entry.element_id, party_id),
    }


def _downloads(element_id: UUID, party_id: UUID | None) -> tuple[tuple[str, str], ...]:
    """(form, address) of everything this party may download."""
    if party_id is None or not production.may_use(party_id, element_id):
        return ()
    version = production.element(element_id).version
    return tuple((form, f"/versions/{version.id}/{form}/") for form in dict.fromkeys(("original", *version.forms)))


def _notes_url(element: production.ElementView, party_id: UUID | None) -> str:
    """Where the exact notes are, for those who may have them; empty for everybody else."""
    if party_id is None or not element.version.facts.get("note_count") or not production.may_use(party_id, element.id):
        return ""
    return f"/versions/{element.version.id}/roll/"


def _licences(element_id: UUID, party_id: UUID | None) -> list[ledger.Licence]:
    """One's own licences of an element, newest first."""
    return [one for one in ledger.licences_of(party_id) if one.element_id == element_id] if party_id else []


def parents(element_id: UUID) -> list[dict[str, Any]]:
    """What an element is made from, with the share that flows back."""
    edges = ledger.parents_of(element_id)
    rows = selectors.rows_for([edge.parent_id for edge in edges])
    return [
        {"row": rows.get(edge.parent_id), "element_id": edge.parent_id, "upstream_ppm": edge.upstream_ppm}
        for edge in edges
    ]


def makers(element_id: UUID) -> list[dict[str, Any]]:
    """Who took part, with their roles."""
    contributors = ledger.contributors(element_id)
    names = ledger.names_of(one.party_id for one in contributors)
    found: dict[UUID, dict[str, Any]] = {}
    for one in contributors:
        row = found.setdefault(one.party_id, {"party_id": one.party_id, "name": names[one.party_id], "roles": []})
        row["roles"].append(one.role.replace("_", " "))
    return list(found.values())


def earners(element_id: UUID) -> list[dict[str, Any]]:
    """Who receives what of a sale after the platform's commission, down every derivation path, in ppm of that pool.

    Worked as settlement works it (children before parents, `allocate` at each step), on a pool so large that rounding
    does not show.
    """
    edges: dict[UUID, list[ledger.Derivation]] = {}
    for edge in ledger.derivations_above([element_id]):
        edges.setdefault(edge.child_id, []).append(edge)
    pool = 10**12
    flow: dict[UUID, int] = {element_id: pool}
    received: dict[UUID, int] = {}
    for current in _children_first(element_id, edges):
        upward = sorted(edges.get(current, ()), key=lambda edge: str(edge.parent_id))
        upstream = [edge.upstream_ppm for edge in upward]
        own, *parts = allocate(flow.get(current, 0), [PPM - sum(upstream), *upstream])
        for edge, part in zip(upward, parts, strict=True):
            flow[edge.parent_id] = flow.get(edge.parent_id, 0) + part
        for party, part in _owners(current, own):
            received[party] = received.get(party, 0) + part
    own_parties = {party for party, _part in _owners(element_id, 0)}
    parties = {party.party_id: party for party in ledger.parties(received)}
    rows = [
        {
            "party_id": party,
            "name": parties[party].display_name,
            "ppm": amount * PPM // pool,
            "role": "" if party in own_parties else _("through what it is made from"),
            "url": f"/creators/{party}/",
            "note": "" if parties[party].claimed else _("waits in escrow"),
        }
        for party, amount in received.items()
    ]
    return sorted(rows, key=lambda row: (-row["ppm"], row["name"]))


def _owners(element_id: UUID, amount: int) -> list[tuple[UUID, int]]:
    shares = sorted(ledger.splits_in_force(element_id), key=lambda share: str(share.party_id))
    if not shares:  # until a split takes effect, an element is its creator's alone
        element = ledger.element(element_id)
        return [(element.creator_id, amount)] if element else []
    parts = allocate(amount, [share.share_ppm for share in shares])
    return [(share.party_id, part) for share, part in zip(shares, parts, strict=True)]


def _children_first(start: UUID, edges: dict[UUID, list[ledger.Derivation]]) -> list[UUID]:
    """An order of the ancestors in which every element comes after all that derive from it."""
    graph = {child: {edge.parent_id for edge in upward} for child, upward in edges.items()}
    order = TopologicalSorter({start: set(), **graph}).static_order()
    return list(order)[::-1]


def provenance_page(entry: Entry, user: User | AnonymousUser) -> dict[str, Any]:
    """The provenance page: the graph above and below, and every event of the element."""
    story = ledger.provenance(entry.element_id)
    assert story is not None, entry.element_id
    rows = selectors.rows_for(list(story.elements))
    records = ledger.events_about(entry.element_id, limit=EVENTS_SHOWN_MAX)
    names = ledger.names_of([*(e.creator_id for e in story.elements.values()), *(r.actor_id for r in records)])
    nodes = [
        {
            "id": str(element_id),
            "title": rows[element_id].title if element_id in rows else _("element"),
            "kind": element.element_kind,
            "maker": names[element.creator_id],
            "level": story.depth[element_id],
            "url": rows[element_id].url if element_id in rows else "",
            "here": element_id == entry.element_id,
            "generated": element_id in story.generations,
        }
        for element_id, element in story.elements.items()
    ]
    edges = [
        {"parent": str(edge.parent_id), "child": str(edge.child_id), "upstream_ppm": edge.upstream_ppm}
        for edge in story.derivations
    ]
    return {
        "entry": entry,
        "row": selectors.rows_for([entry.element_id])[entry.element_id],
        "nodes": nodes,
        "edges": edges,
        "generation": story.generations.get(entry.element_id),
        "records": [(record, _named(record, names, user)) for record in records],
    }


BUYERS_KINDS = ("order.", "licence.", "credits.", "dispute.")


def _named(record: ledger.Record, names: dict[UUID, str], user: User | AnonymousUser) -> str:
    """Who did it. Makers are credited in public; what somebody bought is theirs, and staff's, to know."""
    bought = record.event.kind.startswith(BUYERS_KINDS) and record.actor_id != settings.PLATFORM_PARTY_ID
    if not bought or may(user, "settlement.read"):
        return names[record.actor_id]
    return _("you") if isinstance(user, User) and user.party_id == record.actor_id else _("a buyer")
