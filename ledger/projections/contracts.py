"""What labels and payees agreed."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import sql
from ledger.domain.events import AdvanceCorrected, AdvancePaid, AdvanceRecouped, ContractSigned, PayeeTermsSet
from ledger.domain.records import EventRecord
from ledger.models import Advance, Contract, PayeeTerms
from ledger.projections.base import Projection, folds


class Contracts(Projection):
    """Label contracts, advances, and how each payee is paid."""

    name = "contracts"
    tables = (Contract, Advance, PayeeTerms)

    @folds(ContractSigned)
    def signed(self, records: Sequence[EventRecord[ContractSigned]]) -> None:
        """A label's share, from this position on."""
        sql.insert(
            Contract,
            (
                {
                    "contract_id": r.event.contract_id,
                    "label_id": r.event.label_id,
                    "party_id": r.event.party_id,
                    "element_id": r.event.element_id,
                    "label_ppm": r.event.label_ppm,
                    "position": r.position,
                }
                for r in records
            ),
        )

    @folds(AdvancePaid)
    def advanced(self, records: Sequence[EventRecord[AdvancePaid]]) -> None:
        """Money before it is earned."""
        sql.insert(
            Advance,
            (
                {
                    "advance_id": r.event.advance_id,
                    "label_id": r.event.label_id,
                    "party_id": r.event.party_id,
                    "currency": r.event.currency,
                    "amount_micro": r.event.amount_micro,
                    "unrecouped_micro": r.event.amount_micro,
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )

    @folds(AdvanceRecouped, AdvanceCorrected)
    def recouped(self, records: Sequence[EventRecord[AdvanceRecouped | AdvanceCorrected]]) -> None:
        """A part of it was repaid, or counts as repaid (or no longer) with corrected facts."""
        for r in records:
            Advance.objects.filter(advance_id=r.event.advance_id).update(
                unrecouped_micro=r.event.unrecouped_micro, changed_position=r.position
            )

    @folds(PayeeTermsSet)
    def terms_set(self, records: Sequence[EventRecord[PayeeTermsSet]]) -> None:
        """Reserve, withholding and minimum of a payee."""
        for r in records:
            PayeeTerms.objects.update_or_create(
                party_id=r.event.party_id,
                currency=r.event.currency,
                defaults={
                    "reserve_ppm": r.event.reserve_ppm,
                    "withholding_ppm": r.event.withholding_ppm,
                    "minimum_payout_minor": r.event.minimum_payout_minor,
                    "position": r.position,
                },
            )
