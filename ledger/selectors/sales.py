"""Questions about listings, orders, licences, credits and revenue."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ledger import models
from ledger.selectors.rows import as_value

__all__ = [
    "CreditLot",
    "CreditUse",
    "Dispute",
    "Licence",
    "Listing",
    "Order",
    "OrderLine",
    "Refund",
    "RevenueLine",
    "Subscription",
    "credit_lots",
    "credit_uses",
    "is_on_sale",
    "licence",
    "licences_for",
    "licences_of",
    "licences_of_order",
    "listing",
    "listings_of",
    "order",
    "orders",
    "orders_of",
    "revenue_lines",
    "standing_licence",
    "subscription",
    "subscriptions_of",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An offer, with its price of today: published or withdrawn."""

    listing_id: UUID
    element_id: UUID
    seller_id: UUID
    content_hash: str
    licence_kind: str
    terms_hash: str
    currency: str
    price_minor: int
    state: str
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One element of an order."""

    line_id: UUID
    order_id: UUID
    place: int
    listing_id: UUID
    element_id: UUID
    licence_kind: str
    terms_hash: str
    gross_minor: int
    tax_minor: int
    pack_id: UUID | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money of an order that was paid back."""

    refund_id: UUID
    order_id: UUID
    currency: str
    gross_minor: int
    reason: str
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A buyer's bank took money back: open, won or lost."""

    dispute_id: UUID
    order_id: UUID
    currency: str
    gross_minor: int
    state: str
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order with all that belongs to it: placed, paid, lapsed or refunded."""

    order_id: UUID
    buyer_id: UUID
    currency: str
    state: str
    gross_minor: int
    tax_minor: int
    fee_minor: int | None
    refunded_minor: int
    placed_at: dt.datetime
    paid_at: dt.datetime | None
    position: int
    paid_position: int | None
    settled_position: int | None
    lines: tuple[OrderLine, ...]
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A permission held; it stands until revoked. `expires_at` is the end of deriving, not of the licence."""

    licence_id: UUID
    element_id: UUID
    content_hash: str
    holder_id: UUID
    licence_kind: str
    terms_hash: str
    order_id: UUID | None
    line_id: UUID | None
    standing: bool
    revoked_reason: str
    allows: list[str]
    derivation_terms_id: UUID | None
    expires_at: dt.datetime | None
    granted_at: dt.datetime
    position: int
    revoked_position: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RevenueLine:
    """What one event brought to one element; `fee_minor` is None until the charge is settled."""

    revenue_id: str
    kind: str
    element_id: UUID
    order_id: UUID | None
    line_id: UUID | None
    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int | None
    at: dt.datetime
    position: int
    sale_position: int
    settled_position: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Someone's plan: active or ended."""

    subscription_id: UUID
    subscriber_id: UUID
    plan: str
    policy: str
    state: str
    periods: int
    started_at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditLot:
    """Credits bought with one payment."""

    lot_id: UUID
    subscription_id: UUID
    subscriber_id: UUID
    credits: int
    spent: int
    expired: int
    currency: str
    net_minor: int
    released_minor: int
    expires_at: dt.datetime
    position: int

    @property
    def left(self) -> int:
        """Credits that can still be spent."""
        return self.credits - self.spent - self.expired


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditUse:
    """Credits that left a lot: spent on an element, or (None) expired."""

    position: int
    lot_id: UUID
    subscriber_id: UUID
    element_id: UUID | None
    credits: int
    currency: str
    released_minor: int
    at: dt.datetime


def listing(listing_id: UUID) -> Listing | None:
    """The listing with this id."""
    row = models.Listing.objects.filter(listing_id=listing_id).first()
    return as_value(Listing, row) if row else None


def listings_of(element_id: UUID) -> list[Listing]:
    """Every offer of an element, newest first."""
    rows = models.Listing.objects.filter(element_id=element_id).order_by("-position")
    return [as_value(Listing, row) for row in rows]


def order(order_id: UUID) -> Order | None:
    """The order with this id."""
    return next(iter(_orders(models.Order.objects.filter(order_id=order_id))), None)


def orders_of(buyer_id: UUID) -> list[Order]:
    """Someone's orders, newest first."""
    return _orders(models.Order.objects.filter(buyer_id=buyer_id))


