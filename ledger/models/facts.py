"""Facts: rows that are inserted once and never changed (database triggers refuse it)."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class EventRow(Row):
    """One event: `leaf` is its canonical JSON, `leaf_hash` = SHA-256(0x00 || leaf); the rest repeats the leaf."""

    position = models.BigIntegerField(primary_key=True)
    id = models.UUIDField(unique=True)
    kind = models.TextField()
    actor_id = models.UUIDField()
    at = models.DateTimeField()
    key = models.TextField()
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta:
        db_table = "ledger_event"
        constraints = [
            models.CheckConstraint(condition=models.Q(position__gte=0), name="ledger_event_position_from_zero"),
        ]


class CommandRow(Row):
    """An idempotency key and what was answered to it: `count` events from `first_position` on."""

    key = models.TextField(primary_key=True)
    fingerprint = models.BinaryField()
    first_position = models.BigIntegerField()
    count = models.IntegerField()

    class Meta:
        db_table = "ledger_command"


class PostingRow(Row):
    """One debit (> 0) or credit (< 0) of the journal entry of the event at `position`."""

    pk = models.CompositePrimaryKey("position", "line")
    position = models.BigIntegerField()
    line = models.IntegerField()
    account = models.TextField()
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()

    class Meta:
        db_table = "ledger_posting"
        indexes = [models.Index(fields=["account", "currency", "position"], name="ledger_posting_account")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount_micro=0), name="ledger_posting_not_zero"),
        ]


class TreeHead(Row):
    """A signed checkpoint: `note` is its whole text with signatures."""

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField(db_index=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_tree_head"


class TileRow(Row):
    """A full hash tile (C2SP tlog-tiles): 256 hashes of 32 bytes, and the root above them."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        db_table = "ledger_tile"


class Document(Row):
    """Bytes that facts are bound to by hash: terms, run folders, statement lines. `hash` = SHA-256 in hex."""

    hash = models.CharField(primary_key=True, max_length=64)
    media_type = models.TextField()
    content = models.BinaryField()

    class Meta:
        db_table = "ledger_document"
