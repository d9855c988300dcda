"""What labels and payees agreed: contracts and their catalogue groups, advances, costs, terms, payment conditions."""

from __future__ import annotations

import dataclasses
from typing import Literal
from uuid import UUID

from ledger.domain.events.codec import Event, event

CostMode = Literal["full", "pro_rated"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Once `units_from` units of the contract's scope were sold, the label's share of what follows is `label_ppm`."""

    units_from: int
    label_ppm: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContractSigned(Event):
    """A label takes a share of what a party receives: from one element, one catalogue group, or (both null) from all.

    `escalations` ascend by units.
    """

    kind = "contract.signed.v2"
    contract_id: UUID
    label_id: UUID
    party_id: UUID
    element_id: UUID | None
    label_ppm: int
    group_id: UUID | None = None
    escalations: tuple[Escalation, ...] = ()


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ContractEnded(Event):
    """A contract takes nothing from sales after this."""

    kind = "contract.ended.v1"
    contract_id: UUID


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueGroupCreated(Event):
    """A label put elements together: a contract can name them as one. `name_hash` is the document of its name."""

    kind = "catalogue_group.created.v1"
    group_id: UUID
    label_id: UUID
    name_hash: str
    element_ids: tuple[UUID, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueGroupChanged(Event):
    """From here on, sales of what was added fall under the group's contracts, and of what was removed no longer."""

    kind = "catalogue_group.changed.v1"
    group_id: UUID
    added: tuple[UUID, ...]
    removed: tuple[UUID, ...]


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
class CostRecorded(Event):
    """A label paid for something that royalties repay.

    `full`: each party named owes all of it; `pro_rated`: it is divided among them by `weights` (none: equally). What a
    party owes is recouped like an advance; `element_id` says what it was spent on, `invoice_hash` is the invoice.
    """

    kind = "cost.recorded.v1"
    cost_id: UUID
    label_id: UUID
    currency: str
    amount_micro: int
    mode: CostMode
    party_ids: tuple[UUID, ...]
    weights: tuple[int, ...] = ()
    element_id: UUID | None = None
    invoice_hash: str | None = None


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayeeTermsSet(Event):
    """How a party is paid: reserve and its release, withholding, and the least amount worth a payout per currency.

    `reserve_releases` divides each reserve held under these terms over the runs that follow, by weight; none: all of it
    comes with the next run.
    """

    kind = "payee.terms_set.v2"
    party_id: UUID
    reserve_ppm: int
    withholding_ppm: int
    minimum_payout_minor: int
    currency: str
    reserve_releases: tuple[int, ...] = ()


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaymentConditionSet(Event):
    """A party is paid in a currency only while none of `needs_party_ids` is negative in it.

    `ignoring_advances`: what those still have to repay does not make them negative. `label_id`: on whose wish (null:
    the platform's).
    """

    kind = "payment_condition.set.v1"
    condition_id: UUID
    label_id: UUID | None
    party_id: UUID
    needs_party_ids: tuple[UUID, ...]
    ignoring_advances: bool


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaymentConditionLifted(Event):
    """A payment condition stands no more."""

    kind = "payment_condition.lifted.v1"
    condition_id: UUID
