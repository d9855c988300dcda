"""Tables of checkout: an order is a buyer's intent, a purchase is an order that was paid."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ledger.domain.ids import uuid7


class Order(models.Model):
    """What a buyer wants to buy, and how far it got; the facts are in the ledger, Stripe's ids in this row."""

    class Status(models.TextChoices):
        """Where an order stands."""

        PLACED = "placed", "waiting for payment"
        PAID = "paid", "paid"
        LAPSED = "lapsed", "not paid"
        REFUNDED = "refunded", "refunded"
        DISPUTED = "disputed", "disputed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    buyer_id = models.UUIDField(help_text="party")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status, default=Status.PLACED)
    session_id = models.CharField(max_length=255, blank=True, db_index=True)
    session_url = models.TextField(blank=True)
    session_attempt = models.PositiveSmallIntegerField(default=0, help_text="0: nobody asked for a page yet")
    session_expires_at = models.DateTimeField(null=True)
    payment_intent_id = models.CharField(max_length=255, blank=True, db_index=True)
    charge_id = models.CharField(max_length=255, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)
    fee_known = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["buyer_id", "-created_at"], name="checkout_order_buyer")]

    def __str__(self) -> str:
        return f"order {self.id}"


class OrderLine(models.Model):
    """One licence in an order, with the price and terms of the moment it was placed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    place = models.PositiveSmallIntegerField()
    listing_id = models.UUIDField()
    element_id = models.UUIDField()
    title = models.CharField(max_length=200)
    licence_kind = models.CharField(max_length=16)
    terms_hash = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    derivation_terms_id = models.UUIDField(null=True, help_text="the derivation terms that the buyer saw")
    gross_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)
    licence_id = models.UUIDField(null=True)
    pack_id = models.UUIDField(null=True, help_text="the pack that it is bought in")
    pack_title = models.CharField(max_length=200, blank=True)
    refunded = models.BooleanField(default=False, help_text="its price was paid back")

    class Meta:
        ordering: ClassVar = ["place"]

    def __str__(self) -> str:
        return self.title


class Refund(models.Model):
    """A refund of an order, or of one line of it: the row comes before the call, so that a lost answer is found."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, null=True, related_name="refunds", help_text="null: all that is left"
    )
    asked_by_id = models.UUIDField()
    reason = models.CharField(max_length=200)
    stripe_id = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=16, default="asked")  # asked, done, failed
    failures = models.PositiveSmallIntegerField(default=0, help_text="refusals: each is followed by a new attempt")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(line=None), name="checkout_refund_one_of_the_rest"
            ),
            models.UniqueConstraint(fields=["line"], name="checkout_refund_one_a_line"),
        ]

    def __str__(self) -> str:
        return f"refund of {self.order_id}"
