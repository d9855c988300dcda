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
    state = models.CharField(max_length=16, default="placed")  # placed, trial, active, ended
    trial_days = models.PositiveSmallIntegerField(default=0, help_text="0: it begins with a fee")
    trial_ends_at = models.DateTimeField(null=True, help_text="null: no trial has begun")
    reminded_at = models.DateTimeField(null=True, help_text="when the letter before the first fee was written")
    ends_with_period = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscriber_id"],
                condition=models.Q(state__in=["active", "trial"]),
                name="subscriptions_one_standing",
            ),
            models.UniqueConstraint(
                fields=["subscriber_id"],
                condition=models.Q(trial_ends_at__isnull=False),
                name="subscriptions_one_trial_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} of {self.subscriber_id}"
