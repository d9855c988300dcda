"""What the ledger keeps that is not a fact and not a projection: it may change, and be forgotten."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class PartyIdentity(Row):
    """Who a party is: the only personal data, mutable, so that someone can be forgotten."""

    party_id = models.UUIDField(primary_key=True)
    display_name = models.TextField()
    email = models.EmailField(null=True, blank=True, unique=True)
    stripe_account_id = models.TextField(blank=True, default="")
    payouts_enabled = models.BooleanField(default=False)
    isni = models.CharField(max_length=16, blank=True, default="")
    ipi = models.CharField(max_length=11, blank=True, default="")
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ledger_party_identity"


class PayoutTransfer(Row):
    """The processor's transfer behind a payout: their id, not ours, so it stands here and not in a fact."""

    transfer_id = models.TextField(primary_key=True)
    payout_id = models.UUIDField(db_index=True)

    class Meta:
        db_table = "ledger_payout_transfer"


class Outbox(Row):
    """Work that leaves no fact (previews, mail): a row instead of an event."""

    id = models.UUIDField(primary_key=True)
    task = models.TextField()
    payload = models.JSONField()
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        db_table = "ledger_outbox"
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(done_at=None), name="ledger_outbox_open"),
        ]


class Dispatch(Row):
    """When the relay last put a job or an outbox row (`id`) on the queue, and how often."""

    id = models.UUIDField(primary_key=True)
    enqueued_at = models.DateTimeField()
    attempts = models.IntegerField(default=1)

    class Meta:
        db_table = "ledger_dispatch"


class FeedCursor(Row):
    """The last position that a subscriber of the feed has dealt with; -1 before the first."""

    subscriber = models.TextField(primary_key=True)
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_feed_cursor"
