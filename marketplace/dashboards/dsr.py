"""Statements as one flat file in the manner of DDEX's sales reports: see docs/dsr-shaped.md.

DSR itself is licensed by DDEX; this has its shape (typed tab-separated records, one header, one footer with counts),
not its name, and claims no conformance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import translation

from ledger import selectors as ledger
from marketplace.dashboards.statements import lines, view, write

VERSION = "ledgerline-flat/1"
CHUNK = 2000
COLUMNS: dict[str, tuple[str, ...]] = {
    "HEAD": ("version", "sender", "created", "statements"),
    "SUMM": (
        "statement_id",
        "run_id",
        "period",
        "party_id",
        "party_name",
        "currency",
        "royalty_micro",
        "payable_micro",
        "payout_minor",
        "withheld_minor",
        "carried_micro",
        "lines",
    ),
    "ACCT": ("statement_id", "figure", "words", "amount_micro"),
    "LINE": (
        "statement_id",
        "number",
        "kind",
        "sold_at",
        "element_id",
        "title",
        "licence",
        "path",
        "basis",
        "amount_micro",
        "amount",
    ),
    "FOOT": ("records", "lines", "statements"),
}
"""Record type -> its columns after the type itself."""


class FlatFileError(ValueError):
    """A flat file that cannot be what it says: each message names its line."""


@dataclass(slots=True)
class FlatFile:
    """A file read back: its records by type, each a column -> cell mapping."""

    records: dict[str, list[dict[str, str]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})


def of_statements(statements: Sequence[ledger.Statement]) -> bytes:
    """The flat file of these statements, in their order."""
    with translation.override("en"):
        return ("\n".join(_lines(statements)) + "\n").encode()


def _lines(statements: Sequence[ledger.Statement]) -> Iterator[str]:
    created = max((one.at for one in statements), default=dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    yield _record("HEAD", (VERSION, "Ledgerline", _time(created), len(statements)))
    records, line_records = 2, 0
    for statement in statements:
        gathered = view.of(statement)
        for record in _of_view(statement, gathered):
            yield record
            records += 1
        line_records += len(gathered.rows)
    yield _record("FOOT", (records, line_records, len(statements)))


def _of_view(statement: ledger.Statement, gathered: view.StatementView) -> Iterator[str]:
    one = gathered.statement_id
    yield _record(
        "SUMM",
        (
            one,
            gathered.run_id,
            gathered.period_name,
            gathered.party_id,
            gathered.payee,
            gathered.currency,
            statement.royalty_micro,
            statement.payable_micro,
            statement.payout_minor,
            statement.withheld_minor,
            statement.carried_micro,
            len(gathered.rows),
        ),
    )
    for figure in gathered.figures:
        yield _record("ACCT", (one, figure.name, figure.words, figure.amount_micro))
    number = 0
    for start in range(0, len(gathered.rows), CHUNK):
        for line in lines.in_words(gathered.rows[start : start + CHUNK], gathered.titles):
            number += 1
            yield _line(one, number, line, gathered.currency)


def _line(statement_id: UUID, number: int, line: lines.StatementLine, currency: str) -> str:
    return _record(
        "LINE",
        (
            statement_id,
            number,
            line.kind,
            _time(line.sold_at) if line.sold_at else line.month,
            line.path_ids[0],
            line.title,
            line.licence_kind,
            "|".join(str(step) for step in line.path_ids),
            line.basis,
            line.amount_micro,
            write.decimal(line.amount_micro, currency),
        ),
    )


def _record(kind: str, cells: Iterable[object]) -> str:
    """A record: cells are words without tabs or line ends, so nothing needs quotes."""
    return "\t".join((kind, *(" ".join(str(cell).split()) for cell in cells)))


def _time(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def read(data: bytes) -> FlatFile:
    """Read a flat file back, and check that it is whole.

    Raises
    ------
    FlatFileError
        If a record has another form, the counts in FOOT differ, or lines do not sum to their statement's royalty.
    """
    found = FlatFile()
    rows = data.decode().split("\n")
    if rows.pop() != "":
        raise FlatFileError("the last line does not end")
    for number, row in enumerate(rows, start=1):
        kind, *cells = row.split("\t")
        if kind not in COLUMNS or len(cells) != len(COLUMNS[kind]):
            raise FlatFileError(f"line {number}: no record of this form")
        if (kind == "HEAD") != (number == 1) or (kind == "FOOT") != (number == len(rows)):
            raise FlatFileError(f"line {number}: {kind} stands in the wrong place")
        found.records[kind].append(dict(zip(COLUMNS[kind], cells, strict=True)))
    if not rows:
        raise FlatFileError("the file is empty")
    _check(found, len(rows))
    return found


def _check(found: FlatFile, rows: int) -> None:
    (foot,) = found.records["FOOT"]
    counted = (rows, len(found.records["LINE"]), len(found.records["SUMM"]))
    if counted != (int(foot["records"]), int(foot["lines"]), int(foot["statements"])):
        raise FlatFileError(f"line {rows}: the footer counts otherwise")
    sums: dict[str, int] = {}
    for line in found.records["LINE"]:
        sums[line["statement_id"]] = sums.get(line["statement_id"], 0) + int(line["amount_micro"])
    for summary in found.records["SUMM"]:
        if sums.pop(summary["statement_id"], 0) != int(summary["royalty_micro"]):
            raise FlatFileError(f"statement {summary['statement_id']}: its lines do not sum to its royalty")
    if sums:
        raise FlatFileError(f"lines of statements that are not in the file: {', '.join(sorted(sums))}")
