"""Subscriptions as the processor knows them; the facts (periods paid, credits, their use) are in the ledger."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ledger.domain.ids import uuid7


class Subscription(models.Model):
    """One person's plan."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subscriber_id = models.UUIDField(db_index=True, help_text="party")
    plan = models.CharField(max_length=32)
    session_id = models.CharField(max_length=255, blank=True, db_index=True)
    session_url = models.TextField(blank=True)
    stripe_id = models.CharField(max_length=255, blank=True, db_index=True)
    state = models.CharField(max_length=16, default="placed")  # placed, active, ended
    ends_with_period = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscriber_id"], condition=models.Q(state="active"), name="subscriptions_one_active"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan} of {self.subscriber_id}"
