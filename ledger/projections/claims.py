"""Claims on elements, and holds on payments."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import ClaimDecided, ClaimOpened, HoldLifted, HoldPlaced
from ledger.domain.records import EventRecord
from ledger.models import Claim, Hold
from ledger.projections.base import Projection, folds


class Claims(Projection):
    """Claims and holds, open and closed."""

    name = "claims"
    tables = (Claim, Hold)

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
                state="upheld" if r.event.upheld else "dismissed", decided_position=r.position
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
