"""What is settled: agreements, a run from calculation to payout, corrections of it."""

from __future__ import annotations

from uuid import UUID

from ledger.domain import events as ev
from tests.ledger.stories.drawn import Drawn, hash_of, statement_issued


class Money(Drawn):
    """Scenes of a story."""

    def agreements(self):
        label, payee = self.parties[0], self.parties[1]
        self.advance = self.id()
        group, contract, condition = self.id(), self.id(), self.id()
        agreed = {"label_id": label, "party_id": payee}
        yield (ev.ContractSigned(contract_id=contract, element_id=None, label_ppm=200_000, **agreed),)
        yield (
            ev.CatalogueGroupCreated(
                group_id=group, label_id=label, name_hash=hash_of("hits"), element_ids=tuple(self.elements[:2])
            ),
        )
        yield (
            ev.ContractSigned(
                contract_id=self.id(),
                element_id=None,
                group_id=group,
                label_ppm=100_000,
                escalations=(ev.Escalation(units_from=2, label_ppm=150_000),),
                **agreed,
            ),
            ev.ContractEnded(contract_id=contract),
        )
        yield (ev.CatalogueGroupChanged(group_id=group, added=(self.elements[2],), removed=(self.elements[0],)),)
        yield (
            ev.AdvancePaid(advance_id=self.advance, label_id=label, party_id=payee, currency="EUR", amount_micro=10**9),
        )
        cost = {"label_id": label, "currency": "EUR", "amount_micro": self.amount(), "party_ids": (payee, label)}
        yield (ev.CostRecorded(cost_id=self.id(), mode="full", invoice_hash=hash_of("invoice"), **cost),)
        yield (
            ev.CostRecorded(cost_id=self.id(), mode="pro_rated", weights=(2, 1), element_id=self.elements[0], **cost),
        )
        for minimum in (0, 1000):
            yield (
                ev.PayeeTermsSet(
                    party_id=payee,
                    reserve_ppm=50_000,
                    reserve_releases=(1, 1, 2),
                    withholding_ppm=0,
                    minimum_payout_minor=minimum,
                    currency="EUR",
                ),
            )
        yield (
            ev.PaymentConditionSet(
                condition_id=condition,
                label_id=label,
                party_id=payee,
                needs_party_ids=(label,),
                ignoring_advances=True,
            ),
        )
        yield (ev.PaymentConditionLifted(condition_id=condition),)

    def run(self):
        run, statement, payout, payee = self.id(), self.id(), self.id(), self.parties[1]
        yield (
            ev.SettlementCalculated(
                run_id=run,
                period="2026-01",
                from_position=0,
                cutoff_position=50,
                commission_ppm=150_000,
                inputs_hash=hash_of("in"),
                outputs_hash=hash_of("out"),
                totals=(ev.Amount(currency="EUR", amount_micro=self.amount()),),
            ),
        )
        yield (
            ev.SettlementReviewed(
                run_id=run, outputs_hash=hash_of("out"), findings_hash=hash_of("findings"), findings=2
            ),
        )
        yield (ev.SettlementApproved(run_id=run, outputs_hash=hash_of("out")),)
        royalty = self.amount()
        payable = royalty - royalty // 3 + 17 - royalty // 10 + 5
        yield (
            ev.SettlementReleased(run_id=run, outputs_hash=hash_of("out")),
            statement_issued(
                statement_id=statement,
                run_id=run,
                party_id=payee,
                royalty_micro=royalty,
                recouped_micro=royalty // 3,
                recoupment_received_micro=17,
                reserve_held_micro=royalty // 10,
                reserve_released_micro=5,
                payable_micro=payable,
                gross_payout_minor=100,
                withheld_minor=10,
                payout_minor=90,
                carried_micro=payable - 100_000_000,
            ),
            ev.AdvanceRecouped(
                run_id=run,
                advance_id=self.advance,
                currency="EUR",
                amount_micro=royalty // 3,
                unrecouped_micro=10**9 - royalty // 3,
            ),
            ev.PayoutRequested(
                payout_id=payout,
                run_id=run,
                statement_id=statement,
                party_id=payee,
                currency="EUR",
                gross_minor=100,
                withheld_minor=10,
                payout_minor=90,
            ),
        )
        yield (
            ev.StatementPublished(
                statement_id=statement, party_id=payee, csv_hash=hash_of("csv"), pdf_hash=hash_of("pdf")
            ),
        )
        yield (ev.PayoutFailed(payout_id=payout, party_id=payee, code="account_closed"),)
        paid = {"payout_id": payout, "party_id": payee, "currency": "EUR"}
        yield (ev.PayoutPaid(gross_minor=100, withheld_minor=10, payout_minor=90, **paid),)
        if self.random.random() < 0.5:
            yield (ev.PayoutReversed(gross_minor=100, withheld_minor=10, payout_minor=90, **paid),)
        yield (ev.SettlementClosed(run_id=run),)
        other = self.id()
        yield (
            ev.SettlementCalculated(
                run_id=other,
                period="2026-02",
                from_position=51,
                cutoff_position=60,
                commission_ppm=150_000,
                inputs_hash=hash_of("in"),
                outputs_hash=hash_of("out"),
                totals=(),
            ),
        )
        yield (ev.SettlementDiscarded(run_id=other, reason="late refund"),)

    def corrections(self, party: UUID):
        run = self.id()
        for outcome in ("posted", "discarded"):
            correction, calculated = self.id(), hash_of("corrected")
            yield (
                ev.CorrectionCalculated(
                    correction_id=correction,
                    run_id=run,
                    changes_hash=hash_of("changes"),
                    reason_hash=hash_of("why"),
                    base_inputs_hash=hash_of("in"),
                    base_outputs_hash=hash_of("out"),
                    inputs_hash=hash_of("in 2"),
                    outputs_hash=calculated,
                    totals=(ev.Amount(currency="EUR", amount_micro=250),),
                ),
            )
            if outcome == "discarded":
                yield (ev.CorrectionDiscarded(correction_id=correction, run_id=run),)
                continue
            yield (
                ev.CorrectionPosted(correction_id=correction, run_id=run, outputs_hash=calculated),
                ev.BalanceAdjusted(
                    adjustment_id=self.id(),
                    party_id=party,
                    currency="EUR",
                    amount_micro=250,
                    basis="correction",
                    cause_id=correction,
                    escrowed=False,
                ),
                ev.AdvanceCorrected(
                    correction_id=correction,
                    advance_id=self.advance,
                    currency="EUR",
                    amount_micro=-17,
                    unrecouped_micro=10**9,
                ),
            )
            yield (ev.CorrectionArrived(line_id=self.id(), told_id=f"late-{correction}"),)
            met = f"{self.id()}/{self.id()}"
            yield (
                ev.CorrectionMet(
                    run_id=self.id(),
                    line_id=met,
                    sale_id=met.rpartition("/")[2],
                    currency="EUR",
                    gross_minor=250,
                    tax_minor=40,
                    fee_minor=0,
                ),
            )
