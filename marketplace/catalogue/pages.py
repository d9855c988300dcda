"""What the pages of one element need, gathered in one place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from ledger import selectors as ledger
from ledger.domain.settlement.allocate import allocate
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role, roles_of
from marketplace.catalogue import selectors
from marketplace.catalogue.models import Entry
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
    return {
        "entry": entry,
        "row": selectors.rows_for([entry.element_id])[entry.element_id],
        "element": production.element(entry.element_id),
        "offers": selectors.offers(entry.element_id),
        "own": party_id == entry.seller_id,
        "licences": ledger.licences_of(party_id, element_id=entry.element_id) if party_id else (),
        "makers": makers(entry.element_id),
        "earners": earners(entry.element_id),
        "parents": ledger.parents(entry.element_id),
        "claims": ledger.open_claims(entry.element_id),
        "downloads": production.downloads(entry.element_id, party_id) if party_id else (),
    }


def makers(element_id: UUID) -> list[dict[str, Any]]:
    """Who took part, with their roles."""
    contributors = ledger.contributors(element_id)
    names = ledger.display_names([one.party_id for one in contributors])
    found: dict[UUID, dict[str, Any]] = {}
    for one in contributors:
        row = found.setdefault(
            one.party_id, {"party_id": one.party_id, "name": names.get(one.party_id, "someone"), "roles": []}
        )
        row["roles"].append(one.role.replace("_", " "))
    return list(found.values())


def earners(element_id: UUID) -> list[dict[str, Any]]:
    """Who receives what of a sale after the platform's commission, down every derivation path, in ppm of that pool.

    Worked as settlement works it (children before parents, `allocate` at each step) on a pool large enough that
    rounding does not show.
    """
    pool = 10**12
    flow, order = {element_id: pool}, ledger.ancestors_children_first(element_id)
    received: dict[UUID, int] = {}
    for current in order:
        amount = flow.get(current, 0)
        parents = sorted(ledger.parents(current), key=lambda parent: str(parent.element_id))
        upstream = [parent.upstream_ppm for parent in parents]
        own, *parts = allocate(amount, [PPM - sum(upstream), *upstream])
        for parent, part in zip(parents, parts, strict=True):
            flow[parent.element_id] = flow.get(parent.element_id, 0) + part
        split = sorted(ledger.split_in_force(current) or (), key=lambda share: str(share.party_id))
        if not split:
            continue
        for share, part in zip(split, allocate(own, [share.share_ppm for share in split]), strict=True):
            received[share.party_id] = received.get(share.party_id, 0) + part
    names = ledger.display_names(list(received))
    rows = [
        {
            "party_id": party,
            "name": names.get(party, "someone"),
            "ppm": amount * PPM // pool,
            "own": any(share.party_id == party for share in ledger.split_in_force(element_id) or ()),
        }
        for party, amount in received.items()
    ]
    return sorted(rows, key=lambda row: (-row["ppm"], row["name"]))


def provenance_page(entry: Entry, user: User | AnonymousUser) -> dict[str, Any]:
    """The provenance page: the graph above and below, and every event of the element."""
    graph = ledger.provenance(entry.element_id)
    rows = selectors.rows_for([node.element_id for node in graph.nodes])
    party_ids = {node.creator_id for node in graph.nodes}
    records = ledger.events_about(entry.element_id)[:EVENTS_SHOWN_MAX]
    names = ledger.display_names([*party_ids, *(record.actor_id for record in records)])
    nodes = [
        {
            "id": str(node.element_id),
            "title": rows[node.element_id].title if node.element_id in rows else "element",
            "kind": node.kind,
            "maker": names.get(node.creator_id, "someone"),
            "level": node.level,
            "url": f"/elements/{node.element_id}/" if node.element_id in rows else "",
            "here": node.element_id == entry.element_id,
            "generated": node.generated,
        }
        for node in graph.nodes
    ]
    edges = [
        {"parent": str(edge.parent_id), "child": str(edge.child_id), "upstream_ppm": edge.upstream_ppm}
        for edge in graph.edges
    ]
    return {
        "entry": entry,
        "row": selectors.rows_for([entry.element_id])[entry.element_id],
        "graph": {"nodes": nodes, "edges": edges},
        "records": [(record, names.get(record.actor_id, "the platform")) for record in records],
    }
