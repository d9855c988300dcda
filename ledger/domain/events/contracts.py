"""What labels and payees agreed."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContractSigned(Event):
    """A label takes a share of what a party receives from one element, or (element_id null) from all."""

    kind = "contract.signed.v1"
    contract_id: UUID
    label_id: UUID
    party_id: UUID
    element_id: UUID | None
    label_ppm: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdvancePaid(Event):
    """A label paid a party before it was earned, outside the platform; royalties repay it."""

    kind = "advance.paid.v1"
    advance_id: UUID
    label_id: UUID
    party_id: UUID
    currency: str
    amount_micro: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayeeTermsSet(Event):
    """How a party is paid: reserve, withholding, and the least amount worth a payout per currency."""

    kind = "payee.terms_set.v1"
    party_id: UUID
    reserve_ppm: int
    withholding_ppm: int
    minimum_payout_minor: int
    currency: str
