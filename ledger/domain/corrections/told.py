"""What a corrected folder tells before the log does, and how a later fact of the log meets it. Pure.

A refund that was told in a correction is taken from its payees at once, late revenue is given to them at once. When the
log brings the same money later, the run that takes it divides beside it a line of the opposite sign, as much as was
told: see docs/settlement.md.
"""

from __future__ import annotations

import io
import re
from typing import NamedTuple

import polars as pl

MARK = "/told/"
"""Between the line of the log and the sale, in the id of the line that meets it."""

_ADDED = re.compile(r"(/disputed|/(?:refund|dispute)-\d+)+$")


class Told(NamedTuple):
    """Money of one sale, all of one sign: what was taken back of it is below zero, late revenue above."""

    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int

    @property
    def net_minor(self) -> int:
        """What is shared."""
        return self.gross_minor - self.tax_minor - self.fee_minor


def sale_of(line_id: str) -> str:
    """The sale that a line of a folder is about: itself, or what it reverses."""
    arrived, mark, sale = line_id.partition(MARK)
    return sale if mark else _ADDED.sub("", arrived).rpartition("/")[2]


def fact_of(line_id: str) -> str:
    """The row of the log behind a line of a folder, whatever part of it that is."""
    return _ADDED.sub("", line_id.partition(MARK)[0])


def is_met(line_id: str) -> bool:
    """Whether a line stands beside a reversal that a correction had told, and meets it."""
    return MARK in line_id


def arrived_of(line_id: str) -> str:
    """The run's line of the reversal beside which a line stands that meets it."""
    return line_id.partition(MARK)[0]


def id_of_met(arrived_id: str, sale_id: str) -> str:
    """The id of the line that meets a reversal which was told before."""
    return f"{arrived_id}{MARK}{sale_id}"


def told_back(released: bytes, corrected: bytes) -> dict[str, Told]:
    """Sale -> what the corrected revenue.csv takes back of it that the released one did not.

    Only rows that differ are looked at: the released and the corrected file share nearly all of theirs. An adjustment
    that meets no reversal takes nothing back of a sale.
    """
    return {sale: told for sale, told in _moved(released, corrected).items() if told.gross_minor < 0}


def told_late(released: bytes, corrected: bytes) -> dict[str, Told]:
    """Late line -> the money that the corrected revenue.csv has and no line of the released one is about."""
    known = {sale_of(line_id) for line_id in _table(released)["line_id"]}
    moved = _moved(released, corrected).items()
    return {sale: told for sale, told in moved if told.gross_minor > 0 and sale not in known}


def _moved(released: bytes, corrected: bytes) -> dict[str, Told]:
    before, after = (_rows(one) for one in (released, corrected))
    sums: dict[tuple[str, str], list[int]] = {}
    for sign, table in ((-1, before.join(after, on=before.columns, how="anti", nulls_equal=True)),
                        (1, after.join(before, on=before.columns, how="anti", nulls_equal=True))):  # fmt: skip
        for row in table.to_dicts():
            total = sums.setdefault((sale_of(row["line_id"]), row["currency"]), [0, 0, 0])
            for place, name in enumerate(("gross_minor", "tax_minor", "fee_minor")):
                total[place] += sign * int(row[name])
    return {sale: Told(currency, *total) for (sale, currency), total in sums.items()}


def _table(revenue: bytes) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(revenue), infer_schema=False)


def _rows(revenue: bytes) -> pl.DataFrame:
    rows = _table(revenue)
    return rows.filter((pl.col("kind") != "adjustment") | pl.col("line_id").str.contains(MARK, literal=True))


def met_by(told: Told, arrived_gross_minor: int) -> Told:
    """How much of what was told a line of the log meets, with the opposite sign.

    All of it where the log brings as much or more; else as large a part of each amount, cut towards zero. What was
    told beyond the log stays told.
    """
    whole = abs(told.gross_minor)
    part = min(whole, abs(arrived_gross_minor))
    gross, tax, fee = (_cut(amount, part, whole) for amount in told[1:])
    return Told(told.currency, gross, tax, fee)


def _cut(amount: int, part: int, whole: int) -> int:
    size = abs(amount) * part // whole
    return size if amount < 0 else -size


def less(told: Told, met: Told) -> Told | None:
    """What is left of it after a part was met; None if nothing is."""
    left = Told(told.currency, *(a + b for a, b in zip(told[1:], met[1:], strict=True)))
    return left if left.gross_minor * told.gross_minor > 0 else None
