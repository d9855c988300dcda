"""Tables of the reports of others: who sends them, how they are written, what they say, what became of each part.

Facts are in the ledger; here are names, files' contents and the work of matching. A group's id is its money's id there.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ledger.domain.ids import uuid7


class Source(models.Model):
    """A shop or a service that sells for us."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    folded = models.CharField(max_length=120, unique=True, help_text="the name without case and double spaces")

    def __str__(self) -> str:
        return self.name


class SavedTemplate(models.Model):
    """A mapping that worked for a source; the newest is tried first on its next report."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="templates")
    body = models.TextField(help_text="canonical JSON")
    template_hash = models.CharField(max_length=64)
    saved_by = models.UUIDField()
    saved_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.source} {self.template_hash[:8]}"


class Report(models.Model):
    """One file of a source, from its upload to its booking."""

    class State(models.TextChoices):
        """Where the work on a report stands."""

        MAPPING = "mapping", "waits for its columns to be mapped"
        READING = "reading", "is being read"
        READ = "read", "was read"
        BOOKING = "booking", "is being booked"
        BOOKED = "booked", "is booked"
        REVERSING = "reversing", "is being taken back"
        REVERSED = "reversed", "was booked and taken back"
        DISCARDED = "discarded", "was set aside"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="reports")
    period = models.CharField(max_length=16, help_text="2026-10, 2026-Q3 or 2026")
    currency = models.CharField(max_length=3, help_text="what the bank was paid in")
    control_total_minor = models.BigIntegerField(help_text="what the bank received")
    bank_date = models.DateField()
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64)
    file_bytes = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State, default=State.MAPPING)
    template = models.TextField(help_text="canonical JSON of the mapping")
    header = models.JSONField(default=list)
    preview = models.JSONField(default=list)
    job_id = models.UUIDField(null=True)
    rows_read = models.IntegerField(default=0, help_text="progress while it is being read")
    refusal = models.TextField(blank=True)
    summary = models.JSONField(default=dict)
    reported_micro = models.BigIntegerField(null=True)
    errors_accepted = models.BooleanField(default=False, help_text="data errors may stand")
    difference = models.CharField(max_length=16, blank=True, help_text="why the bank's sum is another; empty: not said")
    difference_note = models.TextField(blank=True)
    uploaded_by = models.UUIDField()
    uploaded_at = models.DateTimeField()
    booked_by = models.UUIDField(null=True)
    booked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-uploaded_at"], name="reports_report_new")]

    def __str__(self) -> str:
        return f"{self.source} {self.period}"


IN_THE_BOOKS = (Report.State.BOOKING, Report.State.BOOKED, Report.State.REVERSING)
"""The states in which its money counts, or begins to."""


class ReportFault(models.Model):
    """One bad cell, with its place in the file."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="faults")
    kind = models.CharField(max_length=8)
    line = models.IntegerField()
    column = models.TextField(blank=True)
    words = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["report", "kind", "line"], name="reports_fault_place")]

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.words}"


class ReportGroup(models.Model):
    """Everything one report says of one thing, and which element that is."""

    class State(models.TextChoices):
        """What is known of it."""

        OPEN = "open", "nothing like it is known"
        SUGGESTED = "suggested", "an element is like it: somebody must say"
        MATCHED = "matched", "an element"
        WAITING = "waiting", "booked, its money waits"
        REVERSED = "reversed", "its report was taken back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="groups")
    number = models.IntegerField()
    key = models.TextField()
    our_id = models.CharField(max_length=36, blank=True)
    isrc = models.CharField(max_length=12, blank=True)
    iswc = models.CharField(max_length=11, blank=True)
    title = models.CharField(max_length=300, blank=True)
    artist = models.CharField(max_length=300, blank=True)
    lines = models.IntegerField()
    quantity = models.BigIntegerField()
    first_line = models.IntegerField()
    reported_micro = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    element_id = models.UUIDField(null=True)
    matched_by = models.CharField(max_length=16, blank=True, help_text="our_id, isrc, iswc, remembered, or a person")
    suggestion_id = models.UUIDField(null=True)
    likeness_ppm = models.IntegerField(default=0)
    amount_minor = models.BigIntegerField(null=True, help_text="its part of what the bank received")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "number"], name="reports_group_number"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state"], condition=models.Q(state="waiting"), name="reports_group_waiting"),
        ]

    def __str__(self) -> str:
        return self.title or self.key


class ReportLine(models.Model):
    """One line of a report's file."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="lines")
    line = models.IntegerField()
    group_number = models.IntegerField()
    amount = models.DecimalField(max_digits=52, decimal_places=18)
    quantity = models.BigIntegerField()
    date = models.CharField(max_length=10, blank=True)
    store = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["report", "group_number"], name="reports_line_group")]

    def __str__(self) -> str:
        return f"line {self.line}"


class RememberedMatch(models.Model):
    """What somebody confirmed once for a source: the same thing matches by itself from then on."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="matches")
    key = models.TextField()
    element_id = models.UUIDField()
    confirmed_by = models.UUIDField()
    confirmed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "key"], name="reports_match_once")]

    def __str__(self) -> str:
        return self.key
