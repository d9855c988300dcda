"""The page of one element's split: what is in force, what is proposed, whose answer is missing, how it came to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain import events
from marketplace.accounts.models import User
from marketplace.accounts.permissions import may
from marketplace.catalogue import selectors
from marketplace.licensing import proofs
from marketplace.templatetags.ledgerline import ppm as percent
from production import selectors as production


def may_see(user: User, element_id: UUID) -> bool:
    """Who made it, whoever was ever named in a proposal for it, and staff."""
    if ledger.element(element_id) is None:
        return False
    return ledger.has_part(user.party_id, element_id) or may(user, "settlement.read")


def may_propose(user: User, element_id: UUID) -> bool:
    """Who made it, and its rights holders."""
    element = ledger.element(element_id)
    holders = {share.party_id for share in ledger.splits_in_force(element_id)}
    return element is not None and user.party_id in holders | {element.creator_id}


def page(element_id: UUID, user: User) -> dict[str, Any]:
    """Everything the page shows."""
    in_force = ledger.splits_in_force(element_id)
    records = ledger.split_events(element_id)
    proposal = ledger.open_proposal(element_id)
    people = _people(in_force, records, proposal)
    since = ledger.event_at(in_force[0].from_position) if in_force else None
    return {
        "element_id": element_id,
        "title": production.element(element_id).title,
        "row": selectors.rows_for([element_id]).get(element_id),
        "in_force": [_bar(people, share.party_id, share.role, share.share_ppm) for share in in_force],
        "since": since.at if since else None,
        "proposal": proposal,
        "proposed": _proposed(proposal, people) if proposal else [],
        "proposer": people[proposal.proposer_id].display_name if proposal else "",
        "missing": sorted(people[party].display_name for party in proposal.waiting_for) if proposal else [],
        "waits_for_me": proposal is not None and user.party_id in proposal.waiting_for,
        "may_withdraw": proposal is not None and user.party_id == proposal.proposer_id,
        "may_propose": may_propose(user, element_id),
        "log": [_entry(record, people, user) for record in records],
    }


def _people(
    in_force: tuple[ledger.SplitShare, ...], records: list[ledger.Record], proposal: ledger.SplitProposal | None
) -> dict[UUID, ledger.Party]:
    ids = {share.party_id for share in in_force} | {record.actor_id for record in records}
    for record in records:
        if isinstance(record.event, events.SplitProposed | events.SplitTookEffect):
            ids |= {share.party_id for share in record.event.shares}
    if proposal is not None:
        ids.add(proposal.proposer_id)
    return {party.party_id: party for party in ledger.parties(ids)}


def _bar(people: Mapping[UUID, ledger.Party], party_id: UUID, role: str, ppm: int, note: str = "") -> dict[str, Any]:
    party = people[party_id]
    return {
        "name": party.display_name,
        "role": role.replace("_", " "),
        "ppm": ppm,
        "note": note or ("" if party.claimed else _("invited: waits in escrow")),
    }


def _proposed(proposal: ledger.SplitProposal, people: Mapping[UUID, ledger.Party]) -> list[dict[str, Any]]:
    bars = []
    for share in proposal.shares:
        party_id = UUID(share["party_id"])
        note = _("has not answered") if party_id in proposal.waiting_for else ""
        bars.append(_bar(people, party_id, share["role"], share["share_ppm"], note))
    return bars


def _entry(record: ledger.Record, people: Mapping[UUID, ledger.Party], user: User) -> dict[str, Any]:
    words, shares = _WORDS[type(record.event)], ""
    if isinstance(record.event, events.SplitProposed | events.SplitTookEffect):
        shares = ", ".join(
            f"{people[share.party_id].display_name} {percent(share.share_ppm)}" for share in record.event.shares
        )
    actor = people[record.actor_id].display_name if record.actor_id in people else _("someone")
    return {
        "at": record.at,
        "who": actor,
        "words": words(),
        "shares": shares,
        "position": record.position,
        "event_id": record.event_id if proofs.is_shown(user, record) else None,
    }


_WORDS = {
    events.SplitProposed: lambda: _("proposed"),
    events.SplitAccepted: lambda: _("accepted"),
    events.SplitRefused: lambda: _("refused: the split in force stays"),
    events.SplitWithdrawn: lambda: _("took the proposal back"),
    events.SplitTookEffect: lambda: _("in force from here on"),
}
