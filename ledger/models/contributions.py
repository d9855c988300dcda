"""Projections of measured contribution and of contests."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class Contribution(Row):
    """What was measured of one version of an element; the newest counts. Figures are as the event has them."""

    contribution_id = models.UUIDField(primary_key=True)
    element_id = models.UUIDField(db_index=True)
    actor_id = models.UUIDField()
    version = models.IntegerField()
    content_hash = models.CharField(max_length=64)
    unit = models.TextField()
    units_total = models.BigIntegerField()
    parents = models.JSONField()
    contributors = models.JSONField()
    detail_hash = models.TextField()
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_contribution"


class ContributionContest(Row):
    """Somebody says the figures are wrong: open, agreed, decided or withdrawn."""

    contest_id = models.UUIDField(primary_key=True)
    contribution_id = models.UUIDField(db_index=True)
    element_id = models.UUIDField(db_index=True)
    party_id = models.UUIDField(db_index=True)
    words_hash = models.TextField()
    state = models.TextField()
    offered_parents = models.JSONField(null=True)
    offered_contributors = models.JSONField(null=True)
    settled_parents = models.JSONField(null=True)
    settled_contributors = models.JSONField(null=True)
    reason_hash = models.TextField(null=True)  # noqa: DJ001 — null where nobody had to give a reason, as in the event
    at = models.DateTimeField()
    position = models.BigIntegerField()
    settled_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_contribution_contest"
