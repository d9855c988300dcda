"""What labels and payees agreed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from ledger import sql
from ledger.domain import events as ev
from ledger.domain.ids import part_id
from ledger.domain.records import EventRecord
from ledger.domain.settlement import allocate
from ledger.models import (
    Advance,
    CatalogueGroup,
    Contract,
    Cost,
    GroupMember,
    PayeeTerms,
    PaymentCondition,
    ReserveLot,
)
from ledger.projections.base import Projection, folds

# Names of our own tables only. A lot moves on with every later statement of its payee, until all of it is free.
MOVE_ON_SQL = """
    update ledger_reserve_lot as lot set released = lot.released + 1
      from json_to_recordset(%s) as s(party_id uuid, currency text)
     where lot.party_id = s.party_id and lot.currency = s.currency and lot.released < lot.parts
"""


class Contracts(Projection):
    """Label contracts with their groups, advances and costs, how each payee is paid, and reserves by lot."""

    name = "contracts"
    tables = (Contract, CatalogueGroup, GroupMember, Advance, Cost, PayeeTerms, ReserveLot, PaymentCondition)

    @folds(ev.ContractSigned)
    def signed(self, records: Sequence[EventRecord[ev.ContractSigned]]) -> None:
        """A label's share, from this position on; the party's earlier contract for the same scope is over."""
        for r in records:
            same_scope = Q(party_id=r.event.party_id, element_id=r.event.element_id, group_id=r.event.group_id)
            Contract.objects.filter(same_scope, ended_position=None).update(ended_position=r.position)
            Contract.objects.create(
                contract_id=r.event.contract_id,
                label_id=r.event.label_id,
                party_id=r.event.party_id,
                element_id=r.event.element_id,
                group_id=r.event.group_id,
                label_ppm=r.event.label_ppm,
                escalations=r.event.body()["escalations"],
                position=r.position,
            )

    @folds(ev.ContractEnded)
    def ended(self, records: Sequence[EventRecord[ev.ContractEnded]]) -> None:
        """Nothing of later sales."""
        for r in records:
            Contract.objects.filter(contract_id=r.event.contract_id, ended_position=None).update(
                ended_position=r.position
            )

    @folds(ev.CatalogueGroupCreated)
    def group_created(self, records: Sequence[EventRecord[ev.CatalogueGroupCreated]]) -> None:
        """Elements as one."""
        for r in records:
            CatalogueGroup.objects.create(
                group_id=r.event.group_id,
                label_id=r.event.label_id,
                name_hash=r.event.name_hash,
                position=r.position,
                changed_position=r.position,
            )
            _join(r, r.event.element_ids)

    @folds(ev.CatalogueGroupChanged)
    def group_changed(self, records: Sequence[EventRecord[ev.CatalogueGroupChanged]]) -> None:
        """Others from here on."""
        for r in records:
            members = GroupMember.objects.filter(group_id=r.event.group_id, to_position=None)
            members.filter(element_id__in=r.event.removed).update(to_position=r.position)
            _join(r, r.event.added)
            CatalogueGroup.objects.filter(group_id=r.event.group_id).update(changed_position=r.position)

    @folds(ev.AdvancePaid)
    def advanced(self, records: Sequence[EventRecord[ev.AdvancePaid]]) -> None:
        """Money before it is earned."""
        sql.insert(Advance, (_owed(r, r.event.advance_id, r.event.party_id, r.event.amount_micro) for r in records))

    @folds(ev.CostRecorded)
    def cost_recorded(self, records: Sequence[EventRecord[ev.CostRecorded]]) -> None:
        """A cost, and what each party owes of it."""
        for r in records:
            Cost.objects.create(
                cost_id=r.event.cost_id,
                label_id=r.event.label_id,
                currency=r.event.currency,
                amount_micro=r.event.amount_micro,
                mode=r.event.mode,
                party_ids=[str(party_id) for party_id in r.event.party_ids],
                weights=list(r.event.weights),
                element_id=r.event.element_id,
                invoice_hash=r.event.invoice_hash or "",
                at=r.at,
                position=r.position,
            )
            sql.insert(
                Advance,
                (
                    _owed(r, part_id(r.event.cost_id, party_id), party_id, amount, cost_id=r.event.cost_id)
                    for party_id, amount in zip(r.event.party_ids, cost_parts(r.event), strict=True)
                    if amount
                ),
            )

    @folds(ev.AdvanceRecouped, ev.AdvanceCorrected)
    def recouped(self, records: Sequence[EventRecord[ev.AdvanceRecouped | ev.AdvanceCorrected]]) -> None:
        """A part of it was repaid, or counts as repaid (or no longer) with corrected facts."""
        for r in records:
            Advance.objects.filter(advance_id=r.event.advance_id).update(
                unrecouped_micro=r.event.unrecouped_micro, changed_position=r.position
            )

    @folds(ev.PayeeTermsSet)
    def terms_set(self, records: Sequence[EventRecord[ev.PayeeTermsSet]]) -> None:
        """Reserve, withholding and minimum of a payee."""
        for r in records:
            PayeeTerms.objects.update_or_create(
                party_id=r.event.party_id,
                currency=r.event.currency,
                defaults={
                    "reserve_ppm": r.event.reserve_ppm,
                    "reserve_releases": list(r.event.reserve_releases),
                    "withholding_ppm": r.event.withholding_ppm,
                    "minimum_payout_minor": r.event.minimum_payout_minor,
                    "position": r.position,
                },
            )

    @folds(ev.StatementIssued)
    def issued(self, records: Sequence[EventRecord[ev.StatementIssued]]) -> None:
        """Earlier reserves move on by one release; what this run held becomes a lot of its own."""
        for _, group in itertools.groupby(records, key=lambda r: r.event.run_id):
            of_run = list(group)
            payees = [{"party_id": r.event.party_id, "currency": r.event.currency} for r in of_run]
            sql.execute(MOVE_ON_SQL, [sql.rows_json(payees)])
            held = [r for r in of_run if r.event.reserve_held_micro > 0]
            if held:
                sql.insert(ReserveLot, _lots(held))

    @folds(ev.PaymentConditionSet)
    def condition_set(self, records: Sequence[EventRecord[ev.PaymentConditionSet]]) -> None:
        """One is paid only while others are not negative."""
        for r in records:
            PaymentCondition.objects.create(
                condition_id=r.event.condition_id,
                label_id=r.event.label_id,
                party_id=r.event.party_id,
                needs_party_ids=[str(party_id) for party_id in r.event.needs_party_ids],
                ignoring_advances=r.event.ignoring_advances,
                standing=True,
                position=r.position,
            )

    @folds(ev.PaymentConditionLifted)
    def condition_lifted(self, records: Sequence[EventRecord[ev.PaymentConditionLifted]]) -> None:
        """No more."""
        for r in records:
            PaymentCondition.objects.filter(condition_id=r.event.condition_id, standing=True).update(
                standing=False, lifted_position=r.position
            )


def cost_parts(cost: ev.CostRecorded) -> list[int]:
    """What each of the cost's parties owes, micro, in their order."""
    if cost.mode == "full":
        return [cost.amount_micro] * len(cost.party_ids)
    # A fold never fails: weights that divide nothing divide equally.
    weights = cost.weights if sum(cost.weights) and len(cost.weights) == len(cost.party_ids) else None
    return allocate(cost.amount_micro, weights or [1] * len(cost.party_ids)) if cost.party_ids else []


