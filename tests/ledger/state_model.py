"""The dictionary that the ledger is held against: lists of what was sold and agreed, and the rule by pencil."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.conf import settings as site

from ledger.domain.settlement import period as rows
from tests.ledger.settlement import reference

PPM = 1_000_000
MICRO = 1_000_000
WINDOW = dt.timedelta(days=site.REFUND_WINDOW_DAYS)
PLATFORM = str(site.PLATFORM_PARTY_ID)


@dataclass
class Sold:
    """A line, or what reverses it, as the model knows it."""

    line_id: str
    element: str
    gross: int
    tax: int
    fee: int | None
    at: dt.datetime
    step: int
    sale: Sold | None = None
    settled_at: dt.datetime | None = None
    taken: bool = False

    def mature_at(self) -> dt.datetime | None:
        sale = self.sale or self
        if sale.settled_at is None:
            return None
        return max(self.at, sale.at + WINDOW, sale.settled_at)


@dataclass
class Model:
    """Dictionaries: what is owned, what was sold, what is owed."""

    owners: dict[str, list[tuple[int, dict[str, int]]]] = field(default_factory=dict)
    parents: dict[str, list[tuple[int, str, int]]] = field(default_factory=lambda: defaultdict(list))
    lines: list[Sold] = field(default_factory=list)
    carried: dict[str, int] = field(default_factory=dict)
    adjusted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    step: int = 0

    def next(self) -> int:
        self.step += 1
        return self.step

    # ------------------------------------------------------------------------------------------------- rights
    def family(self, element: str) -> set[str]:
        """Everything ever tied to the element."""
        found, waiting = {element}, [element]
        edges = [(child, parent) for child, of in self.parents.items() for _, parent, _ in of]
        while waiting:
            here = waiting.pop()
            near = {b for a, b in edges if a == here} | {a for a, b in edges if b == here}
            waiting += near - found
            found |= near
        return found

    def epoch(self, element: str, step: int) -> int:
        """The newest change in the element's family at or before a step."""
        family = self.family(element)
        changes = [at for one in family for at, _ in self.owners[one]]
        changes += [at for one in family for at, _, _ in self.parents[one]]
        return max((at for at in changes if at <= step), default=-1)

    def parents_at(self, element: str, step: int) -> list[tuple[str, int]]:
        return [(parent, ppm) for at, parent, ppm in self.parents[element] if at <= step]

    def owners_at(self, element: str, step: int) -> dict[str, int]:
        return [shares for at, shares in self.owners[element] if at <= step][-1] if self.owners[element] else {}

    def would_cycle(self, child: str, parent: str) -> bool:
        waiting, seen = [parent], set()
        while waiting:
            here = waiting.pop()
            if here == child:
                return True
            seen.add(here)
            waiting += [up for _, up, _ in self.parents[here] if up not in seen]
        return False

    # ------------------------------------------------------------------------------------------------ money
    def period_of(self, lines: list[Sold]) -> rows.Period:
        """The rule's input: each element once for each epoch in which something of it, or below it, was sold."""
        needed: dict[tuple[str, int], None] = {}
        revenue = []
        for line in lines:
            epoch = self.epoch(line.element, (line.sale or line).step)
            needed[line.element, epoch] = None
            revenue.append(
                rows.RevenueRow(
                    line.line_id,
                    f"{line.element} @{epoch}",
                    "sale",
                    "EUR",
                    line.gross,
                    line.tax,
                    line.fee or 0,
                    "2026-01-01",
                )
            )
        waiting = list(needed)
        edges = []
        while waiting:
            element, epoch = waiting.pop()
            for parent, ppm in self.parents_at(element, epoch):
                edges.append(rows.DerivationRow(f"{element} @{epoch}", f"{parent} @{epoch}", ppm))
                if (parent, epoch) not in needed:
                    needed[parent, epoch] = None
                    waiting.append((parent, epoch))
        splits = [
            rows.SplitRow(f"{element} @{epoch}", party, "producer", ppm)
            for element, epoch in needed
            for party, ppm in self.owners_at(element, epoch).items()
        ]
        return rows.Period(
            commission_ppm=site.COMMISSION_PPM,
            platform_party=PLATFORM,
            splits=splits,
            revenue=revenue,
            derivations=list(dict.fromkeys(edges)),
        )

    def take(self, end: dt.datetime) -> list[Sold]:
        """The lines that a run with this end settles; they are settled once."""
        taken = []
        for line in self.lines:
            mature_at = line.mature_at()
            if not line.taken and mature_at is not None and mature_at < end:
                line.taken = True
                taken.append(line)
        return taken


def royalties(period: rows.Period) -> dict[str, int]:
    """What the rule gives each party."""
    found: dict[str, int] = defaultdict(int)
    for _, _, party, _, amount in reference.settle(period).allocations:
        found[party] += amount
    return {party: amount for party, amount in found.items() if amount}
