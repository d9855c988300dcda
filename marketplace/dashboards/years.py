"""A payee's year: what was paid out, what tax was withheld, transfer by transfer. Years are those of the payment."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from ledger import selectors as ledger
from marketplace.dashboards.statements import write
from marketplace.dashboards.statements.csv_file import plain

MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSum:
    """One year in one currency."""

    year: int
    currency: str
    transfers: int
    gross_minor: int
    withheld_minor: int
    paid_minor: int


def of(party_id: UUID) -> list[YearSum]:
    """Every year with a payment, the newest first."""
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in ledger.paid_out(party_id):
        row = sums[one.at.year, one.currency]
        for place, amount in enumerate((1, one.gross_minor, one.withheld_minor, one.payout_minor)):
            row[place] += amount
    return [
        YearSum(
            year=year,
            currency=currency,
            transfers=transfers,
            gross_minor=gross,
            withheld_minor=withheld,
            paid_minor=paid,
        )
        for (year, currency), (transfers, gross, withheld, paid) in sorted(
            sums.items(), key=lambda item: (-item[0][0], item[0][1])
        )
    ]


def certificate_csv(party_id: UUID, year: int) -> bytes:
    """A line for each transfer of a year, then the sums by currency."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    name = ledger.names_of([party_id])[party_id]
    writer.writerow(["payee", plain(name)])
    writer.writerow(["year", year])
    writer.writerow([])
    writer.writerow(["paid_on", "statement_id", "currency", "gross", "withheld", "paid"])
    for one in ledger.paid_out(party_id):
        if one.at.year == year:
            amounts = _written(one.currency, one.gross_minor, one.withheld_minor, one.payout_minor)
            writer.writerow([f"{one.at:%Y-%m-%d}", one.statement_id, one.currency, *amounts])
    for total in of(party_id):
        if total.year == year:
            amounts = _written(total.currency, total.gross_minor, total.withheld_minor, total.paid_minor)
            writer.writerow(["total", "", total.currency, *amounts])
    return text.getvalue().encode()


def _written(currency: str, *amounts_minor: int) -> list[str]:
    return [write.decimal(amount * MICRO, currency) for amount in amounts_minor]
