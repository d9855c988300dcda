"""The splits and contracts of a run: what was agreed, joined and sold up to its cut-off, dated for its epochs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from uuid import UUID

from django.db.models import Q

from ledger.domain.settlement import agreements
from ledger.domain.settlement.epochs import DatedContract, DatedSplit
from ledger.domain.settlement.limits import PPM
from ledger.models import Contract, Element, GroupMember, RevenueLine, SplitShare

NOW = 1 << 62
"""A position after every event."""


def split_history(cutoff: int, element_ids: Iterable[UUID] | None = None) -> list[DatedSplit]:
    """Every split up to a position (of these elements); until one takes effect, an element is its creator's alone."""
    only = {} if element_ids is None else {"element_id__in": list(element_ids)}
    rows = SplitShare.objects.filter(from_position__lte=cutoff, **only)
    shares = rows.order_by("element_id", "from_position", "place")
    splits = [
        DatedSplit(
            position=position,
            element_id=str(element),
            shares=[(str(one.party_id), one.role, one.share_ppm) for one in group],
        )
        for (element, position), group in groupby(shares, key=lambda one: (one.element_id, one.from_position))
    ]
    made = Element.objects.filter(position__lte=cutoff, **only)
    return splits + [
        DatedSplit(
            position=one.position, element_id=str(one.element_id), shares=[(str(one.creator_id), "producer", PPM)]
        )
        for one in made
    ]


def dated_contracts(
    cutoff: int, splits: Sequence[DatedSplit], *, owners: Iterable[UUID] | None = None
) -> list[DatedContract]:
    """Every contract up to a position (of these owners), by element and group, with the steps of its escalation."""
    only = {} if owners is None else {"party_id__in": list(owners)}
    rows = list(Contract.objects.filter(position__lte=cutoff, **only).order_by("position"))
    signed = [agreement_of(row, cutoff) for row in rows]
    members = memberships(cutoff)
    counted = [one for one in signed if one.escalations]
    if owners is not None and any(not one.element_id and not one.group_id for one in counted):
        splits = [*splits, *_elsewhere(cutoff, rows, {one.element_id for one in splits})]
    return agreements.dated_contracts(
        signed, memberships=members, sales=_sales(cutoff, counted, members) if counted else (), splits=splits
    )


def _elsewhere(cutoff: int, rows: Sequence[Contract], known: set[str]) -> list[DatedSplit]:
    """Splits of what else the parties of these contracts have a share of: a blanket contract's steps count it all."""
    found = split_history(cutoff, elements_of({row.party_id for row in rows if row.escalations}))
    return [one for one in found if one.element_id not in known]


def elements_of(party_ids: Collection[UUID]) -> set[UUID]:
    """Everything that these parties ever had a share of."""
    shared = SplitShare.objects.filter(party_id__in=party_ids).values_list("element_id", flat=True)
    made = Element.objects.filter(creator_id__in=party_ids).values_list("element_id", flat=True)
    return {*shared, *made}


def agreement_of(row: Contract, cutoff: int) -> agreements.Agreement:
    """A contract as it stood at a position."""
    return agreements.Agreement(
        contract_id=str(row.contract_id),
        label_id=str(row.label_id),
        party_id=str(row.party_id),
        label_ppm=row.label_ppm,
        signed=row.position,
        ended=_until(row.ended_position, cutoff),
        element_id=str(row.element_id or ""),
        group_id=str(row.group_id or ""),
        escalations=[(step["units_from"], step["label_ppm"]) for step in row.escalations],
    )


def memberships(cutoff: int) -> list[agreements.Membership]:
    """Which elements lay in which groups, as it stood at a position."""
    rows = GroupMember.objects.filter(from_position__lte=cutoff).order_by("from_position", "element_id")
    return [
        agreements.Membership(
            group_id=str(one.group_id),
            element_id=str(one.element_id),
            joined=one.from_position,
            left=_until(one.to_position, cutoff),
        )
        for one in rows
    ]


def _until(position: int | None, cutoff: int) -> int | None:
    return position if position is not None and position <= cutoff else None


def _sales(
    cutoff: int, counted: Sequence[agreements.Agreement], members: Sequence[agreements.Membership]
) -> list[tuple[int, str]]:
    """The sale lines that can count for any of these contracts, in the order of the log."""
    sold = Q(kind="sale", position__lte=cutoff, position__gt=min(one.signed for one in counted))
    if all(one.element_id or one.group_id for one in counted):
        groups = {one.group_id for one in counted}
        named = {one.element_id for one in counted} | {one.element_id for one in members if one.group_id in groups}
        sold &= Q(element_id__in=[UUID(one) for one in named if one])
    rows = RevenueLine.objects.filter(sold).order_by("position", "revenue_id")
    return [(position, str(element)) for position, element in rows.values_list("position", "element_id")]


def units_sold(contract_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many units were sold in the scope of each of these contracts until now: what their steps count."""
    rows = list(Contract.objects.filter(contract_id__in=list(contract_ids)))
    if not rows:
        return {}
    parties = {row.party_id for row in rows if row.element_id is None and row.group_id is None}
    members, splits = memberships(NOW), split_history(NOW, elements_of(parties) if parties else ())
    signed = {row.contract_id: agreement_of(row, NOW) for row in rows}
    sales = _sales(NOW, list(signed.values()), members)
    return {
        contract_id: agreements.units_sold(one, memberships=members, sales=sales, splits=splits)
        for contract_id, one in signed.items()
    }
