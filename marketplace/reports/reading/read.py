"""From the rows of a file to lines, groups and errors: one pass in bounded memory, each bad cell told."""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from ledger.domain.errors import IdentifierError
from ledger.domain.identifiers import normalise
from marketplace.reports.reading import amounts, limits, table
from marketplace.reports.reading.amounts import EXACT, UnreadableError
from marketplace.reports.reading.template import Template

TICK_ROWS = 5_000
AMOUNT, DATA = "amount", "data"
_IDENTIFIERS = ("our_id", "isrc", "iswc")
_TEXT_MAX = 300


@dataclass(slots=True)
class Group:
    """Everything one report says of one thing."""

    number: int
    key: str
    names: dict[str, str]
    first_line: int
    lines: int = 0
    quantity: int = 0
    total: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that can be read: what it names, what it brought."""

    names: dict[str, str]
    amount: Decimal
    quantity: int
    date: str
    store: str


@dataclass(slots=True)
class Told:
    """Errors: written down up to a number, and counted."""

    file: TextIO
    counts: dict[str, int] = field(default_factory=lambda: {AMOUNT: 0, DATA: 0})

    def __call__(self, kind: str, line: int, column: str, words: str) -> None:
        """One error."""
        self.counts[kind] += 1
        if sum(self.counts.values()) <= limits.ERRORS_TOLD_MAX:
            self.file.write(json.dumps({"kind": kind, "line": line, "column": column, "words": words}) + "\n")


def read(
    path: Path,
    out: Path,
    *,
    template: Template,
    currencies: Collection[str],
    tick: Callable[[int], None] = lambda rows: None,
) -> dict[str, Any]:
    """Read a report; leaves lines.csv, groups.jsonl and errors.jsonl in `out` and answers the sums.

    `currencies` are the codes that exist.
    """
    with (out / "errors.jsonl").open("w") as errors, (out / "lines.csv").open("w", newline="") as lines:
        reader = _Reader(template, frozenset(currencies), Told(errors), csv.writer(lines))
        broken = reader.take(path, tick)
    with (out / "groups.jsonl").open("w") as groups:
        for group in reader.groups.values():
            said = {name: group.names.get(name, "") for name in (*_IDENTIFIERS, "title", "artist")}
            counts = {"lines": group.lines, "quantity": group.quantity, "first_line": group.first_line}
            row = {"number": group.number, "key": group.key, **said, **counts, "total": str(group.total)}
            groups.write(json.dumps(row) + "\n")
    return reader.summary() | {"broken": broken}


class _Reader:
    def __init__(self, template: Template, currencies: frozenset[str], tell: Told, writer: Any) -> None:
        self.template, self.currencies, self.tell, self.writer = template, currencies, tell, writer
        self.groups: dict[str, Group] = {}
        self.total = Decimal(0)
        self.rows = self.lines = 0
        self.currency = template.constant_currency
        self.stores: dict[str, tuple[int, Decimal]] = {}
        self.dates: tuple[str, str] = ("", "")

    # ------------------------------------------------------------------------------------------------ the pass
    def take(self, path: Path, tick: Callable[[int], None]) -> bool:
        """Every row; True if the file could not be read to its end."""
        form = self.template
        try:
            header, rows = table.body(
                path,
                encoding=form.encoding,
                delimiter=form.delimiter,
                skip_rows=form.skip_rows,
                skip_last=form.skip_last,
            )
            names = table.names(header)
            if faults := form.faults(names):
                for words in faults:
                    self.tell(AMOUNT, header.line, "", words)
                return True
            self.places = {name: [names.index(one) for one in wanted] for name, wanted in form.columns.items()}
            self.width = len(names)
            for row in rows:
                self.rows += 1
                if self.rows > limits.LINES_MAX:
                    raise table.BrokenTableError(row.line, f"a report has at most {limits.LINES_MAX:,} lines")
                self._row(row)
                if not self.rows % TICK_ROWS:
                    tick(self.rows)
        except table.BrokenTableError as error:
            self.tell(AMOUNT, error.line, "", str(error))
            return True
        return False

    def _row(self, row: table.Row) -> None:
        if any(row.cells[self.width :]):
            words = f"{len(row.cells)} cells where the header has {self.width}: is a delimiter not quoted?"
            self.tell(AMOUNT, row.line, "", words)
            return
        money = self._money(row)
        line = self._line(row, money) if money is not None else None
        if line is not None:
            self._add(row, line)

    def _add(self, row: table.Row, line: Line) -> None:
        key = _key(line.names)
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= limits.GROUPS_MAX:
                words = f"more than {limits.GROUPS_MAX:,} different things in one report: split the file"
                raise table.BrokenTableError(row.line, words)
            group = self.groups[key] = Group(len(self.groups) + 1, key, line.names, row.line)
        group.lines += 1
        group.quantity += line.quantity
        group.total = EXACT.add(group.total, line.amount)
        self.total = EXACT.add(self.total, line.amount)
        self.lines += 1
        if line.store:
            count, total = self.stores.get(line.store, (0, Decimal(0)))
            if line.store in self.stores or len(self.stores) < 200:
                self.stores[line.store] = (count + 1, EXACT.add(total, line.amount))
        if line.date:
            first, last = self.dates
            self.dates = (min(first or line.date, line.date), max(last, line.date))
        self.writer.writerow([row.line, group.number, f"{line.amount:f}", line.quantity, line.date, line.store])

    def summary(self) -> dict[str, Any]:
        """The sums of the whole file."""
        stores = [
            {"store": name, "lines": count, "total": str(total)} for name, (count, total) in sorted(self.stores.items())
        ]
        return {
            "rows": self.rows,
            "lines": self.lines,
            "groups": len(self.groups),
            "currency": self.currency,
            "total": str(self.total),
            "amount_errors": self.tell.counts[AMOUNT],
            "data_errors": self.tell.counts[DATA],
            "stores": stores,
            "dates": list(self.dates),
        }

    # --------------------------------------------------------------------------------------------------- cells
    def _cell(self, row: table.Row, field_name: str) -> str:
        """A field's text: the cells of its columns, joined."""
        places = self.places.get(field_name, ())
        if len(places) == 1:  # the usual case, a million times
            return row.cells[places[0]].strip() if places[0] < len(row.cells) else ""
        cells = (row.cells[place] for place in places if place < len(row.cells))
        return " ".join(part for part in (cell.strip() for cell in cells) if part)

    def _column(self, field_name: str) -> str:
        return " + ".join(self.template.columns.get(field_name, ()))

    def _money(self, row: table.Row) -> Decimal | None:
        form, text = self.template, self._cell(row, "amount")
        if not text:
            self.tell(AMOUNT, row.line, self._column("amount"), "there is no amount")
            return None
        try:
            value = amounts.amount(text, decimal_mark=form.decimal_mark, thousands_mark=form.thousands_mark)
        except UnreadableError as error:
            self.tell(AMOUNT, row.line, self._column("amount"), str(error))
            return None
        if form.sign == "negated":
            value = -value
        if form.negative_kinds and self._cell(row, "kind") in form.negative_kinds:
            value = -abs(value)
        return value if self._is_right_currency(row) else None

    def _is_right_currency(self, row: table.Row) -> bool:
        if not self.template.columns.get("currency"):
            return True
        code = self._cell(row, "currency").upper()
        if code not in self.currencies:
            self.tell(AMOUNT, row.line, self._column("currency"), f"“{code[:20]}” is no currency")
            return False
        self.currency = self.currency or code
        if code != self.currency:
            words = f"{code}, where the report began in {self.currency}: one report is in one currency"
            self.tell(AMOUNT, row.line, self._column("currency"), words)
            return False
        return True

    def _line(self, row: table.Row, money: Decimal) -> Line:
        form = self.template
        names = dict(self._names(row))
        if not names:
            self.tell(DATA, row.line, "", "nothing names what was sold: its money will wait")
        quantity, date = 0, ""
        if text := self._cell(row, "quantity"):
            try:
                quantity = _quantity(text, form.decimal_mark, form.thousands_mark)
            except UnreadableError as error:
                self.tell(DATA, row.line, self._column("quantity"), str(error))
        if text := self._cell(row, "date"):
            try:
                date = _date(text, form.date_format)
            except UnreadableError as error:
                self.tell(DATA, row.line, self._column("date"), str(error))
        store = self._cell(row, "store")[:_TEXT_MAX]
        return Line(names, money, quantity, date, form.stores.get(store, store))

    def _names(self, row: table.Row) -> Iterator[tuple[str, str]]:
        for scheme in _IDENTIFIERS:
            if text := self._cell(row, scheme):
                value, words = _identifier(scheme, text)
                if words:
                    self.tell(DATA, row.line, self._column(scheme), words)
                else:
                    yield scheme, value
        for name in ("title", "artist"):
            if text := self._cell(row, name).replace("\0", ""):
                yield name, " ".join(text.split())[:_TEXT_MAX]


@functools.lru_cache(maxsize=1 << 16)
def _identifier(scheme: str, text: str) -> tuple[str, str]:
    """(value, what is wrong): one of the two is empty."""
    if scheme == "our_id":
        try:
            return str(UUID(text)), ""
        except ValueError:
            return "", f"“{text[:60]}” is no id of ours"
    try:
        return normalise(scheme, text), ""
    except IdentifierError as error:
        return "", str(error)


@functools.lru_cache(maxsize=1 << 14)
def _quantity(text: str, decimal_mark: str, thousands_mark: str) -> int:
    return amounts.quantity(text, decimal_mark=decimal_mark, thousands_mark=thousands_mark)


@functools.lru_cache(maxsize=4096)
def _date(text: str, form: str) -> str:
    return amounts.date(text, date_format=form)


def _key(names: dict[str, str]) -> str:
    """What makes two lines speak of the same thing: the best name they have."""
    for scheme in _IDENTIFIERS:
        if scheme in names:
            return f"{scheme}:{names[scheme]}"
    if "title" in names:
        return f"title:{_folded([names['title'], names.get('artist', '')])}"
    return "unnamed"


def _folded(parts: Sequence[str]) -> str:
    return "|".join(" ".join(part.casefold().split()) for part in parts)
