"""Money that waited and went on."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.events import EscrowExpired
from ledger.domain.records import EventRecord
from ledger.models import EscrowExpiry
from ledger.projections.base import Projection, folds


class Escrow(Projection):
    """Each expiry with the statements whose money went."""

    name = "escrow"
    tables = (EscrowExpiry,)

    @folds(EscrowExpired)
    def expired(self, records: Sequence[EventRecord[EscrowExpired]]) -> None:
        """The published time was over."""
        for r in records:
            body = r.event.body()
            EscrowExpiry.objects.create(
                expiry_id=r.event.expiry_id,
                party_id=r.event.party_id,
                amounts=body["amounts"],
                statement_ids=body["statement_ids"],
                at=r.at,
                position=r.position,
            )
