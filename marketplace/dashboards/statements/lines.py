"""Every line of a statement: read as it stands in its document, told in words only where somebody looks."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.corrections import told
from marketplace.catalogue.models import Entry
from marketplace.checkout.orders import OrderLine
from marketplace.reports import selectors as reports
from marketplace.subscriptions import trials as trials_of_plans


class RawLine(NamedTuple):
    """One line as the run wrote it: `path` goes from the element sold to the one whose owners share the money."""

    line_id: str
    sold_element_id: UUID
    path: tuple[UUID, ...]
    element_id: UUID
    basis: str
    amount_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A line in words: the sale, the licence, the way the money came, what arrived. Buyers are not named."""

    element_id: UUID
    title: str
    kind: str
    sold_at: dt.datetime | None
    month: str
    order_id: UUID | None
    licence_id: UUID | None
    licence_kind: str
    path: tuple[str, ...]
    path_ids: tuple[UUID, ...]
    basis: str
    amount_micro: int
    receipt_event_id: UUID | None
    note: str
    """What else is to be said of the sale: the pack that it was part of, or that the platform paid for a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """All lines of one element sold that came along one path on one basis."""

    sold_element_id: UUID
    title: str
    path: tuple[str, ...]
    basis: str
    lines: int
    amount_micro: int


def read(lines_hash: str) -> tuple[RawLine, ...]:
    """The lines of a statement's document, in its order."""
    data = ledger.document(lines_hash) or b""
    return tuple(
        RawLine(
            line_id=row["line_id"],
            sold_element_id=UUID(row["sold_element_id"]),
            path=tuple(UUID(step) for step in row["path"].split("|")),
            element_id=UUID(row["element_id"]),
            basis=row["basis"],
            amount_micro=int(row["amount_micro"]),
        )
        for row in csv.DictReader(io.StringIO(data.decode()))
    )


def titles_of(rows: Iterable[RawLine]) -> dict[UUID, str]:
    """The names of all elements in these lines; one that is gone is called an element."""
    ids = list({step for row in rows for step in (row.sold_element_id, *row.path)})
    found = dict(Entry.objects.filter(pk__in=ids).values_list("element_id", "title"))
    return {element_id: found.get(element_id, _("element")) for element_id in ids}


def sources(rows: Sequence[RawLine], titles: dict[UUID, str]) -> tuple[Source, ...]:
    """The lines summed by element sold, path and basis; the largest first, ties by title and path."""
    sums: dict[tuple[UUID, tuple[UUID, ...], str], list[int]] = {}
    for row in rows:
        both = sums.setdefault((row.sold_element_id, row.path, row.basis), [0, 0])
        both[0] += 1
        both[1] += row.amount_micro
    found = [
        Source(
            sold_element_id=sold,
            title=titles[sold],
            path=tuple(titles[step] for step in path),
            basis=basis,
            lines=count,
            amount_micro=amount,
        )
        for (sold, path, basis), (count, amount) in sums.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.amount_micro, one.title, one.path, one.basis)))


def in_words(rows: Sequence[RawLine], titles: dict[UUID, str]) -> list[StatementLine]:
    """These lines with their sale, licence and receipt: three queries, however many lines."""
    sales = ledger.revenue_by_ids([told.fact_of(row.line_id) for row in rows])
    line_ids = [sale.line_id for sale in sales.values() if sale.line_id]
    notes = _notes(line_ids, sales)
    licences = _licences(line_ids) | _reports([sale.line_id for sale in sales.values() if _is_of_others(sale)])
    found = []
    for row in rows:
        sale = sales.get(told.fact_of(row.line_id))
        licence_id, licence_kind = licences.get(sale.line_id, (None, "")) if sale and sale.line_id else (None, "")
        found.append(
            StatementLine(
                element_id=row.element_id,
                title=titles[row.sold_element_id],
                kind=_kind(row.line_id, sale),
                sold_at=sale.at if sale else None,
                month="" if sale else row.line_id[:7],
                order_id=sale.order_id if sale else None,
                licence_id=licence_id,
                licence_kind=licence_kind,
                path=tuple(titles[step] for step in row.path),
                path_ids=row.path,
                basis=row.basis,
                amount_micro=row.amount_micro,
                receipt_event_id=sale.event_id if sale else None,
                note=notes.get(told.fact_of(row.line_id), ""),
            )
        )
    return found


def _kind(line_id: str, sale: ledger.RevenueFact | None) -> str:
    if told.is_met(line_id):
        return "told before"  # a correction took this back already: see docs/settlement.md
    return sale.kind if sale else "subscription"


def _is_of_others(sale: ledger.RevenueFact) -> bool:
    return sale.line_id is not None and sale.order_id is None


def _reports(line_ids: Sequence[UUID | None]) -> dict[UUID, tuple[UUID | None, str]]:
    """What others sold has no licence of ours: in its place stands who reported it, and for which period."""
    sales = ledger.external_sales([line_id for line_id in line_ids if line_id is not None])
    origins = reports.origins(sale.report_id for sale in sales.values())
    return {key: (None, str(origins[sale.report_id])) for key, sale in sales.items() if sale.report_id in origins}


def note_of(line_id: str) -> str:
    """What else is to be said of one line's sale."""
    sales = ledger.revenue_by_ids([told.fact_of(line_id)])
    notes = _notes([sale.line_id for sale in sales.values() if sale.line_id], sales)
    return next(iter(notes.values()), "")


def _notes(line_ids: Sequence[UUID], sales: dict[str, ledger.RevenueFact]) -> dict[str, str]:
    """Revenue line -> what else is to be said of it."""
    packs = dict(OrderLine.objects.filter(pk__in=line_ids).exclude(pack_id=None).values_list("id", "pack_title"))
    notes = {
        key: _("sold in the pack “%(title)s”") % {"title": packs[sale.line_id]}
        for key, sale in sales.items()
        if sale.line_id in packs
    }
    adjusted = {key: sale.event_id for key, sale in sales.items() if sale.kind == "adjustment"}
    reasons = ledger.adjustment_reasons(adjusted.values())
    trials = {key for key, event_id in adjusted.items() if reasons.get(event_id) == trials_of_plans.REASON_HASH}
    return notes | dict.fromkeys(trials, _("credits of a trial: paid by the platform"))


def _licences(line_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID | None, str]]:
    found = OrderLine.objects.filter(pk__in=line_ids).values_list("id", "licence_id", "licence_kind")
    return {line_id: (licence_id, kind) for line_id, licence_id, kind in found}
