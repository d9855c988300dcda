"""Tables of checkout: orders, and the inbox of what the payment processor told us."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from marketplace.checkout.orders import Order, OrderLine, Refund

__all__ = ["Order", "OrderLine", "Refund", "StripeEvent"]


class StripeEvent(models.Model):
    """One event of the processor, written in the same transaction as its effect. Arriving again, it has none."""

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=255)
    payload = models.JSONField()
    body_hash = models.CharField(
        max_length=64, help_text="SHA-256 of the event's own fields, without delivery counters"
    )
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, help_text="null: nobody handles this type, or it failed")
    error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["type", "-received_at"], name="checkout_stripe_event_type")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
