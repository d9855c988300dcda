"""Runs, statements and payouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from ledger import sql
from ledger.domain import events as ev
from ledger.domain.records import EventRecord
from ledger.models import BalanceAdjustment, Payout, SettlementRun, Statement
from ledger.projections.base import Projection, folds


class Settlement(Projection):
    """Each run with its state, its statements and its payouts; what changed between two runs."""

    name = "settlement"
    tables = (SettlementRun, Statement, BalanceAdjustment, Payout)

    @folds(ev.SettlementCalculated)
    def calculated(self, records: Sequence[EventRecord[ev.SettlementCalculated]]) -> None:
        """A run was computed."""
        for r in records:
            SettlementRun.objects.create(
                run_id=r.event.run_id,
                period=r.event.period,
                from_position=r.event.from_position,
                cutoff_position=r.event.cutoff_position,
                commission_ppm=r.event.commission_ppm,
                inputs_hash=r.event.inputs_hash,
                outputs_hash=r.event.outputs_hash,
                totals=r.event.body()["totals"],
                state="calculated",
                prepared_by=r.actor_id,
                calculated_at=r.at,
                position=r.position,
                changed_position=r.position,
            )

    @folds(ev.SettlementReviewed)
    def reviewed(self, records: Sequence[EventRecord[ev.SettlementReviewed]]) -> None:
        """What is unusual about it was looked at."""
        for r in records:
            _move(r, state="reviewed", reviewed_by=r.actor_id, findings_hash=r.event.findings_hash)

    @folds(ev.SettlementApproved)
    def approved(self, records: Sequence[EventRecord[ev.SettlementApproved]]) -> None:
        """Its preparer stands by it."""
        for r in records:
            _move(r, state="approved", approved_by=r.actor_id)

    @folds(ev.SettlementReleased)
    def released(self, records: Sequence[EventRecord[ev.SettlementReleased]]) -> None:
        """A second person let the money go."""
        for r in records:
            _move(r, state="released", released_by=r.actor_id)

    @folds(ev.SettlementClosed)
    def closed(self, records: Sequence[EventRecord[ev.SettlementClosed]]) -> None:
        """Every payout has an end."""
        for r in records:
            _move(r, state="closed")

    @folds(ev.SettlementDiscarded)
    def discarded(self, records: Sequence[EventRecord[ev.SettlementDiscarded]]) -> None:
        """Set aside before release."""
        for r in records:
            _move(r, state="discarded")

    @folds(ev.StatementIssued)
    def issued(self, records: Sequence[EventRecord[ev.StatementIssued]]) -> None:
        """A payee's result."""
        sql.insert(
            Statement,
            (
                {
                    "statement_id": r.event.statement_id,
                    "run_id": r.event.run_id,
                    "party_id": r.event.party_id,
                    "currency": r.event.currency,
                    "escrowed": r.event.escrowed,
                    "opening_micro": r.event.opening_micro,
                    "royalty_micro": r.event.royalty_micro,
                    "recouped_micro": r.event.recouped_micro,
                    "recoupment_received_micro": r.event.recoupment_received_micro,
                    "reserve_held_micro": r.event.reserve_held_micro,
                    "reserve_released_micro": r.event.reserve_released_micro,
                    "payable_micro": r.event.payable_micro,
                    "gross_payout_minor": r.event.gross_payout_minor,
                    "withheld_minor": r.event.withheld_minor,
                    "payout_minor": r.event.payout_minor,
                    "carried_micro": r.event.carried_micro,
                    "lines_hash": r.event.lines_hash,
                    "at": r.at,
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(ev.BalanceAdjusted)
    def adjusted(self, records: Sequence[EventRecord[ev.BalanceAdjusted]]) -> None:
        """What is owed changed between two runs."""
        sql.insert(
            BalanceAdjustment,
            (
                {
                    "adjustment_id": r.event.adjustment_id,
                    "party_id": r.event.party_id,
                    "currency": r.event.currency,
                    "amount_micro": r.event.amount_micro,
                    "basis": r.event.basis,
                    "cause_id": r.event.cause_id,
                    "escrowed": r.event.escrowed,
                    "at": r.at,
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(ev.PayoutRequested)
    def requested(self, records: Sequence[EventRecord[ev.PayoutRequested]]) -> None:
        """The start of a transfer."""
        sql.insert(
            Payout,
            (
                {
                    "payout_id": r.event.payout_id,
                    "run_id": r.event.run_id,
                    "statement_id": r.event.statement_id,
                    "party_id": r.event.party_id,
                    "currency": r.event.currency,
                    "gross_minor": r.event.gross_minor,
                    "withheld_minor": r.event.withheld_minor,
                    "payout_minor": r.event.payout_minor,
                    "state": "requested",
                    "failures": 0,
                    "code": "",
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )

    @folds(ev.PayoutPaid)
    def paid(self, records: Sequence[EventRecord[ev.PayoutPaid]]) -> None:
        """The transfer went out."""
        for r in records:
            Payout.objects.filter(payout_id=r.event.payout_id).update(state="paid", changed_position=r.position)

    @folds(ev.PayoutReversed)
    def reversed(self, records: Sequence[EventRecord[ev.PayoutReversed]]) -> None:
        """It came back: owed again, and a next try is a new transfer."""
        for r in records:
            Payout.objects.filter(payout_id=r.event.payout_id).update(
                state="reversed", failures=F("failures") + 1, changed_position=r.position
            )

    @folds(ev.PayoutFailed)
    def failed(self, records: Sequence[EventRecord[ev.PayoutFailed]]) -> None:
        """It did not go out this time."""
        for r in records:
            Payout.objects.filter(payout_id=r.event.payout_id).update(
                state="failed", failures=F("failures") + 1, code=r.event.code, changed_position=r.position
            )


def _move(record: EventRecord[Any], **values: Any) -> None:
    SettlementRun.objects.filter(run_id=record.event.run_id).update(changed_position=record.position, **values)
