"""Why a statement line is what it is: steps 1 to 5 of docs/settlement.md on paper, for one payee, one sale, one path.

The kernel divides the sums of an element, not single sales. So each step shows two amounts: what the element's sales
were together, divided exactly as the kernel divides it, and the exact part of it that this line brought, a fraction.
At the end the fractions of all lines are cut to whole micro so that they sum to what was allocated.

Everything is recomputed here in Python's own integers; tests hold it against the kernel and against the pencil rule.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

from ledger.domain.settlement.division import Division, divided
from ledger.domain.settlement.limits import MICRO_PER_MINOR, PPM
from ledger.domain.settlement.lines import Tracer
from ledger.domain.settlement.paper import Owner, Paper
from ledger.domain.settlement.period import RevenueRow
from ledger.domain.settlement.result import SettlementResult

NET, COMMISSION, UPSTREAM, OWNERS, LABEL = 1, 2, 3, 4, 5
"""The rules by their number in docs/settlement.md."""


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One amount that goes into a step: a revenue line, an element's pool, what a child sent up, an owner's part."""

    what: str
    name: str
    amount_micro: int
    mine: bool = False
    """Whether the line that is explained is in it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the rule: what came in, how it was divided, what of it went on towards the payee."""

    rule: int
    element_id: str
    party_id: str = ""
    inputs: tuple[Source, ...]
    before_micro: int
    division: Division | None
    after_micro: int
    line_micro: Fraction | None
    """The exact part of `after_micro` that this line brought; None inside a bundle of paths told as one line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """One line of an allocation: its exact part, cut towards zero, and the whole units that were given or taken."""

    line_id: str
    path: tuple[str, ...]
    exact: Fraction
    cut_micro: int
    units: int
    mine: bool

    @property
    def amount_micro(self) -> int:
        """What stands on the statement."""
        return self.cut_micro + self.units


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LineExplanation:
    """One line of a statement, from its sale to the micro."""

    party_id: str
    currency: str
    basis: str
    line_id: str
    path: tuple[str, ...]
    paths: int
    steps: tuple[Step, ...]
    allocated_micro: int
    """What the payee gets of the element on this basis, from all its lines together."""
    pieces: tuple[Piece, ...]
    amount_micro: int


class NoSuchLineError(LookupError):
    """The run has no such line for this payee."""


class Explainer:
    """Explains the lines of a run, or of a family of it (see `family`)."""

    def __init__(self, result: SettlementResult, revenue: Sequence[RevenueRow]) -> None:
        """`revenue` are the rows of `result.inputs.revenue`, in their order."""
        self.result, self.revenue = result, revenue
        self.tracer = Tracer(result, [row.line_id for row in revenue])
        self.paper = Paper(result.inputs, revenue)

    def line(
        self, *, party_id: str, currency: str, line_id: str, element_id: str, path: Sequence[str], basis: str
    ) -> LineExplanation:
        """Explain one line of a payee's statement.

        Raises
        ------
        NoSuchLineError
            If the run has no such line.
        """
        try:
            parts = self.tracer.exact_parts(party_id, currency, element_id, basis)
        except (KeyError, ValueError):
            parts = []
        wanted = (line_id, tuple(path))
        found = next((line for line, _ in parts if (line.line_id, line.path) == wanted), None)
        if found is None:
            raise NoSuchLineError(f"no line of {line_id} for {party_id}")
        pieces = tuple(
            Piece(line.line_id, line.path, exact, int(exact), line.amount_micro - int(exact), line is found)
            for line, exact in parts
        )
        return LineExplanation(
            party_id=party_id,
            currency=currency,
            basis=basis,
            line_id=line_id,
            path=found.path,
            paths=found.paths,
            steps=tuple(self._steps(found.path, found.paths, line_id, currency, party_id, basis)),
            allocated_micro=sum(piece.amount_micro for piece in pieces),
            pieces=pieces,
            amount_micro=found.amount_micro,
        )

    def _steps(
        self, path: Sequence[str], paths: int, line_id: str, currency: str, party_id: str, basis: str
    ) -> list[Step]:
        sold = path[0]
        row = next(row for row in self.revenue if row.line_id == line_id)
        share = Fraction(row.net_minor * MICRO_PER_MINOR)
        steps = [self._net(sold, line_id, currency, share), self._commission(sold, currency, share, basis)]
        if basis == "commission":
            return steps
        nodes = self.paper.between(path[0], path[-1]) if paths > 1 else [self.paper.places[name] for name in path]
        portions = self._portions(nodes, currency, steps[-1].line_micro, single=paths == 1)
        return [*steps, *portions, *self._owned(portions[-1], party_id, basis)]

    # ------------------------------------------------------------------------------------------- rules 1 and 2
    def _net(self, sold: str, line_id: str, currency: str, share: Fraction) -> Step:
        inputs = tuple(
            Source("line", row.line_id, row.net_minor * MICRO_PER_MINOR, row.line_id == line_id)
            for row in self.revenue
            if row.element_id == sold and row.currency == currency
        )
        total = sum(source.amount_micro for source in inputs)
        return Step(
            rule=NET, element_id=sold, inputs=inputs, before_micro=total, division=None, after_micro=total,
            line_micro=share,
        )  # fmt: skip

    def _commission(self, sold: str, currency: str, share: Fraction, basis: str) -> Step:
        ppm = self.result.inputs.commission_ppm
        net = self.paper.flow(currency).net.get(self.paper.places[sold], 0)
        chosen = 0 if basis == "commission" else 1
        division = divided(net, [(self.paper.platform, ppm), (sold, PPM - ppm)], chosen=[chosen])
        return Step(
            rule=COMMISSION,
            element_id=sold,
            inputs=(Source("net", sold, net, True),),
            before_micro=net,
            division=division,
            after_micro=division.chosen_amount,
            line_micro=share * Fraction(division.parts[chosen].weight, PPM),
        )

    # ------------------------------------------------------------------------------------------------- rule 3
    def _portions(self, nodes: list[int], currency: str, share: Fraction | None, *, single: bool) -> list[Step]:
        """Of each element on the way: what it received, and what of that went on (at the end: its own portion)."""
        steps, on_way, flow = [], set(nodes), self.paper.flow(currency)
        for place, node in enumerate(nodes):
            parents = self.paper.parents[node]
            weights = [(self.paper.names[node], PPM - sum(ppm for _, ppm in parents))]
            weights += [(self.paper.names[parent], ppm) for parent, ppm in parents]
            ends = place == len(nodes) - 1
            goals = {nodes[place + 1]} if single and not ends else on_way
            chosen = [0] if ends else [1 + n for n, (parent, _) in enumerate(parents) if parent in goals]
            inputs = self._received(node, currency, {nodes[place - 1]} if single else on_way, first=place == 0)
            received = flow.received.get(node, 0)
            division = divided(received, weights, chosen=chosen) if parents else None
            if not single:
                share = None
            if share is not None and division is not None:
                share *= Fraction(sum(division.parts[one].weight for one in chosen), PPM)
            steps.append(
                Step(
                    rule=UPSTREAM,
                    element_id=self.paper.names[node],
                    inputs=inputs,
                    before_micro=received,
                    division=division,
                    after_micro=division.chosen_amount if division else received,
                    line_micro=share,
                )
            )
        return steps

    def _received(self, node: int, currency: str, below: set[int], *, first: bool) -> tuple[Source, ...]:
        flow = self.paper.flow(currency)
        pool, name = flow.pool.get(node, 0), self.paper.names[node]
        sources = [Source("pool", name, pool, first)] if pool or first else []
        for child in sorted(self.paper.children.get(node, ())):
            sent, mine = flow.passed.get((child, node), 0), not first and child in below
            if sent or mine:
                sources.append(Source("child", self.paper.names[child], sent, mine))
        return tuple(sources)

    # ------------------------------------------------------------------------------------------- rules 4 and 5
    def _owned(self, portion: Step, party_id: str, basis: str) -> list[Step]:
        element = portion.element_id
        owners = self.paper.owners[self.paper.places[element]]
        mine = [place for place, row in enumerate(owners) if party_id == (row.party if basis == "split" else row.label)]
        division = divided(portion.after_micro, [(row.party, row.share_ppm) for row in owners], chosen=mine)
        ppm = sum(owners[place].share_ppm for place in mine)
        owned = Step(
            rule=OWNERS,
            element_id=element,
            inputs=(Source("portion", element, portion.after_micro, True),),
            before_micro=portion.after_micro,
            division=division,
            after_micro=division.chosen_amount,
            line_micro=_times(portion.line_micro, Fraction(ppm, PPM)),
        )
        steps = [owned]
        for place in mine:
            row, part = owners[place], division.parts[place]
            if row.label:
                share = _times(portion.line_micro, Fraction(row.share_ppm, PPM))
                steps.append(self._contract(element, row, part.amount_micro, share, 0 if basis == "label" else 1))
        return steps

    def _contract(self, element: str, row: Owner, part: int, share: Fraction | None, chosen: int) -> Step:
        division = divided(part, [(row.label, row.label_ppm), (row.party, PPM - row.label_ppm)], chosen=[chosen])
        return Step(
            rule=LABEL,
            element_id=element,
            party_id=row.party,
            inputs=(Source("part", row.party, part, True),),
            before_micro=part,
            division=division,
            after_micro=division.chosen_amount,
            line_micro=_times(share, Fraction(division.parts[chosen].weight, PPM)),
        )


def _times(share: Fraction | None, factor: Fraction) -> Fraction | None:
    return None if share is None else share * factor
