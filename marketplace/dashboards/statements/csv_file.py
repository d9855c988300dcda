"""A statement as CSV: its account, then every line. UTF-8, LF; the same view always gives the same bytes."""

from __future__ import annotations

import csv
import io
from typing import Any

from marketplace.dashboards.statements import lines, write
from marketplace.dashboards.statements.view import StatementView

CHUNK = 2000
LINE_COLUMNS = (
    "kind",
    "sold_at",
    "sold_element",
    "sold_element_id",
    "path",
    "basis",
    "licence",
    "licence_id",
    "order_id",
    "amount_micro",
    "amount",
    "note",
)


def render(view: StatementView) -> bytes:
    """The file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for name, value in (
        ("statement", view.statement_id),
        ("signed_by", view.brand.name),
        ("payee", view.payee),
        ("period", view.period_name),
        ("issued", view.issued_at.strftime("%Y-%m-%d")),
        ("currency", view.currency),
        ("position", view.position),
    ):
        writer.writerow([name, plain(str(value))])
    writer.writerow([])
    writer.writerow(["figure", "words", "note", "amount_micro", "amount"])
    for one in view.figures:
        amount = write.decimal(one.amount_micro, view.currency)
        writer.writerow([one.name, plain(one.words), plain(one.note), one.amount_micro, amount])
    if view.why_not:
        writer.writerow(["not_paid", plain(view.why_not), "", "", ""])
    writer.writerow([])
    writer.writerow(LINE_COLUMNS)
    for start in range(0, len(view.rows), CHUNK):
        for line in lines.in_words(view.rows[start : start + CHUNK], view.titles):
            writer.writerow(_row(line, view.currency))
    return text.getvalue().encode()


def _row(line: lines.StatementLine, currency: str) -> list[Any]:
    sold = line.sold_at.strftime("%Y-%m-%dT%H:%M:%SZ") if line.sold_at else line.month
    path = " <- ".join(reversed(line.path))
    words = [plain(cell) for cell in (line.kind, sold, line.title)]
    return [
        *words,
        line.path_ids[0],
        plain(path),
        line.basis,
        plain(line.licence_kind),
        line.licence_id or "",
        line.order_id or "",
        line.amount_micro,
        write.decimal(line.amount_micro, currency),
        plain(line.note),
    ]


def plain(cell: str) -> str:
    """A title that begins like a formula must not become one in a spreadsheet."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
