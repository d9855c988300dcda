"""What was handed out of a statement: the very files, bound by their hashes."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StatementPublished(Event):
    """A statement was made into files: whoever holds one of them can find out later that it is the one.

    The files name people, so they are kept where they can be forgotten; the hashes stay.
    """

    kind = "statement.published.v1"
    statement_id: UUID
    party_id: UUID
    csv_hash: str
    pdf_hash: str
