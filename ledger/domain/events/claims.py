"""Resemblances and holds: why money waits."""

from __future__ import annotations

import dataclasses
import datetime as dt
from uuid import UUID

from ledger.domain.events.codec import Event, event


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOpened(Event):
    """An element may contain another's: only `disputed_ppm` of its income is held."""

    kind = "claim.opened.v1"
    claim_id: UUID
    element_id: UUID
    resembles_id: UUID
    disputed_ppm: int
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStated(Event):
    """One side of a claim said how it sees the matter; the words are a document."""

    kind = "claim.stated.v1"
    claim_id: UUID
    party_id: UUID
    statement_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecided(Event):
    """Staff decided a claim, with a reason; the hold is lifted. (An empty hash: decided before reasons were asked.)"""

    kind = "claim.decided.v2"
    claim_id: UUID
    element_id: UUID
    upheld: bool
    reason_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """Until it is lifted, nothing is paid to a party (in this currency, or in any), or no line of an element settled.

    One of `party_id` and `element_id` is set; the reason's words are a document.
    """

    kind = "hold.placed.v2"
    hold_id: UUID
    party_id: UUID | None
    element_id: UUID | None
    currency: str | None
    reason_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Event):
    """The hold is over."""

    kind = "hold.lifted.v2"
    hold_id: UUID
    party_id: UUID | None
    element_id: UUID | None


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LineDeferred(Event):
    """A revenue line, or all of an order's, enters no run that ends at `until` or earlier: it waits for the next."""

    kind = "line.deferred.v1"
    deferral_id: UUID
    line_id: str | None
    order_id: UUID | None
    until: dt.datetime
    reason_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LineResumed(Event):
    """Staff changed their mind before the run was calculated: the line waits no longer."""

    kind = "line.resumed.v1"
    deferral_id: UUID
    order_id: UUID | None
