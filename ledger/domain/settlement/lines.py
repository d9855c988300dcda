"""Statement lines: every amount of a payee, traced to the sales and the derivation paths it came along.

An allocation (element, party, basis) is one whole number; its lines must sum to exactly that. The exact part of each
(revenue line, path) is a fraction: net × (1 − commission) × upstream shares along the path × the element's own share ×
the party's share. Each is cut towards zero, and the units still missing go, one each, to the largest remainders (taken
from the most negative ones if there are too many), ties to the earlier line, then the earlier path. So the lines of
mirrored sales are mirrors, too.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ledger.domain.settlement.flow import graph_of
from ledger.domain.settlement.inputs import NOBODY
from ledger.domain.settlement.limits import MICRO_PER_MINOR, PPM
from ledger.domain.settlement.owners import BASES, COMMISSION, LABEL, SPLIT, owners_of
from ledger.domain.settlement.result import SettlementResult

PATHS_MAX = 64
"""More paths than this between two elements are told as one line; their number is in it."""


class StatementLine(NamedTuple):
    """What one sale meant for one payee along one path."""

    line_id: str
    sold_element_id: str
    path: tuple[str, ...]
    """From the element sold, parent by parent, to the element whose portion is shared out."""
    paths: int
    """1; or how many paths this line stands for: `path` then names only their two ends."""
    element_id: str
    basis: str
    amount_micro: int


class _Path(NamedTuple):
    nodes: tuple[int, ...]
    paths: int
    share: Fraction


class _Piece(NamedTuple):
    line: int
    path: _Path
    exact: Fraction


def cut(exact: Sequence[Fraction], total: int) -> list[int]:
    """Whole parts close to `exact` that sum to `total`; ties go to the earlier place.

    Raises
    ------
    ValueError
        If there is nothing to cut, but an amount.
    """
    if not exact:
        if total:
            raise ValueError(f"{total} micro come from no line")
        return []
    parts = [int(part) for part in exact]  # towards zero
    left = total - sum(parts)
    sign = 1 if left >= 0 else -1
    each, some = divmod(abs(left), len(parts))
    by_remainder = sorted(range(len(parts)), key=lambda place: (-sign * (exact[place] - parts[place]), place))
    for rank, place in enumerate(by_remainder):
        parts[place] += sign * (each + (rank < some))
    return parts


@dataclasses.dataclass(frozen=True)
class Tracer:
    """Finds the lines of any payee of one run.

    `line_ids` names the rows of `result.inputs.revenue`, in their order.
    """

    result: SettlementResult
    line_ids: Sequence[str]

    def lines_of(self, party_id: str, currency: str) -> Iterator[StatementLine]:
        """The lines of one statement: per (element, basis) they sum exactly to the allocation.

        Sales that cancel each other are shown, too, although no allocation is left of them. Ordered by element, basis,
        revenue line, path.
        """
        party, money = self._parties.get(party_id), self._currencies.get(currency)
        if party is None or money is None:
            return
        amounts = self._allocations.get((money, party), {})
        for element, basis in sorted(self._claims(party, money)):
            pieces = self._pieces(element, basis, party, money)
            total = amounts.get((element, basis), 0)
            for piece, amount in zip(pieces, cut([piece.exact for piece in pieces], total), strict=True):
                yield self._line(piece, element, basis, amount)

    def exact_parts(
        self, party_id: str, currency: str, element_id: str, basis: str
    ) -> list[tuple[StatementLine, Fraction]]:
        """The lines of one allocation in their order, each with its exact part before it is cut to whole micro."""
        party, money, code = self._parties[party_id], self._currencies[currency], BASES.index(basis)
        element = self._elements[element_id]
        pieces = self._pieces(element, code, party, money)
        total = self._allocations.get((money, party), {}).get((element, code), 0)
        parts = cut([piece.exact for piece in pieces], total)
        return [
            (self._line(piece, element, code, amount), piece.exact) for piece, amount in zip(pieces, parts, strict=True)
        ]

    def _line(self, piece: _Piece, element: int, basis: int, amount: int) -> StatementLine:
        names = self.result.inputs.elements
        return StatementLine(
            line_id=self.line_ids[piece.line],
            sold_element_id=names[piece.path.nodes[0]],
            path=tuple(names[node] for node in piece.path.nodes),
            paths=piece.path.paths,
            element_id=names[element],
            basis=BASES[basis],
            amount_micro=amount,
        )

    def _claims(self, party: int, money: int) -> set[tuple[int, int]]:
        """(element, basis) that may hold money for the party."""
        claims = set(self._allocations.get((money, party), {}))
        claims |= self._owned.get(party, set())
        if party == self.result.inputs.platform:
            claims |= {(element, COMMISSION) for currency, element in self._sold if currency == money}
        return claims

    def _pieces(self, element: int, basis: int, party: int, money: int) -> list[_Piece]:
        commission_ppm = self.result.inputs.commission_ppm
        if basis == COMMISSION:
            paths, factor = [_Path((element,), 1, Fraction(1))], Fraction(commission_ppm, PPM)
        else:
            paths = self._paths_to(element)
            factor = Fraction(PPM - commission_ppm, PPM) * self._own_share(element) * self._ratio(element, basis, party)
        if not factor:
            return []
        return sorted(
            _Piece(line, path, net_minor * MICRO_PER_MINOR * path.share * factor)
            for path in paths
            for line, net_minor in self._sold.get((money, path.nodes[0]), ())
            if path.share and net_minor
        )

    def _own_share(self, element: int) -> Fraction:
        return 1 - sum((Fraction(ppm, PPM) for _, ppm in self._parents.get(element, ())), Fraction(0))

    def _ratio(self, element: int, basis: int, party: int) -> Fraction:
        """The party's part of the element's own portion on this basis."""
        ratio = Fraction(0)
        for owner, share_ppm, label, label_ppm in self._owners[element]:
            if basis == LABEL and label == party:
                ratio += Fraction(share_ppm * label_ppm, PPM * PPM)
            if basis == SPLIT and owner == party:
                ratio += Fraction(share_ppm * (PPM - label_ppm), PPM * PPM)
        return ratio

    def _paths_to(self, element: int) -> list[_Path]:
        """Every way from an element that was sold up to this one, with the share that comes along."""
        sold = {source for _, source in self._sold}
        below = self._below(element)
        return [path for source in sorted(sold & below.keys()) for path in self._paths(source, element, below)]

    def _below(self, element: int) -> dict[int, tuple[int, Fraction]]:
        """For the element and all made from it: (number of paths up to it, share of all of them)."""
        order, seen = [], {element}
        stack = [(element, iter(self._children.get(element, ())))]
        while stack:  # depth first; reversed, it lists every element after all its parents below `element`
            node, children = stack[-1]
            for child in children:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, iter(self._children.get(child, ()))))
                    break
            else:
                order.append(node)
                stack.pop()
        found = {element: (1, Fraction(1))}
        for node in reversed(order[:-1]):
            ways = [(found[parent], ppm) for parent, ppm in self._parents[node] if parent in found]
            found[node] = (
                sum(count for (count, _), _ in ways),
                sum((share * Fraction(ppm, PPM) for (_, share), ppm in ways), Fraction(0)),
            )
        return found

    def _paths(self, source: int, target: int, below: dict[int, tuple[int, Fraction]]) -> list[_Path]:
        count, share = below[source]
        if count > PATHS_MAX:
            return [_Path((source, target), count, share)]
        done, open_paths = [], [_Path((source,), 1, Fraction(1))]
        while open_paths:
            path = open_paths.pop()
            if path.nodes[-1] == target:
                done.append(path)
                continue
            for parent, ppm in self._parents[path.nodes[-1]]:
                if parent in below:
                    open_paths.append(_Path((*path.nodes, parent), 1, path.share * Fraction(ppm, PPM)))
        return done

    @cached_property
    def _parties(self) -> dict[str, int]:
        return {party: place for place, party in enumerate(self.result.inputs.parties.to_list())}

    @cached_property
    def _elements(self) -> dict[str, int]:
        return {element: place for place, element in enumerate(self.result.inputs.elements.to_list())}

    @cached_property
    def _currencies(self) -> dict[str, int]:
        return {currency: place for place, currency in enumerate(self.result.inputs.currencies.to_list())}

    @cached_property
    def _allocations(self) -> dict[tuple[int, int], dict[tuple[int, int], int]]:
        rows, found = self.result.allocations, defaultdict[tuple[int, int], dict[tuple[int, int], int]](dict)
        columns = (rows.currency, rows.party, rows.element, rows.basis, rows.amount_micro)
        for currency, party, element, basis, amount in zip(*(column.tolist() for column in columns), strict=True):
            found[currency, party][element, basis] = amount
        return found

    @cached_property
    def _sold(self) -> dict[tuple[int, int], list[tuple[int, int]]]:
        rows, found = self.result.inputs.revenue, defaultdict[tuple[int, int], list[tuple[int, int]]](list)
        columns = (rows.currency.tolist(), rows.element.tolist(), rows.net_minor.tolist())
        for line, (currency, element, net_minor) in enumerate(zip(*columns, strict=True)):
            found[currency, element].append((line, net_minor))
        return found

    @cached_property
    def _parents(self) -> dict[int, list[tuple[int, int]]]:
        graph = graph_of(self.result.inputs.derivations, len(self.result.inputs.elements))
        found = defaultdict[int, list[tuple[int, int]]](list)
        edges = zip(graph.child.tolist(), graph.parent.tolist(), graph.upstream_ppm.tolist(), strict=True)
        for child, parent, ppm in edges:
            if ppm:  # nothing flows along a share of zero
                found[child].append((parent, ppm))
        return found

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        found = defaultdict[int, list[int]](list)
        for child, parents in self._parents.items():
            for parent, _ in parents:
                found[parent].append(child)
        return found

    @cached_property
    def _owners(self) -> dict[int, list[tuple[int, int, int, int]]]:
        """Element -> (owner, share_ppm, label, label_ppm)."""
        owners, found = owners_of(self.result.inputs), defaultdict[int, list[tuple[int, int, int, int]]](list)
        element = np.repeat(np.arange(len(owners.count)), owners.count)
        columns = (element, owners.party, owners.share_ppm, owners.label, owners.label_ppm)
        for node, *rest in zip(*(column.tolist() for column in columns), strict=True):
            owner, share_ppm, label, label_ppm = rest
            found[node].append((owner, share_ppm, label, label_ppm))
        return found

    @cached_property
    def _owned(self) -> dict[int, set[tuple[int, int]]]:
        found = defaultdict[int, set[tuple[int, int]]](set)
        for element, rows in self._owners.items():
            for owner, _, label, _ in rows:
                found[owner].add((element, SPLIT))
                if label != NOBODY:
                    found[label].add((element, LABEL))
        return found
