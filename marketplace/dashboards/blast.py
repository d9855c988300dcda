"""What the dry run and a run's page say around their tables: findings, money kept back, what a click moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.services.settlements.findings import KINDS, Finding
from marketplace.catalogue import selectors as catalogue
from marketplace.dashboards import dry_runs, keeping_back, settlements
from marketplace.dashboards.dry_runs import DryRun
from marketplace.dashboards.settlements import PayeeRow
from marketplace.dashboards.tables import table

SHOWN_MAX = 12
MOVED_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Findings of one kind: what a reviewer ticks."""

    kind: str
    label: str
    items: Sequence[dict[str, Any]]
    more: int
    count: int
    sums: Sequence[tuple[str, int]]


def labels() -> dict[str, str]:
    """The words of a kind of finding."""
    return {
        "shortfall": _("Money is short at the processor"),
        "negative_balance": _("Negative balances"),
        "outlier": _("Far from last time"),
        "not_payable": _("Owed, but not paid"),
        "hold": _("Kept back by held elements"),
        "claim": _("Kept back by open claims"),
        "deferral": _("Left for the next run"),
    }


def groups(found: Iterable[Finding]) -> list[Group]:
    """The findings by kind, each with its sums per currency; the first of each kind in full."""
    by: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in found:
        by[one.kind].append(one)
    names = ledger.names_of(one.party_id for ones in by.values() for one in ones if one.party_id)
    words = labels()
    return [
        Group(
            kind=kind,
            label=words[kind],
            items=[_item(one, names) for one in by[kind][:SHOWN_MAX]],
            more=max(0, len(by[kind]) - SHOWN_MAX),
            count=len(by[kind]),
            sums=_sums(by[kind]),
        )
        for kind in KINDS
        if kind in by
    ]


def _item(one: Finding, names: dict[Any, str]) -> dict[str, Any]:
    return {
        "finding": one,
        "name": names[one.party_id] if one.party_id else "",
        "words": settlements.odd_words().get(one.detail, _DETAILS.get(one.detail, lambda: one.detail)()),
    }


_DETAILS = {
    "pending": lambda: _("what is on its way will cover it"),
    "missing": lambda: _("more than is on its way: top up"),
    "unknown": lambda: _("the processor did not answer"),
}


def _sums(found: Iterable[Finding]) -> list[tuple[str, int]]:
    sums: defaultdict[str, int] = defaultdict(int)
    for one in found:
        sums[one.currency] += one.amount_micro
    return sorted(sums.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """Payees who cannot be paid for one reason, with what that keeps from them."""

    reason: str
    rows: Sequence[PayeeRow]
    count: int
    sums: Sequence[tuple[str, int]]


def unpaid(rows: Iterable[PayeeRow]) -> list[Unpaid]:
    """Payees with a positive balance that is not paid, by reason, the largest group first."""
    by: defaultdict[str, list[PayeeRow]] = defaultdict(list)
    for row in rows:
        # The platform keeps its own part in its own balance: nothing to do about that.
        if row.why_not and row.party_id != settings.PLATFORM_PARTY_ID:
            by[row.why_not].append(row)
    found = []
    for reason, mine in by.items():
        sums: defaultdict[str, int] = defaultdict(int)
        for row in mine:
            sums[row.currency] += row.payable_micro
        mine.sort(key=lambda row: -row.payable_micro)
        found.append(Unpaid(reason=reason, rows=mine[:SHOWN_MAX], count=len(mine), sums=sorted(sums.items())))
    return sorted(found, key=lambda one: (-one.count, one.reason))


def table_context(rows: Sequence[PayeeRow], params: QueryDict) -> dict[str, Any]:
    """The table of payees as the address wants it."""
    found = table(rows, settlements.payee_columns(), params, text=settlements.payee_text, sort="-royalty")
    return {"table": found, "page": found.page, "sums": settlements.sums(found.rows)}


def _title(about: Mapping[str, Any], titles: Mapping[Any, str]) -> str:
    return titles.get(about.get("element_id") or about.get("sold_id"), "")


def context(found: DryRun, params: QueryDict) -> dict[str, Any]:
    """Everything that the dry run's page shows."""
    totals = settlements.totals_of(found.rows)
    before = dry_runs.kept(found.period, params.get("before", "")) if params.get("before") else None
    moved = dry_runs.moved(before, found) if before is not None and before.version != found.version else []
    about = dry_runs.names_of_causes(found.kept)
    elements = [one[name] for one in about.values() for name in ("element_id", "sold_id") if one.get(name)]
    titles = {key: row.title for key, row in catalogue.rows_for(elements).items()}
    words = dry_runs.causes()
    kept = [
        {
            "kept": one,
            "words": words[one.cause],
            "about": about.get(one.cause_id, {}) if one.cause_id else {},
            "title": _title(about.get(one.cause_id, {}), titles) if one.cause_id else "",
        }
        for one in found.kept
    ]
    outliers = [group for group in groups(found.findings) if group.kind in ("outlier", "negative_balance")]
    held = {hold.party_id: hold for hold in ledger.standing_holds() if hold.party_id}
    return {
        "run": found,
        "totals": totals,
        "short": [one for one in totals if one.short_minor],
        "unpaid": unpaid(found.rows),
        "outliers": outliers,
        "kept": kept,
        "moved": moved[:MOVED_MAX],
        "moved_more": max(0, len(moved) - MOVED_MAX),
        "clicked": before is not None,
        "held": held,
        "reasons": keeping_back.reasons(),
        "may_hold": True,
        "platform_id": settings.PLATFORM_PARTY_ID,
        "keep": [("period", found.period.name)],
        **table_context(found.rows, params),
    }
