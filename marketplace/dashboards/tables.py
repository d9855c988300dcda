"""Long tables of money: sorted, filtered, cut into pages and taken home as CSV, all by the address of the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict

R = TypeVar("R")
PAGE_ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[R]):
    """A column: its name in the address and in CSV, its head, its value for sorting and CSV."""

    name: str
    label: str
    value: Callable[[R], Any]
    number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column's head as the page shows it: `sort` is what a click on it asks for."""

    name: str
    label: str
    number: bool
    sort: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[R]):
    """One page of rows, and what stands around it."""

    heads: Sequence[Head]
    page: Page[R]
    rows: Sequence[R]
    query: str
    sort: str
    all_count: int


def table(
    rows: Iterable[R],
    columns: Sequence[Column[R]],
    params: QueryDict,
    *,
    text: Callable[[R], str],
    sort: str,
) -> Table[R]:
    """`rows` as the address wants them: `q` filters by text, `sort` names a column (a leading minus: descending)."""
    everything = list(rows)
    query = params.get("q", "").strip()
    found = [row for row in everything if query.casefold() in text(row).casefold()] if query else everything
    by = {column.name: column for column in columns}
    wanted = params.get("sort", sort)
    if wanted.lstrip("-") not in by:
        wanted = sort
    column = by[wanted.lstrip("-")]
    found = sorted(found, key=lambda row: _order(column.value(row)), reverse=wanted.startswith("-"))
    return Table(
        heads=[_head(one, wanted) for one in columns],
        page=Paginator(found, PAGE_ROWS).get_page(params.get("page")),
        rows=found,
        query=query,
        sort=wanted,
        all_count=len(everything),
    )


def _order(value: Any) -> tuple[int, Any]:
    """Nothing sorts before something; text without regard to case."""
    if value is None:
        return (0, 0)
    return (1, value.casefold() if isinstance(value, str) else value)


def _head(column: Column[Any], wanted: str) -> Head:
    mine = wanted.lstrip("-") == column.name
    down = wanted.startswith("-")
    # A number is first asked for from the largest down, a word from A.
    first = f"-{column.name}" if column.number else column.name
    other = column.name if down else f"-{column.name}"
    return Head(
        name=column.name,
        label=column.label,
        number=column.number,
        sort=other if mine else first,
        direction=("descending" if down else "ascending") if mine else "",
    )


def as_csv(name: str, columns: Mapping[str, Callable[[R], Any]], rows: Iterable[R]) -> HttpResponse:
    """The rows as a file; text that a spreadsheet would run as a formula is made harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value(row)) for value in columns.values()])
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
