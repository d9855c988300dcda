"""Questions about what labels and payees agreed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ledger import models
from ledger.domain.events import Escalation
from ledger.selectors.rows import as_value

__all__ = [
    "Advance",
    "CatalogueGroup",
    "Contract",
    "Cost",
    "PayeeTerms",
    "PaymentCondition",
    "ReserveLot",
    "advances",
    "catalogue_group",
    "catalogue_groups",
    "contract",
    "contracts",
    "costs",
    "payee_terms",
    "payment_condition",
    "payment_conditions",
    "reserve_lots",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A label's share of a party's part, of one element, one group or (both None) of all, from `position` on."""

    contract_id: UUID
    label_id: UUID
    party_id: UUID
    element_id: UUID | None
    group_id: UUID | None
    label_ppm: int
    escalations: tuple[Escalation, ...]
    position: int
    ended_position: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueGroup:
    """Elements that a label's contracts name as one, as they are now."""

    group_id: UUID
    label_id: UUID
    name: str
    element_ids: tuple[UUID, ...]
    position: int
    changed_position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Money a label paid before it was earned, or (`cost_id`) a party's part of a cost."""

    advance_id: UUID
    label_id: UUID
    party_id: UUID
    currency: str
    amount_micro: int
    unrecouped_micro: int
    cost_id: UUID | None
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a label paid and royalties repay; what each party owes of it are advances with its id."""

    cost_id: UUID
    label_id: UUID
    currency: str
    amount_micro: int
    mode: str
    party_ids: tuple[UUID, ...]
    weights: tuple[int, ...]
    element_id: UUID | None
    invoice_hash: str
    at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayeeTerms:
    """How a party is paid in a currency; `reserve_releases` are weights of the runs that follow (none: the next)."""

    party_id: UUID
    currency: str
    reserve_ppm: int
    reserve_releases: tuple[int, ...]
    withholding_ppm: int
    minimum_payout_minor: int
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReserveLot:
    """What one statement held back: `releases_micro` come free one a run; the first `released` of them have."""

    statement_id: UUID
    party_id: UUID
    currency: str
    held_micro: int
    releases_micro: tuple[int, ...]
    released: int
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCondition:
    """A party is paid only while none of the others is negative."""

    condition_id: UUID
    label_id: UUID | None
    party_id: UUID
    needs_party_ids: tuple[UUID, ...]
    ignoring_advances: bool
    standing: bool
    position: int
    lifted_position: int | None


def contracts(
    *,
    label_id: UUID | None = None,
    party_id: UUID | None = None,
    standing: bool = False,
    upto: int | None = None,
) -> list[Contract]:
    """Contracts in order of signing: of one label, of one party, those that stand, those signed at `upto` or before."""
    rows = models.Contract.objects.filter(**_given(label_id=label_id, party_id=party_id, position__lte=upto))
    if standing:
        rows = rows.filter(ended_position=None)
    return [_contract(row) for row in rows.order_by("position")]


def contract(contract_id: UUID) -> Contract | None:
    """The contract with this id."""
    row = models.Contract.objects.filter(contract_id=contract_id).first()
    return _contract(row) if row else None


def catalogue_groups(*, label_id: UUID) -> list[CatalogueGroup]:
    """A label's groups, oldest first."""
    return _groups(models.CatalogueGroup.objects.filter(label_id=label_id))


def catalogue_group(group_id: UUID) -> CatalogueGroup | None:
    """The group with this id."""
    return next(iter(_groups(models.CatalogueGroup.objects.filter(group_id=group_id))), None)


def advances(*, party_id: UUID | None = None, label_id: UUID | None = None) -> list[Advance]:
    """Advances and parts of costs in ascending id order, of one party or label, or of all."""
    rows = models.Advance.objects.filter(**_given(party_id=party_id, label_id=label_id))
    return [as_value(Advance, row) for row in rows.order_by("advance_id")]


def costs(*, label_id: UUID) -> list[Cost]:
    """A label's costs, oldest first."""
    return [
        as_value(Cost, row, party_ids=_ids(row.party_ids), weights=tuple(row.weights))
        for row in models.Cost.objects.filter(label_id=label_id).order_by("position")
    ]


def payee_terms(party_ids: Iterable[UUID] | None = None) -> list[PayeeTerms]:
    """How parties are paid, where that was set."""
    rows = models.PayeeTerms.objects.filter(**_given(party_id__in=None if party_ids is None else list(party_ids)))
    return [
        as_value(PayeeTerms, row, reserve_releases=tuple(row.reserve_releases))
        for row in rows.order_by("party_id", "currency")
    ]


def reserve_lots(party_id: UUID) -> list[ReserveLot]:
    """What was ever held back from a party, oldest first."""
    rows = models.ReserveLot.objects.filter(party_id=party_id).order_by("position")
    return [as_value(ReserveLot, row, releases_micro=tuple(row.releases_micro)) for row in rows]


def payment_conditions(*, label_id: UUID | None = None, standing: bool = True) -> list[PaymentCondition]:
    """Conditions in order, of one label or of all; those that stand, or those that ever did."""
    rows = models.PaymentCondition.objects.filter(**_given(label_id=label_id))
    if standing:
        rows = rows.filter(standing=True)
    return [_condition(row) for row in rows.order_by("position")]


def payment_condition(condition_id: UUID) -> PaymentCondition | None:
    """The condition with this id."""
    row = models.PaymentCondition.objects.filter(condition_id=condition_id).first()
    return _condition(row) if row else None


def _given(**conditions: Any) -> dict[str, Any]:
    return {name: value for name, value in conditions.items() if value is not None}


def _ids(texts: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(UUID(text) for text in texts)


def _contract(row: models.Contract) -> Contract:
    return as_value(Contract, row, escalations=tuple(Escalation(**step) for step in row.escalations))


def _condition(row: models.PaymentCondition) -> PaymentCondition:
    return as_value(PaymentCondition, row, needs_party_ids=_ids(row.needs_party_ids))


def _groups(rows: Any) -> list[CatalogueGroup]:
    found = list(rows.order_by("position"))
    members: dict[UUID, list[UUID]] = {}
    inside = models.GroupMember.objects.filter(group_id__in=[row.group_id for row in found], to_position=None)
    for one in inside.order_by("from_position", "element_id"):
        members.setdefault(one.group_id, []).append(one.element_id)
    documents = models.Document.objects.filter(hash__in=[row.name_hash for row in found])
    names = {hash_: bytes(content).decode() for hash_, content in documents.values_list("hash", "content")}
    return [
        as_value(
            CatalogueGroup, row, name=names.get(row.name_hash, ""), element_ids=tuple(members.get(row.group_id, ()))
        )
        for row in found
    ]
