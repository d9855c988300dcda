"""Figures behind earnings: what sold, when, how, and along which way, for one party. Nobody who bought is named.

A count of people is told only from PEOPLE_MIN up: fewer could be recognised by whoever knows one of them.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery, Sum, TextField, Value
from django.db.models.functions import Coalesce, TruncMonth

from ledger import models
from ledger.selectors.credited import elements_shared

PEOPLE_MIN = 5
ELEMENTS_MAX = 2000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MonthSales:
    """What one element brought in one month through one licence kind, before fees and splits."""

    month: str
    element_id: UUID
    licence_kind: str
    currency: str
    sold: int
    gross_minor: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What others made from one's elements, and how often that was sold."""

    parent_id: UUID
    child_id: UUID
    upstream_ppm: int
    currency: str
    sold: int
    gross_minor: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """How many people hold licences, and how many came again; None where fewer than PEOPLE_MIN would be told."""

    buyers: int | None
    came_again: int | None


def elements_of_party(party_id: UUID) -> list[UUID]:
    """Elements that a party made or has a share of, at most ELEMENTS_MAX, in ascending order."""
    made = models.Element.objects.filter(creator_id=party_id).values_list("element_id", flat=True)
    return sorted({*made, *elements_shared(party_id)})[:ELEMENTS_MAX]


def month_sales(element_ids: Iterable[UUID], *, limit: int = 5000) -> list[MonthSales]:
    """Sales by month, element, licence kind and currency; what was paid back is taken off in the month it went back."""
    licence = models.OrderLineRow.objects.filter(line_id=OuterRef("line_id")).values("licence_kind")[:1]
    rows = (
        models.RevenueLine.objects.filter(element_id__in=list(element_ids))
        .annotate(month=TruncMonth("at"), licence=Coalesce(Subquery(licence), Value(""), output_field=TextField()))
        .values("month", "element_id", "licence", "currency")
        .annotate(sold=Count("revenue_id", filter=Q(kind="sale")), gross=Sum("gross_minor"))
        .order_by("month", "element_id", "licence", "currency")[:limit]
    )
    return [
        MonthSales(
            month=f"{row['month']:%Y-%m}",
            element_id=row["element_id"],
            licence_kind=row["licence"],
            currency=row["currency"],
            sold=row["sold"],
            gross_minor=row["gross"],
        )
        for row in rows
    ]


def derived_sales(element_ids: Iterable[UUID], *, limit: int = 500) -> list[Derived]:
    """Direct derivations of these elements with what they sold; the most sold first."""
    mine = set(element_ids)
    edges = {
        (edge.parent_id, edge.child_id): edge.upstream_ppm
        for edge in models.Derivation.objects.filter(parent_id__in=mine).order_by("position")[: limit * 4]
    }
    sold = (
        models.RevenueLine.objects.filter(element_id__in={child for _parent, child in edges}, kind="sale")
        .values("element_id", "currency")
        .annotate(sold=Count("revenue_id"), gross=Sum("gross_minor"))
        .order_by("element_id", "currency")
    )
    by_child: dict[UUID, list[tuple[str, int, int]]] = defaultdict(list)
    for row in sold:
        by_child[row["element_id"]].append((row["currency"], row["sold"], row["gross"]))
    found = [
        Derived(parent_id=parent, child_id=child, upstream_ppm=ppm, currency=currency, sold=count, gross_minor=gross)
        for (parent, child), ppm in edges.items()
        for currency, count, gross in by_child.get(child, [("", 0, 0)])
    ]
    return sorted(found, key=lambda one: (-one.gross_minor, str(one.child_id), str(one.parent_id)))[:limit]


def people(element_ids: Iterable[UUID]) -> People:
    """How many hold a licence of any of these elements, and how many of them hold two or more."""
    rows = (
        models.Licence.objects.filter(element_id__in=list(element_ids), standing=True)
        .values("holder_id")
        .annotate(count=Count("licence_id"))
    )
    counts = [row["count"] for row in rows.order_by()]
    return People(buyers=_told(len(counts)), came_again=_told(sum(count > 1 for count in counts)))


def credits_by_month(element_ids: Iterable[UUID]) -> list[tuple[str, UUID, int]]:
    """(month, element, credits spent on it)."""
    rows = (
        models.CreditUse.objects.filter(element_id__in=list(element_ids))
        .annotate(month=TruncMonth("at"))
        .values("month", "element_id")
        .annotate(total=Sum("credits"))
        .order_by("month", "element_id")
    )
    return [(f"{row['month']:%Y-%m}", row["element_id"], row["total"]) for row in rows if row["element_id"]]


def _told(count: int) -> int | None:
    return count if count >= PEOPLE_MIN else None
