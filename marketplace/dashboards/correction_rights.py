"""Rates of a run that can be told otherwise: what an element passes on to its parents, what a label takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ledger.domain import corrections as domain
from marketplace.dashboards.correction_facts import start_of
from marketplace.dashboards.correction_words import moment, names_of, rows_of, titles_of

Files = Mapping[str, bytes]
Starts = tuple[tuple[int, dt.datetime | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateNow:
    """One rate as the run knows it: whom or what it concerns, and every value it has in the run's epochs."""

    id: str
    words: str
    values_ppm: tuple[int, ...]
    typed: str = ""
    """What stands in its field, where the form was refused."""

    @property
    def percent(self) -> str:
        """Its values, oldest first, as a table shows them."""
        return " → ".join(f"{value / 10_000:.4f}".rstrip("0").rstrip(".") for value in self.values_ppm)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesNow:
    """The rates of one element (to its parents) or one payee (to its label), with the times they may differ from."""

    id: str
    words: str
    starts: Starts
    rates: tuple[RateNow, ...]


def children_of(files: Files) -> list[tuple[str, str]]:
    """(element_id, title) of everything made from others, by title."""
    return _by_words(titles_of(domain.true_id(row["child_id"]) for row in rows_of(files, "derivations.csv")))


def child_of(files: Files, element_id: str) -> RatesNow | None:
    """One element with its parents."""
    rows = [row for row in rows_of(files, "derivations.csv") if domain.true_id(row["child_id"]) == element_id]
    if not rows:
        return None
    titles = titles_of([element_id, *(domain.true_id(row["parent_id"]) for row in rows)])
    values = _values((domain.true_id(row["parent_id"]), row["child_id"], row["upstream_ppm"]) for row in rows)
    return RatesNow(
        id=element_id,
        words=titles[element_id],
        starts=_starts(row["child_id"] for row in rows),
        rates=tuple(RateNow(id=one, words=titles[one], values_ppm=values[one]) for one in values),
    )


def signed_of(files: Files) -> list[tuple[str, str]]:
    """(party_id, name) of everyone under contract in the run, by name."""
    return _by_words(names_of(row["party_id"] for row in rows_of(files, "contracts.csv")))


def signed(files: Files, party_id: str) -> RatesNow | None:
    """One payee with the label's share of what it receives of each element."""
    rows = [row for row in rows_of(files, "contracts.csv") if row["party_id"] == party_id]
    if not rows:
        return None
    titles = titles_of(domain.true_id(row["element_id"]) for row in rows if row["element_id"])
    labels = {domain.true_id(row["element_id"]): row["label_id"] for row in rows}
    people = names_of([party_id, *labels.values()])
    values = _values((domain.true_id(row["element_id"]), row["element_id"], row["label_ppm"]) for row in rows)
    return RatesNow(
        id=party_id,
        words=people[party_id],
        starts=_starts(row["element_id"] for row in rows),
        rates=tuple(
            RateNow(id=one, words=f"{titles.get(one, one)} ({people[labels[one]]})", values_ppm=values[one])
            for one in values
        ),
    )


def as_typed(now: RatesNow | None, typed: Mapping[str, str]) -> RatesNow | None:
    """The rates with what was typed beside each (id -> text)."""
    if now is None:
        return None
    return replace(now, rates=tuple(replace(rate, typed=typed.get(rate.id, "")) for rate in now.rates))


def _by_words(names: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(names.items(), key=lambda one: (one[1].casefold(), one[0]))


def _starts(names: Iterable[str]) -> Starts:
    return tuple((start, moment(start)) for start in sorted({start_of(name) for name in names}))


def _values(rows: Iterable[tuple[str, str, str]]) -> dict[str, tuple[int, ...]]:
    """(what, in which epoch, ppm) -> what: its values in the order of epochs, one that stays told once."""
    found: dict[str, list[int]] = {}
    for what, _name, ppm in sorted(rows, key=lambda row: (row[0], start_of(row[1]))):
        values = found.setdefault(what, [])
        if not values or values[-1] != int(ppm):
            values.append(int(ppm))
    return {what: tuple(values) for what, values in found.items()}
