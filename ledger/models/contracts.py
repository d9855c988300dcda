"""Projections of what labels and payees agreed."""

from __future__ import annotations

from django.db import models

from ledger.models.base import Row


class Contract(Row):
    """A label's share of what a party receives from one element, one group, or (both null) from all.

    It holds for sales from `position` on, until `ended_position`: it was ended, or the party signed another one for the
    same scope.
    """

    contract_id = models.UUIDField(primary_key=True)
    label_id = models.UUIDField(db_index=True)
    party_id = models.UUIDField(db_index=True)
    element_id = models.UUIDField(null=True)
    group_id = models.UUIDField(null=True)
    label_ppm = models.IntegerField()
    escalations = models.JSONField(default=list)
    position = models.BigIntegerField()
    ended_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_contract"


class CatalogueGroup(Row):
    """Elements that a label's contracts name as one; the name is the document of `name_hash`."""

    group_id = models.UUIDField(primary_key=True)
    label_id = models.UUIDField(db_index=True)
    name_hash = models.TextField()
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_catalogue_group"


class GroupMember(Row):
    """An element is in a group for sales from `from_position` on, until `to_position`."""

    pk = models.CompositePrimaryKey("group_id", "element_id", "from_position")
    group_id = models.UUIDField()
    element_id = models.UUIDField(db_index=True)
    from_position = models.BigIntegerField()
    to_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_group_member"


class Advance(Row):
    """Money a label paid before it was earned, or (`cost_id`) a party's part of a cost; and what is not repaid yet."""

    advance_id = models.UUIDField(primary_key=True)
    label_id = models.UUIDField(db_index=True)
    party_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    unrecouped_micro = models.BigIntegerField()
    cost_id = models.UUIDField(null=True)
    position = models.BigIntegerField()
    changed_position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_advance"


class Cost(Row):
    """What a label paid and royalties repay; each party's part of it is a row of Advance."""

    cost_id = models.UUIDField(primary_key=True)
    label_id = models.UUIDField(db_index=True)
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    mode = models.TextField()
    party_ids = models.JSONField()
    weights = models.JSONField()
    element_id = models.UUIDField(null=True)
    invoice_hash = models.TextField(default="")
    at = models.DateTimeField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_cost"


class PayeeTerms(Row):
    """How a party is paid in a currency; the newest terms stand."""

    pk = models.CompositePrimaryKey("party_id", "currency")
    party_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    reserve_ppm = models.IntegerField()
    reserve_releases = models.JSONField(default=list)
    withholding_ppm = models.IntegerField()
    minimum_payout_minor = models.BigIntegerField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_payee_terms"


class ReserveLot(Row):
    """What one statement held back: `releases` are the parts, of which the first `released` came free in later runs."""

    statement_id = models.UUIDField(primary_key=True)
    party_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    held_micro = models.BigIntegerField()
    releases_micro = models.JSONField()
    parts = models.IntegerField()
    released = models.IntegerField()
    position = models.BigIntegerField()

    class Meta:
        db_table = "ledger_reserve_lot"
        indexes = [models.Index(fields=["party_id", "currency"], name="ledger_reserve_lot_payee")]


class PaymentCondition(Row):
    """A party is paid only while none of `needs_party_ids` is negative."""

    condition_id = models.UUIDField(primary_key=True)
    label_id = models.UUIDField(null=True, db_index=True)
    party_id = models.UUIDField(db_index=True)
    needs_party_ids = models.JSONField()
    ignoring_advances = models.BooleanField()
    standing = models.BooleanField()
    position = models.BigIntegerField()
    lifted_position = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_payment_condition"
