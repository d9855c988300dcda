"""Projections of settlement runs, jobs and balances."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class SettlementRun(Row):
    """A run: calculated, reviewed, approved, released, closed, or discarded."""

    run_id = models.UUIDField(primary_key=True)
    period = models.TextField()
    from_position = models.BigIntegerField()
    cutoff_position = models.BigIntegerField()
    commission_ppm = models.IntegerField()
    inputs_hash = models.TextField()
    outputs_hash = models.TextField()
    totals = models.JSONField()
    state = models.TextField()
    prepared_by = models.UUIDField()
    reviewed_by = models.UUIDField(null=True)
    findings_hash = models.TextField(default="")
    approved_by = models.UUIDField(null=True)
    released_by = models.UUIDField(null=True)
    calculated_at = models.DateTimeField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_settlement_run"


class Statement(Row):
    """What one run means for one payee in one currency."""

    statement_id = models.UUIDField(primary_key=True)
    run_id = models.UUIDField(db_index=True)
    party_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    escrowed = models.BooleanField()
    opening_micro = models.BigIntegerField()
    royalty_micro = models.BigIntegerField()
    recouped_micro = models.BigIntegerField()
    recoupment_received_micro = models.BigIntegerField()
    reserve_held_micro = models.BigIntegerField()
    reserve_released_micro = models.BigIntegerField()
    payable_micro = models.BigIntegerField()
    gross_payout_minor = models.BigIntegerField()
    withheld_minor = models.BigIntegerField()
    payout_minor = models.BigIntegerField()
    carried_micro = models.BigIntegerField()
    lines_hash = models.TextField()
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_statement"


class BalanceAdjustment(Row):
    """What is owed to a party changed between two runs; the next run opens with it."""

    adjustment_id = models.UUIDField(primary_key=True)
    party_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    basis = models.TextField()
    cause_id = models.UUIDField(db_index=True)
    escrowed = models.BooleanField()
    at = models.DateTimeField()
    position = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "ledger_balance_adjustment"


class Payout(Row):
    """Our payment of a statement: requested, paid, failed (still owed, tried again) or reversed."""

    payout_id = models.UUIDField(primary_key=True)
    run_id = models.UUIDField(db_index=True)
    statement_id = models.UUIDField(db_index=True)
    party_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    withheld_minor = models.BigIntegerField()
    payout_minor = models.BigIntegerField()
    state = models.TextField()
    failures = models.IntegerField()
    code = models.TextField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_payout"


class Job(Row):
    """Work that becomes part of the record: requested, finished, failed or cancelled."""

    job_id = models.UUIDField(primary_key=True)
    task = models.TextField()
    arguments = models.JSONField()
    state = models.TextField()
    actor_id = models.UUIDField(db_index=True)
    result = models.JSONField(null=True)
    code = models.TextField()
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    ended_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_job"
        indexes = [
            models.Index(fields=["position"], condition=models.Q(state="requested"), name="ledger_job_open"),
        ]


class Balance(Row):
    """The sum of an account's postings; `position` is that of the newest."""

    pk = models.CompositePrimaryKey("account", "currency")
    account = models.TextField()
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_balance"
