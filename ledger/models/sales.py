"""Projections of sales: listings, orders, revenue lines, licences, subscriptions and credits."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class Listing(Row):
    """An offer: published or withdrawn."""

    listing_id = models.UUIDField(primary_key=True)
    element_id = models.UUIDField(db_index=True)
    seller_id = models.UUIDField()
    content_hash = models.CharField(max_length=64)
    licence_kind = models.TextField()
    terms_hash = models.TextField()
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    state = models.TextField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_listing"


class Order(Row):
    """A buyer's intent and what became of it: placed, paid, lapsed, refunded (all of it paid back)."""

    order_id = models.UUIDField(primary_key=True)
    buyer_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    state = models.TextField()
    gross_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(null=True)
    refunded_minor = models.BigIntegerField(default=0)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    paid_position = models.BigIntegerField(null=True)
    settled_position = models.BigIntegerField(null=True)
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_order"


class OrderLineRow(Row):
    """One element of an order; `tax_minor` is part of `gross_minor`."""

    line_id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField(db_index=True)
    place = models.IntegerField()
    listing_id = models.UUIDField()
    element_id = models.UUIDField(db_index=True)
    licence_kind = models.TextField()
    terms_hash = models.TextField()
    gross_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    position = models.BigIntegerField()
    pack_id = models.UUIDField(null=True)

    class Meta:
        db_table = "ledger_order_line"


class RevenueLine(Row):
    """Money that one event brought to (or took from) one element: what a settlement run is fed with.

    A sale's fee is null until its charge is settled (`settled_position`). `sale_position` is the position of the
    sale itself, or of the sale that this line reverses: splits and contracts in force there divide it.
    """

    revenue_id = models.TextField(primary_key=True)
    kind = models.TextField()
    element_id = models.UUIDField(db_index=True)
    order_id = models.UUIDField(null=True, db_index=True)
    line_id = models.UUIDField(null=True)
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    position = models.BigIntegerField(db_index=True)
    sale_position = models.BigIntegerField()
    settled_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_revenue_line"


class Refund(Row):
    """Money of an order that was paid back."""

    refund_id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    reason = models.TextField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_refund"


class Dispute(Row):
    """A buyer's bank took money back: open, won or lost."""

    dispute_id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    state = models.TextField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_dispute"


class Licence(Row):
    """A permission held: it stands until revoked."""

    licence_id = models.UUIDField(primary_key=True)
    element_id = models.UUIDField(db_index=True)
    content_hash = models.CharField(max_length=64)
    holder_id = models.UUIDField(db_index=True)
    licence_kind = models.TextField()
    terms_hash = models.TextField()
    order_id = models.UUIDField(null=True, db_index=True)
    line_id = models.UUIDField(null=True)
    standing = models.BooleanField()
    revoked_reason = models.TextField()
    allows = models.JSONField(default=list)
    derivation_terms_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="last moment for deriving")
    granted_at = models.DateTimeField()
    position = models.BigIntegerField()
    revoked_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_licence"


class Subscription(Row):
    """Someone's plan: active or ended."""

    subscription_id = models.UUIDField(primary_key=True)
    subscriber_id = models.UUIDField(db_index=True)
    plan = models.TextField()
    policy = models.TextField()
    state = models.TextField()
    periods = models.IntegerField()
    started_at = models.DateTimeField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_subscription"


class CreditLot(Row):
    """Credits bought with one payment; `net_minor` = gross − tax − fee leaves the lot as they are used."""

    lot_id = models.UUIDField(primary_key=True)
    subscription_id = models.UUIDField(db_index=True)
    subscriber_id = models.UUIDField(db_index=True)
    credits = models.IntegerField()
    spent = models.IntegerField()
    expired = models.IntegerField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    released_minor = models.BigIntegerField()
    expires_at = models.DateTimeField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_credit_lot"


class CreditUse(Row):
    """Credits that left a lot: spent on an element, or (element_id null) expired."""

    position = models.BigIntegerField(primary_key=True)
    lot_id = models.UUIDField(db_index=True)
    subscriber_id = models.UUIDField()
    element_id = models.UUIDField(null=True)
    credits = models.IntegerField()
    currency = models.CharField(max_length=3)
    released_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_credit_use"
