"""Money that waits for an invited party, and what becomes of it if they never come."""

from __future__ import annotations

import dataclasses
import datetime as dt
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import Amount


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EscrowReminded(Event):
    """An invited party was told once more that money waits, and until when."""

    kind = "escrow.reminded.v1"
    party_id: UUID
    expires_at: dt.datetime


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EscrowExpired(Event):
    """The published time was over: `amounts`, from these statements, went to others (see balance.adjusted)."""

    kind = "escrow.expired.v1"
    expiry_id: UUID
    party_id: UUID
    amounts: tuple[Amount, ...]
    statement_ids: tuple[UUID, ...]
