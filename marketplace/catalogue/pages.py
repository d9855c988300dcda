"""What the pages of one element need, gathered in one place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.identifiers import pretty
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role, may, roles_of
from marketplace.catalogue import credits, flows, note_pictures, selectors, services
from marketplace.catalogue.models import Entry
from marketplace.credentials import showing
from marketplace.licensing import proofs
from marketplace.packs import selectors as packs_of_shop
from marketplace.subscriptions.services import usable_lots
from production import selectors as production

EVENTS_SHOWN_MAX = 200
SIMILAR_SHOWN_MAX = 4
RECOMMENDED_FROM = ("melody", "midi", "progression", "wave", "sound")


def may_see(user: User | AnonymousUser, element_id: UUID) -> bool:
    """Contributors, licence holders and staff see an element that is not listed."""
    if not isinstance(user, User):
        return False
    if roles_of(user) & {Role.LABEL_STAFF, Role.OPERATOR}:
        return True
    if any(one.party_id == user.party_id for one in ledger.contributors(element_id)):
        return True
    return ledger.standing_licence(holder_id=user.party_id, element_id=element_id) is not None


def element_or_none(element_id: UUID) -> production.ElementView | None:
    """The element as production knows it, or None."""
    found = production.elements([element_id])
    return found[0] if found else None


def jobs_of(party_id: UUID, task: str, limit: int) -> list[ledger.Job]:
    """One's newest jobs of one kind."""
    return [job for job in ledger.jobs_of(party_id, limit=200) if job.task == task][:limit]


def element_page(entry: Entry, user: User | AnonymousUser) -> dict[str, Any]:
    """The listing page."""
    party_id = user.party_id if isinstance(user, User) else None
    element = production.element(entry.element_id)
    if element.version.content_hash != entry.content_hash:
        # A version is a second old, and the follower has not come by yet: who made it should not be said of the last.
        entry = services.refresh_entry(element_id=entry.element_id)
    return {
        "entry": entry,
        "row": selectors.rows_for([entry.element_id])[entry.element_id],
        "element": element,
        "facts": element.version.facts,
        "notes_url": _notes_url(element, party_id),
        "note_pictures": note_pictures.of_version(element.version.id),
        "commission_ppm": settings.COMMISSION_PPM,
        "credits": bool(party_id and usable_lots(party_id)),
        "may_recommend": entry.kind in RECOMMENDED_FROM and may_see(user, entry.element_id),
        "may_reopen": entry.kind == "mix_setting" and production.may_reopen(entry.element_id, party_id),
        "may_work": party_id is not None and production.may_work(entry.element_id, party_id),
        "duplicates": duplicates(entry.element_id, party_id),
        "similar": similar(entry.element_id),
        "offers": selectors.offers(entry.element_id),
        "own": party_id == entry.seller_id,
        "has_part": party_id is not None and ledger.has_part(party_id, entry.element_id),
        "licences": (licences := _licences(entry.element_id, party_id)),
        "held_kinds": {one.licence_kind for one in licences if one.standing},
        "makers": makers(entry.element_id),
        "identifiers": identifiers(entry.element_id),
        "earners": flows.earners(entry.element_id),
        "flow": flows.of_sale(entry.element_id),
        "parents": parents(entry.element_id),
        "building": ledger.derivation_terms(entry.element_id),
        "claims": [claim for claim in ledger.claims_on(entry.element_id) if claim.state == "open"],
        "downloads": (downloads := _downloads(entry.element_id, party_id)),
        "credentials": showing.of_version(
            element.id, element.version.id, element.version.content_hash, may_take=bool(downloads)
        ),
        "packs": packs_of_shop.with_element(entry.element_id),
    }


def family_of(element_id: UUID) -> set[UUID]:
    """What it is made from and what is made from it: named on its page already."""
    parents_ids = {edge.parent_id for edge in ledger.parents_of(element_id)}
    return parents_ids | {edge.child_id for edge in ledger.children_of(element_id)}


def duplicates(element_id: UUID, party_id: UUID | None) -> list[tuple[Any, float]]:
    """(row, percent in common) of elements that hold the same music: those on sale, and one's own."""
    found = production.duplicates(element_id, without=family_of(element_id))
    rows = selectors.rows_for([one.element_id for one in found])
    shown = [(rows[one.element_id], 100 * one.alike) for one in found if one.element_id in rows]
    return [
        (row, share)
        for row, share in shown
        if row.price_minor is not None or (party_id and production.made_by(party_id, row.element_id))
    ]


def similar(element_id: UUID) -> list[Any]:
    """Elements on sale that sound like this one, the nearest first; its own family is left out: it is named already."""
    near = production.sounds_like(element_id, without=family_of(element_id), limit=SIMILAR_SHOWN_MAX * 4)
    rows = selectors.rows_for([key for key, _ in near])
    shown = [rows[key] for key, _ in near if key in rows and rows[key].price_minor is not None]
    return shown[:SIMILAR_SHOWN_MAX]


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
        row["roles"].append(credits.role_word(one.role).lower())
    return list(found.values())


def identifiers(element_id: UUID) -> list[tuple[str, str]]:
    """(ISRC or ISWC, as people write it) of an element."""
    return [(one.scheme.upper(), pretty(one.scheme, one.value)) for one in ledger.identifiers_of(element_id)]


def may_identify(entry: Entry, user: User | AnonymousUser) -> bool:
    """Whether this person says by which identifiers it is known."""
    return may(user, "report.import") or (
        isinstance(user, User) and user.party_id == entry.seller_id and may(user, "element.identify")
    )


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
        "identifiers": identifiers(entry.element_id),
        "may_identify": may_identify(entry, user),
        "records": [(record, _named(record, names, user)) for record in records],
        "receipts": {record.event_id for record in records if proofs.is_shown(user, record)},
    }


BUYERS_KINDS = ("order.", "licence.", "credits.", "dispute.")


def _named(record: ledger.Record, names: dict[UUID, str], user: User | AnonymousUser) -> str:
    """Who did it. Makers are credited in public; what somebody bought is theirs, and staff's, to know."""
    bought = record.event.kind.startswith(BUYERS_KINDS) and record.actor_id != settings.PLATFORM_PARTY_ID
    if not bought or may(user, "settlement.read"):
        return names[record.actor_id]
    return _("you") if isinstance(user, User) and user.party_id == record.actor_id else _("a buyer")
