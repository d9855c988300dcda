"""Projections of rights: parties, derivations, splits, claims, holds."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class Party(Row):
    """A person or company known to the ledger; unclaimed while it has no account."""

    party_id = models.UUIDField(primary_key=True)
    party_kind = models.TextField()
    claimed = models.BooleanField()
    position = models.BigIntegerField()
    claimed_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_party"


class Derivation(Row):
    """`child_id` is made from `parent_id`, from `position` on; `upstream_ppm` of its income flows back.

    It rests on a licence and its derivation terms, or (null) on owning the parent.
    """

    pk = models.CompositePrimaryKey("child_id", "parent_id")
    child_id = models.UUIDField()
    parent_id = models.UUIDField(db_index=True)
    upstream_ppm = models.IntegerField()
    author_id = models.UUIDField()
    licence_id = models.UUIDField(null=True)
    terms_id = models.UUIDField(null=True)
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_derivation"


class DerivationTerms(Row):
    """One version of the terms on which others derive from an element; the newest is for new licences."""

    terms_id = models.UUIDField(primary_key=True)
    element_id = models.UUIDField(db_index=True)
    version = models.IntegerField()
    upstream_ppm_min = models.IntegerField()
    upstream_ppm_max = models.IntegerField()
    upstream_ppm = models.IntegerField()
    weight = models.TextField()
    allowed_uses = models.JSONField()
    expires_after_days = models.IntegerField(null=True)
    published_by = models.UUIDField()
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_derivation_terms"


class EscrowExpiry(Row):
    """Money that waited for an invited party until the published expiry, and which statements it came from."""

    expiry_id = models.UUIDField(primary_key=True)
    party_id = models.UUIDField(db_index=True)
    amounts = models.JSONField()
    statement_ids = models.JSONField()
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_escrow_expiry"


class SplitProposal(Row):
    """A proposed split: open, effective, refused, withdrawn, or superseded by a later proposal."""

    proposal_id = models.UUIDField(primary_key=True)
    element_id = models.UUIDField(db_index=True)
    proposer_id = models.UUIDField()
    shares = models.JSONField()
    state = models.TextField()
    position = models.BigIntegerField()
    ended_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_split_proposal"


class SplitAnswer(Row):
    """What a party said to a proposal."""

    pk = models.CompositePrimaryKey("proposal_id", "party_id")
    proposal_id = models.UUIDField()
    party_id = models.UUIDField()
    accepted = models.BooleanField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_split_answer"


class SplitShare(Row):
    """One share of the split in force for sales at `from_position` or later, until the next one takes effect."""

    pk = models.CompositePrimaryKey("element_id", "from_position", "place")
    element_id = models.UUIDField()
    from_position = models.BigIntegerField()
    place = models.IntegerField()
    party_id = models.UUIDField(db_index=True)
    role = models.TextField()
    share_ppm = models.IntegerField()

    class Meta:
        db_table = "ledger_split_share"


class Claim(Row):
    """An element may contain another's: open, upheld or dismissed."""

    claim_id = models.UUIDField(primary_key=True)
    element_id = models.UUIDField(db_index=True)
    resembles_id = models.UUIDField()
    disputed_ppm = models.IntegerField()
    reason = models.TextField()
    state = models.TextField()
    position = models.BigIntegerField()
    decided_position = models.BigIntegerField(null=True)
    reason_hash = models.TextField(default="")

    class Meta:
        db_table = "ledger_claim"


class ClaimStatement(Row):
    """How one side of a claim sees the matter; the words are a document."""

    position = models.BigIntegerField(primary_key=True)
    claim_id = models.UUIDField(db_index=True)
    party_id = models.UUIDField()
    statement_hash = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_claim_statement"


class Deferral(Row):
    """A revenue line (or an order's lines) that enters no run ending at `until` or earlier, unless it was resumed."""

    deferral_id = models.UUIDField(primary_key=True)
    line_id = models.TextField(default="", db_index=True)
    order_id = models.UUIDField(null=True, db_index=True)
    until = models.DateTimeField()
    reason_hash = models.TextField()
    position = models.BigIntegerField()
    resumed_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_deferral"


class Hold(Row):
    """While it stands, nothing is paid to the party (null currency: in any), or no line of the element counts."""

    hold_id = models.UUIDField(primary_key=True)
    party_id = models.UUIDField(db_index=True, null=True)
    element_id = models.UUIDField(db_index=True, null=True)
    currency = models.CharField(max_length=3, null=True)  # noqa: DJ001 — null means every currency, as in the event
    reason_hash = models.TextField()
    standing = models.BooleanField()
    position = models.BigIntegerField()
    lifted_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_hold"
