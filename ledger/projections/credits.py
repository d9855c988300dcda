"""Who is credited as what: everyone whom a version names, with corrections on top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ledger import sql
from ledger.domain.events import (
    Contribution,
    ElementCreated,
    ElementEdited,
    RoleAccepted,
    RoleCorrected,
    RoleProposed,
    RoleRefused,
)
from ledger.domain.records import EventRecord
from ledger.models import Credit, RoleProposal
from ledger.projections.base import Projection, folds

# What a later version names again stays as it was corrected: studios write roles down by rule, people correct by hand.
NAMED = "on conflict (element_id, party_id, role) do nothing"
CORRECTED = """
    on conflict (element_id, party_id, role) do update
       set standing = excluded.standing, changed_position = excluded.changed_position
"""


class Credits(Projection):
    """Credits of elements, and the proposals to correct them."""

    name = "credits"
    tables = (Credit, RoleProposal)
    subject = "element_id"

    @folds(ElementCreated, ElementEdited)
    def named(self, records: Sequence[EventRecord[ElementCreated | ElementEdited]]) -> None:
        """A version says who took part."""
        rows = (row for r in records for row in _rows(r, r.event.contributors, standing=True))
        sql.insert(Credit, rows, conflict=NAMED)

    @folds(RoleProposed)
    def proposed(self, records: Sequence[EventRecord[RoleProposed]]) -> None:
        """Somebody says that it is wrong."""
        for r in records:
            body = r.event.body()
            RoleProposal.objects.create(
                proposal_id=r.event.proposal_id,
                element_id=r.event.element_id,
                proposer_id=r.actor_id,
                added=body["added"],
                removed=body["removed"],
                needs=body["needs"],
                state="open",
                position=r.position,
            )

    @folds(RoleAccepted)
    def accepted(self, records: Sequence[EventRecord[RoleAccepted]]) -> None:
        """A yes."""
        for r in records:
            for row in RoleProposal.objects.filter(proposal_id=r.event.proposal_id):
                row.accepted = [*row.accepted, str(r.event.party_id)]
                row.save(update_fields=["accepted"])

    @folds(RoleRefused)
    def refused(self, records: Sequence[EventRecord[RoleRefused]]) -> None:
        """A no ends it."""
        _end(records, "refused")

    @folds(RoleCorrected)
    def corrected(self, records: Sequence[EventRecord[RoleCorrected]]) -> None:
        """From now on these are the credits."""
        _end(records, "effective")
        for r in records:
            rows = [*_rows(r, r.event.removed, standing=False), *_rows(r, r.event.added, standing=True)]
            each = {(row["party_id"], row["role"]): row for row in rows}
            sql.insert(Credit, each.values(), conflict=CORRECTED)


def _rows(record: EventRecord[Any], named: Sequence[Contribution], *, standing: bool) -> Iterator[dict[str, Any]]:
    for place, one in enumerate(named):
        yield {
            "element_id": record.event.element_id,
            "party_id": one.party_id,
            "role": one.role,
            "standing": standing,
            "place": place,
            "position": record.position,
            "changed_position": record.position,
        }


def _end(records: Sequence[EventRecord[Any]], state: str) -> None:
    for r in records:
        RoleProposal.objects.filter(proposal_id=r.event.proposal_id).update(state=state, ended_position=r.position)
