"""Projections of corrections: settled periods computed again with other facts."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class Correction(Row):
    """A correction of a run: calculated, posted or discarded."""

    correction_id = models.UUIDField(primary_key=True)
    run_id = models.UUIDField(db_index=True)
    changes_hash = models.TextField()
    reason_hash = models.TextField()
    base_inputs_hash = models.TextField()
    base_outputs_hash = models.TextField()
    inputs_hash = models.TextField()
    outputs_hash = models.TextField()
    totals = models.JSONField()
    state = models.TextField()
    prepared_by = models.UUIDField()
    posted_by = models.UUIDField(null=True)
    calculated_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_correction"


class MetCorrection(Row):
    """A reversal or late revenue that a correction had told and that a run met: how much of it had been told."""

    pk = models.CompositePrimaryKey("run_id", "line_id")
    run_id = models.UUIDField()
    line_id = models.TextField()
    sale_id = models.TextField(db_index=True)
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_met_correction"


class ArrivedCorrection(Row):
    """What staff said of money from outside: which late revenue of a correction it is, or none."""

    line_id = models.TextField(primary_key=True)
    told_id = models.TextField(db_index=True)
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_arrived_correction"


class AdvanceCorrection(Row):
    """How much more (or less) of an advance a correction counts as repaid."""

    pk = models.CompositePrimaryKey("correction_id", "advance_id")
    correction_id = models.UUIDField()
    advance_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_advance_correction"
