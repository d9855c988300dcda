"""Projections of elements: what exists, in which versions, made by whom and by what."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class Element(Row):
    """An element and its newest version. `position` is that of its creation."""

    element_id = models.UUIDField(primary_key=True)
    element_kind = models.TextField()
    creator_id = models.UUIDField(db_index=True)
    version = models.IntegerField()
    content_hash = models.CharField(max_length=64)
    media_type = models.TextField()
    created_at = models.DateTimeField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_element"


class ElementVersion(Row):
    """One immutable state of an element; `contributors` is a list of {party_id, role}."""

    pk = models.CompositePrimaryKey("element_id", "version")
    element_id = models.UUIDField()
    version = models.IntegerField()
    content_hash = models.CharField(max_length=64, db_index=True)
    editor_id = models.UUIDField()
    contributors = models.JSONField()
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_element_version"


class Generation(Row):
    """The call of a model that made an element."""

    element_id = models.UUIDField(primary_key=True)
    job_id = models.UUIDField()
    model = models.TextField()
    weights_hash = models.TextField()
    seed = models.BigIntegerField()
    parameters = models.JSONField()
    runtime = models.JSONField()
    inputs = models.JSONField()
    content_hash = models.CharField(max_length=64)
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_generation"


class Processing(Row):
    """The call of a process that made a version; `inputs` is a list of {element_id, content_hash}."""

    pk = models.CompositePrimaryKey("element_id", "version")
    element_id = models.UUIDField()
    version = models.IntegerField()
    content_hash = models.CharField(max_length=64)
    job_id = models.UUIDField()
    process = models.TextField()
    parameters = models.JSONField()
    inputs = models.JSONField()
    weights = models.JSONField()
    runtime = models.JSONField()
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_processing"


class ModelTerms(Row):
    """The terms of weights from `position` on; `data` is a list of {name, licence}."""

    pk = models.CompositePrimaryKey("weights_hash", "position")
    weights_hash = models.TextField()
    model = models.TextField(db_index=True)
    card_hash = models.TextField()
    trainer_id = models.UUIDField(null=True)
    data = models.JSONField()
    share_ppm = models.IntegerField()
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_model_terms"


class Credit(Row):
    """A party took part in an element as this; `standing` is false once that was corrected away."""

    pk = models.CompositePrimaryKey("element_id", "party_id", "role")
    element_id = models.UUIDField()
    party_id = models.UUIDField(db_index=True)
    role = models.TextField()
    standing = models.BooleanField(default=True)
    place = models.IntegerField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_credit"


class RoleProposal(Row):
    """A correction of credits: open, refused or effective. `added` and `removed` are lists of {party_id, role}."""

    proposal_id = models.UUIDField(primary_key=True)
    element_id = models.UUIDField(db_index=True)
    proposer_id = models.UUIDField()
    added = models.JSONField()
    removed = models.JSONField()
    needs = models.JSONField(help_text="parties whose yes it needs")
    accepted = models.JSONField(default=list)
    state = models.TextField()
    position = models.BigIntegerField()
    ended_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_role_proposal"


class Trail(Row):
    """`subject_id` (an element, order, licence, party, run, ...) is named in the event at `position`."""

    pk = models.CompositePrimaryKey("subject_id", "position")
    subject_id = models.UUIDField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_trail"