def orders(*, limit: int = 100, state: str | None = None) -> list[Order]:
    """Orders, newest first."""
    rows = models.Order.objects.all() if state is None else models.Order.objects.filter(state=state)
    return _orders(rows, limit=limit)


def _orders(rows: Any, *, limit: int | None = None) -> list[Order]:
    found = list(rows.order_by("-position")[:limit])
    ids = [row.order_id for row in found]
    lines = [as_value(OrderLine, r) for r in _in_orders(models.OrderLineRow, ids, "place")]
    refunds = [as_value(Refund, r) for r in _in_orders(models.Refund, ids, "position")]
    disputes = [as_value(Dispute, r) for r in _in_orders(models.Dispute, ids, "position")]
    return [
        as_value(
            Order,
            row,
            lines=tuple(line for line in lines if line.order_id == row.order_id),
            refunds=tuple(refund for refund in refunds if refund.order_id == row.order_id),
            disputes=tuple(dispute for dispute in disputes if dispute.order_id == row.order_id),
        )
        for row in found
    ]


def _in_orders(model: Any, order_ids: list[UUID], order_by: str) -> Any:
    return model.objects.filter(order_id__in=order_ids).order_by(order_by)


def licence(licence_id: UUID) -> Licence | None:
    """The licence with this id."""
    row = models.Licence.objects.filter(licence_id=licence_id).first()
    return as_value(Licence, row) if row else None


def licences_of(holder_id: UUID) -> list[Licence]:
    """What someone may use, newest first; revoked ones included."""
    return [as_value(Licence, r) for r in models.Licence.objects.filter(holder_id=holder_id).order_by("-position")]


def licences_of_order(order_id: UUID) -> list[Licence]:
    """Licences granted for an order."""
    return [as_value(Licence, r) for r in models.Licence.objects.filter(order_id=order_id).order_by("position")]


def licences_for(element_id: UUID) -> list[Licence]:
    """Licences granted on an element, oldest first; revoked ones included."""
    return [as_value(Licence, r) for r in models.Licence.objects.filter(element_id=element_id).order_by("position")]


def standing_licence(*, element_id: UUID, holder_id: UUID) -> Licence | None:
    """The newest licence that lets this party use this element."""
    rows = models.Licence.objects.filter(element_id=element_id, holder_id=holder_id, standing=True)
    row = rows.order_by("-position").first()
    return as_value(Licence, row) if row else None


def revenue_lines(
    *, after: int = -1, upto: int | None = None, element_ids: Iterable[UUID] | None = None
) -> list[RevenueLine]:
    """Revenue of events at positions after < p <= upto, in order; of all elements or of these."""
    rows = models.RevenueLine.objects.filter(position__gt=after)
    if upto is not None:
        rows = rows.filter(position__lte=upto)
    if element_ids is not None:
        rows = rows.filter(element_id__in=list(element_ids))
    return [as_value(RevenueLine, row) for row in rows.order_by("position", "revenue_id")]


def subscription(subscription_id: UUID) -> Subscription | None:
    """The subscription with this id."""
    row = models.Subscription.objects.filter(subscription_id=subscription_id).first()
    return as_value(Subscription, row) if row else None


def subscriptions_of(subscriber_id: UUID) -> list[Subscription]:
    """Someone's plans, newest first."""
    rows = models.Subscription.objects.filter(subscriber_id=subscriber_id).order_by("-position")
    return [as_value(Subscription, row) for row in rows]


def credit_lots(subscriber_id: UUID | None = None) -> list[CreditLot]:
    """Lots, those that expire first first; of one subscriber or of all."""
    rows = models.CreditLot.objects.all()
    if subscriber_id is not None:
        rows = rows.filter(subscriber_id=subscriber_id)
    return [as_value(CreditLot, row) for row in rows.order_by("expires_at", "position")]


def credit_uses(*, after: int = -1, upto: int | None = None) -> list[CreditUse]:
    """Credits spent or expired at positions after < p <= upto, in order."""
    rows = models.CreditUse.objects.filter(position__gt=after)
    if upto is not None:
        rows = rows.filter(position__lte=upto)
    return [as_value(CreditUse, row) for row in rows.order_by("position")]


def is_on_sale(element_id: UUID) -> bool:
    """Whether anybody may buy a licence for the element now: so long its preview is for everybody to hear."""
    return models.Listing.objects.filter(element_id=element_id, state="published").exists()