def _owed(record: EventRecord[Any], advance_id: Any, party_id: Any, amount_micro: int, **more: Any) -> dict[str, Any]:
    return {
        "advance_id": advance_id,
        "label_id": record.event.label_id,
        "party_id": party_id,
        "currency": record.event.currency,
        "amount_micro": amount_micro,
        "unrecouped_micro": amount_micro,
        "position": record.position,
        "changed_position": record.position,
        **more,
    }


def _join(record: EventRecord[Any], element_ids: Sequence[Any]) -> None:
    group_id = record.event.group_id
    inside = set(GroupMember.objects.filter(group_id=group_id, to_position=None).values_list("element_id", flat=True))
    new = [element_id for element_id in dict.fromkeys(element_ids) if element_id not in inside]
    sql.insert(
        GroupMember,
        ({"group_id": group_id, "element_id": one, "from_position": record.position} for one in new),
    )


def _lots(held: Sequence[EventRecord[ev.StatementIssued]]) -> list[dict[str, Any]]:
    """A lot's parts follow from the newest terms of its payee, whatever currency they were set with."""
    parties = {r.event.party_id for r in held}
    newest = PayeeTerms.objects.filter(party_id__in=parties).order_by("party_id", "-position").distinct("party_id")
    weights = {terms.party_id: terms.reserve_releases for terms in newest}
    lots = []
    for r in held:
        mine = weights.get(r.event.party_id) or [1]
        parts = allocate(r.event.reserve_held_micro, mine if sum(mine) else [1])
        lots.append(
            {
                "statement_id": r.event.statement_id,
                "party_id": r.event.party_id,
                "currency": r.event.currency,
                "held_micro": r.event.reserve_held_micro,
                "releases_micro": parts,
                "parts": len(parts),
                "released": 0,
                "position": r.position,
            }
        )
    return lots
