"""Orders, charges, refunds, disputes, and the licences that follow from them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import LicenceKind, LineAmount, OrderLine, Use


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """A buyer went to checkout."""

    kind = "order.placed.v2"
    order_id: UUID
    buyer_id: UUID
    currency: str
    lines: tuple[OrderLine, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    """The buyer's money arrived."""

    kind = "order.paid.v2"
    order_id: UUID
    buyer_id: UUID
    currency: str
    lines: tuple[OrderLine, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderLapsed(Event):
    """A placed order ended without money: declined, expired, or another buyer was first."""

    kind = "order.lapsed.v1"
    order_id: UUID
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChargeSettled(Event):
    """The processor's balance transaction told its fee, divided over the lines by their gross."""

    kind = "charge.settled.v1"
    order_id: UUID
    currency: str
    lines: tuple[LineAmount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(Event):
    """Lines were paid back: amounts are positive, the entry reverses them."""

    kind = "order.refunded.v1"
    refund_id: UUID
    order_id: UUID
    currency: str
    lines: tuple[LineAmount, ...]
    reason: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DisputeOpened(Event):
    """The buyer's bank took the money back for now, and a fee with it."""

    kind = "dispute.opened.v1"
    dispute_id: UUID
    order_id: UUID
    currency: str
    lines: tuple[LineAmount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DisputeWon(Event):
    """The money came back; the amounts are those that came back."""

    kind = "dispute.won.v1"
    dispute_id: UUID
    order_id: UUID
    currency: str
    lines: tuple[LineAmount, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DisputeLost(Event):
    """The money stays with the buyer."""

    kind = "dispute.lost.v1"
    dispute_id: UUID
    order_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LicenceGranted(Event):
    """A party may use one version of an element on the terms with this hash.

    `allows` is what the text permits; deriving follows the derivation terms of this id, until `expires_at`.
    """

    kind = "licence.granted.v2"
    licence_id: UUID
    element_id: UUID
    content_hash: str
    holder_id: UUID
    licence_kind: LicenceKind
    terms_hash: str
    order_id: UUID | None
    line_id: UUID | None
    allows: tuple[Use, ...] = ()
    derivation_terms_id: UUID | None = None
    expires_at: dt.datetime | None = None


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRevoked(Event):
    """A licence ended, as after a refund."""

    kind = "licence.revoked.v1"
    licence_id: UUID
    reason: str
