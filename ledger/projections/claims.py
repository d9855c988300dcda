"""Claims on elements, holds, and lines that wait for the next run."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import (
    ClaimDecided,
    ClaimOpened,
    ClaimStated,
    HoldLifted,
    HoldPlaced,
    LineDeferred,
    LineResumed,
)
from ledger.domain.records import EventRecord
from ledger.models import Claim, ClaimStatement, Deferral, Hold
from ledger.projections.base import Projection, folds


class Claims(Projection):
    """Claims with what each side said, holds and deferrals, open and closed."""

    name = "claims"
    tables = (Claim, ClaimStatement, Hold, Deferral)

    @folds(ClaimOpened)
    def opened(self, records: Sequence[EventRecord[ClaimOpened]]) -> None:
        """A claim."""
        sql.insert(
            Claim,
            (
                {
                    "claim_id": r.event.claim_id,
                    "element_id": r.event.element_id,
                    "resembles_id": r.event.resembles_id,
                    "disputed_ppm": r.event.disputed_ppm,
                    "reason": r.event.reason,
                    "state": "open",
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(ClaimDecided)
    def decided(self, records: Sequence[EventRecord[ClaimDecided]]) -> None:
        """Staff decided it."""
        for r in records:
            Claim.objects.filter(claim_id=r.event.claim_id).update(
                state="upheld" if r.event.upheld else "dismissed",
                decided_position=r.position,
                reason_hash=r.event.reason_hash,
            )

    @folds(ClaimStated)
    def stated(self, records: Sequence[EventRecord[ClaimStated]]) -> None:
        """One side was heard."""
        sql.insert(
            ClaimStatement,
            (
                {
                    "position": r.position,
                    "claim_id": r.event.claim_id,
                    "party_id": r.event.party_id,
                    "statement_hash": r.event.statement_hash,
                    "at": r.at,
                }
                for r in records
            ),
        )

    @folds(HoldPlaced)
    def placed(self, records: Sequence[EventRecord[HoldPlaced]]) -> None:
        """A hold."""
        sql.insert(
            Hold,
            (
                {
                    "hold_id": r.event.hold_id,
                    "party_id": r.event.party_id,
                    "element_id": r.event.element_id,
                    "currency": r.event.currency,
                    "reason_hash": r.event.reason_hash,
                    "standing": True,
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(HoldLifted)
    def lifted(self, records: Sequence[EventRecord[HoldLifted]]) -> None:
        """The hold is over."""
        for r in records:
            Hold.objects.filter(hold_id=r.event.hold_id).update(standing=False, lifted_position=r.position)

    @folds(LineDeferred)
    def deferred(self, records: Sequence[EventRecord[LineDeferred]]) -> None:
        """A line waits for a later run."""
        sql.insert(
            Deferral,
            (
                {
                    "deferral_id": r.event.deferral_id,
                    "line_id": r.event.line_id or "",
                    "order_id": r.event.order_id,
                    "until": r.event.until,
                    "reason_hash": r.event.reason_hash,
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(LineResumed)
    def resumed(self, records: Sequence[EventRecord[LineResumed]]) -> None:
        """It waits no longer."""
        for r in records:
            Deferral.objects.filter(deferral_id=r.event.deferral_id).update(resumed_position=r.position)
