"""What of a run can be told otherwise: its elements with their shares, its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import ngettext

from ledger.domain import corrections as domain
from marketplace.dashboards.correction_words import moment, names_of, rows_of, titles_of
from marketplace.templatetags.ledgerline import minor_digits

LINES_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareNow:
    """One share of an element as the run knows it."""

    party_id: str
    name: str
    role: str
    share_ppm: int

    @property
    def percent(self) -> str:
        """The share as a form shows it."""
        return f"{self.share_ppm / 10_000:.4f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTyped:
    """One row of the form of a split: somebody who has a share, or a place for another payee."""

    party: str
    name: str
    role: str
    percent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementNow:
    """An element of the run, with the times from which its rights differ."""

    element_id: str
    title: str
    starts: tuple[tuple[int, dt.datetime | None], ...]
    """(position, when) of each of its epochs"""
    shares: tuple[ShareNow, ...]


def elements_of(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """(element_id, title) of everything that was divided in the run, by title."""
    found = {domain.true_id(row["element_id"]) for row in rows_of(files, "splits.csv")}
    titles = titles_of(found)
    return sorted(((one, titles[one]) for one in found), key=lambda one: (one[1].casefold(), one[0]))


def element_of(files: Mapping[str, bytes], element_id: str) -> ElementNow | None:
    """One element as the run knows it; its newest shares."""
    mine = [row for row in rows_of(files, "splits.csv") if domain.true_id(row["element_id"]) == element_id]
    if not mine:
        return None
    names = sorted({row["element_id"] for row in mine}, key=start_of)
    newest = [row for row in mine if row["element_id"] == names[-1]]
    people = names_of(row["party_id"] for row in newest)
    return ElementNow(
        element_id=element_id,
        title=titles_of([element_id])[element_id],
        starts=tuple((start_of(name), moment(start_of(name))) for name in names),
        shares=tuple(
            ShareNow(
                party_id=row["party_id"],
                name=people[row["party_id"]],
                role=row["role"],
                share_ppm=int(row["share_ppm"]),
            )
            for row in newest
        ),
    )


def share_rows(element: ElementNow | None, typed: QueryDict | None, *, free: int) -> list[ShareTyped]:
    """The rows of the form of a split: the shares as they are and `free` places more, or what was typed."""
    if element is None:
        return []
    names = {share.party_id: share.name for share in element.shares}
    if typed is not None:
        rows = zip(typed.getlist("party"), typed.getlist("role"), typed.getlist("percent"), strict=False)
        return [ShareTyped(party=one[0], name=names.get(one[0], ""), role=one[1], percent=one[2]) for one in rows]
    shares = [
        ShareTyped(party=one.party_id, name=one.name, role=one.role, percent=one.percent) for one in element.shares
    ]
    return [*shares, *[ShareTyped(party="", name="", role="producer", percent="")] * free]


def start_of(name: str) -> int:
    """The position at which an (element, epoch) of a folder starts; -1 without epochs."""
    mark = name.partition(" @")[2]
    return int(mark) if mark else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNow:
    """A line of the run."""

    line_id: str
    title: str
    kind: str
    currency: str
    gross_minor: int
    tax_minor: int
    fee_minor: int
    occurred_at: str

    @property
    def gross(self) -> str:
        """The gross amount as one types it."""
        return _typed(self.gross_minor, self.currency)

    @property
    def tax(self) -> str:
        """The tax as one types it."""
        return _typed(self.tax_minor, self.currency)


def _typed(minor: int, currency: str) -> str:
    return str(Decimal(minor).scaleb(-minor_digits(currency)))


def lines_of(files: Mapping[str, bytes], *, query: str, line_id: str = "") -> tuple[list[LineNow], int]:
    """The lines whose id or title holds `query` (or the one named), the first of them, and how many there are."""
    rows = rows_of(files, "revenue.csv")
    titles = titles_of({domain.true_id(row["element_id"]) for row in rows})
    found = []
    for row in rows:
        title = titles[domain.true_id(row["element_id"])]
        if row["line_id"] == line_id if line_id else query.casefold() in f"{title} {row['line_id']}".casefold():
            found.append((row, title))
    shown = [
        LineNow(
            line_id=row["line_id"],
            title=title,
            kind=row["kind"],
            currency=row["currency"],
            gross_minor=int(row["gross_minor"]),
            tax_minor=int(row["tax_minor"]),
            fee_minor=int(row["fee_minor"]),
            occurred_at=row["occurred_at"],
        )
        for row, title in found[:LINES_SHOWN]
    ]
    return shown, len(found)


def more_lines(count: int) -> str:
    """How many lines a list leaves out."""
    hidden = count - LINES_SHOWN
    more = ngettext("and %(count)s more line", "and %(count)s more lines", hidden) % {"count": hidden}
    return more if hidden > 0 else ""
