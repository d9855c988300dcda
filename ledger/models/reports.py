"""Projections of identifiers and of what others sold for us."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class ElementIdentifier(Row):
    """An identifier that names an element now: one element each, which the writer sees to."""

    pk = models.CompositePrimaryKey("scheme", "value", "element_id")
    scheme = models.TextField()
    value = models.TextField()
    element_id = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_element_identifier"


class ExternalReport(Row):
    """A booked report of somebody else: booked or reversed."""

    report_id = models.UUIDField(primary_key=True)
    period = models.TextField()
    currency = models.CharField(max_length=3)
    control_total_minor = models.BigIntegerField()
    reported_currency = models.CharField(max_length=3)
    reported_micro = models.BigIntegerField()
    difference = models.TextField()
    document_hash = models.CharField(max_length=64)
    template_hash = models.CharField(max_length=64)
    state = models.TextField()
    booked_at = models.DateTimeField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_external_report"


class ExternalMoney(Row):
    """One part of a report's money: sold, waiting, matched (it waited), or reversed (mirrored where it was revenue)."""

    line_id = models.UUIDField(primary_key=True)
    report_id = models.UUIDField(db_index=True)
    element_id = models.UUIDField(null=True, db_index=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.TextField()
    at = models.DateTimeField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_external_money"
        indexes = [
            models.Index(fields=["at"], condition=models.Q(state="waiting"), name="ledger_external_money_waits"),
        ]
