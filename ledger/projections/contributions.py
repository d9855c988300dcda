"""What was measured of who made what, and who contests it."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import (
    ContributionContested,
    ContributionMeasured,
    ContributionOffered,
    ContributionSettled,
)
from ledger.domain.records import EventRecord
from ledger.models import Contribution, ContributionContest
from ledger.projections.base import Projection, folds


class Contributions(Projection):
    """Measurements and contests."""

    name = "contributions"
    tables = (Contribution, ContributionContest)

    @folds(ContributionMeasured)
    def measured(self, records: Sequence[EventRecord[ContributionMeasured]]) -> None:
        """A measurement."""
        sql.insert(
            Contribution,
            (
                {
                    "contribution_id": r.event.contribution_id,
                    "element_id": r.event.element_id,
                    "actor_id": r.actor_id,
                    "version": r.event.version,
                    "content_hash": r.event.content_hash,
                    "unit": r.event.unit,
                    "units_total": r.event.units_total,
                    "parents": r.event.body()["parents"],
                    "contributors": r.event.body()["contributors"],
                    "detail_hash": r.event.detail_hash,
                    "at": r.at,
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(ContributionContested)
    def contested(self, records: Sequence[EventRecord[ContributionContested]]) -> None:
        """A contest."""
        ContributionContest.objects.bulk_create(
            ContributionContest(
                contest_id=r.event.contest_id,
                contribution_id=r.event.contribution_id,
                element_id=r.event.element_id,
                party_id=r.event.party_id,
                words_hash=r.event.words_hash,
                state="open",
                at=r.at,
                position=r.position,
            )
            for r in records
        )

    @folds(ContributionOffered)
    def offered(self, records: Sequence[EventRecord[ContributionOffered]]) -> None:
        """Other figures; a later offer takes the place of one before."""
        for r in records:
            body = r.event.body()
            ContributionContest.objects.filter(contest_id=r.event.contest_id, state="open").update(
                offered_parents=body["parents"], offered_contributors=body["contributors"]
            )

    @folds(ContributionSettled)
    def settled(self, records: Sequence[EventRecord[ContributionSettled]]) -> None:
        """The end of a contest."""
        for r in records:
            body = r.event.body()
            ContributionContest.objects.filter(contest_id=r.event.contest_id).update(
                state=r.event.outcome,
                settled_parents=body["parents"],
                settled_contributors=body["contributors"],
                reason_hash=r.event.reason_hash,
                settled_position=r.position,
            )
