"""What is unusual about a run: the list that a reviewer goes through before anybody approves it.

Pure: rows in, findings out. The same list stands in the dry run, on the review page and in the document that
`settlement.reviewed` binds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from ledger.domain.events import Json
from ledger.domain.settlement.result import StatementRow
from ledger.services.settlements.eligible import Waiting

MICRO = 1_000_000
OUTLIER_RATIO = 3
"""A payee whose royalty is this many times that of the last run, or a part as small, is worth a look."""
OUTLIER_MICRO_MIN = 10 * 100 * MICRO
"""Less than ten (of what has a hundredth) up or down is not worth a look, whatever the ratio."""
LARGE_SHARE = 5
"""A payee who receives more than one part in this many of a currency for the first time is worth a look, too."""

KINDS = ("shortfall", "negative_balance", "outlier", "not_payable", "hold", "claim", "deferral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at; `amount_micro` is its effect, by which findings are sorted."""

    kind: str
    currency: str
    amount_micro: int
    party_id: UUID | None = None
    before_micro: int | None = None
    detail: str = ""

    @property
    def ratio_percent(self) -> int | None:
        """The royalty in per cent of the last run's; None without one."""
        if not self.before_micro:
            return None
        return (self.before_micro + self.amount_micro) * 100 // self.before_micro

    def as_json(self) -> Json:
        """As the reviewed document keeps it."""
        return {
            "kind": self.kind,
            "currency": self.currency,
            "amount_micro": str(self.amount_micro),
            "before_micro": None if self.before_micro is None else str(self.before_micro),
            "party_id": str(self.party_id) if self.party_id else None,
            "detail": self.detail,
        }


def of(
    rows: Iterable[StatementRow],
    *,
    last: Mapping[tuple[str, str], int],
    why_not: Mapping[tuple[str, str], str],
    waiting: Iterable[Waiting],
    available_minor: Mapping[str, int] | None,
    pending_minor: Mapping[str, int] | None = None,
) -> list[Finding]:
    """Every finding of a run, by kind and then by effect.

    `last`: royalty of the last run by (party, currency); `why_not`: why a positive balance is not paid;
    `available_minor`: money at the processor by currency (None: it did not answer).
    """
    all_rows = list(rows)
    found = [
        *_shortfalls(all_rows, available_minor, pending_minor or {}),
        *_outliers(all_rows, last),
        *_balances(all_rows, why_not),
        *_kept_back(waiting),
    ]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.currency, -abs(one.amount_micro), one.detail))


def _shortfalls(
    rows: list[StatementRow], available: Mapping[str, int] | None, pending: Mapping[str, int]
) -> Iterable[Finding]:
    needed: dict[str, int] = {}
    for row in rows:
        needed[row.currency] = needed.get(row.currency, 0) + row.payout_minor
    for currency, amount_minor in sorted(needed.items()):
        if available is None:
            if amount_minor:
                yield Finding(kind="shortfall", currency=currency, amount_micro=0, detail="unknown")
        elif (short := amount_minor - available.get(currency, 0)) > 0:
            covered = "pending" if short <= pending.get(currency, 0) else "missing"
            yield Finding(kind="shortfall", currency=currency, amount_micro=short * MICRO, detail=covered)


def _outliers(rows: list[StatementRow], last: Mapping[tuple[str, str], int]) -> Iterable[Finding]:
    if not last:
        return  # the first run: nothing to compare with
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.currency] = totals.get(row.currency, 0) + row.royalty_micro
    for row in rows:
        before = last.get((row.party_id, row.currency), 0)
        change = row.royalty_micro - before
        if abs(change) < OUTLIER_MICRO_MIN:
            continue
        if before <= 0:
            odd = row.royalty_micro * LARGE_SHARE > totals[row.currency]
        else:
            odd = row.royalty_micro > before * OUTLIER_RATIO or row.royalty_micro * OUTLIER_RATIO < before
        if odd:
            yield Finding(
                kind="outlier",
                currency=row.currency,
                amount_micro=change,
                before_micro=before,
                party_id=UUID(row.party_id),
                detail="new" if before <= 0 else "more" if change > 0 else "less",
            )


def _balances(rows: list[StatementRow], why_not: Mapping[tuple[str, str], str]) -> Iterable[Finding]:
    for row in rows:
        if row.carried_micro < 0:
            yield Finding(
                kind="negative_balance",
                currency=row.currency,
                amount_micro=row.carried_micro,
                party_id=UUID(row.party_id),
            )
        elif why := why_not.get((row.party_id, row.currency), ""):
            yield Finding(
                kind="not_payable",
                currency=row.currency,
                amount_micro=row.payable_micro,
                party_id=UUID(row.party_id),
                detail=why,
            )


def _kept_back(waiting: Iterable[Waiting]) -> Iterable[Finding]:
    sums: dict[tuple[str, str, str], int] = {}
    for one in waiting:
        if one.cause in ("hold", "claim", "deferral"):
            net = (one.line.gross_minor - one.line.tax_minor - one.line.fee_minor) * MICRO
            key = (one.cause, one.line.currency, str(one.cause_id))
            sums[key] = sums.get(key, 0) + net
    for (cause, currency, cause_id), amount in sorted(sums.items()):
        yield Finding(kind=cause, currency=currency, amount_micro=amount, detail=cause_id)
