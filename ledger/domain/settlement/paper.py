"""Steps 1 to 5 with every number in between, in Python's own integers: what the kernel does not keep."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np

from ledger.domain.settlement.allocate import allocate
from ledger.domain.settlement.flow import graph_of
from ledger.domain.settlement.inputs import NOBODY, SettlementInputs
from ledger.domain.settlement.limits import MICRO_PER_MINOR, PPM
from ledger.domain.settlement.owners import owners_of
from ledger.domain.settlement.period import RevenueRow


@dataclasses.dataclass(frozen=True, slots=True)
class Owner:
    """One owner of an element, and the label ("": none) that takes part of what the owner gets of it."""

    party: str
    share_ppm: int
    label: str
    label_ppm: int


@dataclasses.dataclass(slots=True)
class Flows:
    """One currency, by element: what came in, what is left after commission, what flowed; all in micro."""

    net: dict[int, int] = dataclasses.field(default_factory=dict)
    pool: dict[int, int] = dataclasses.field(default_factory=dict)
    received: dict[int, int] = dataclasses.field(default_factory=dict)
    passed: dict[tuple[int, int], int] = dataclasses.field(default_factory=dict)
    """(child, parent) -> what the child sent up."""


class Paper:
    """The graph, the owners and the flows of one run; elements are places in `names`."""

    def __init__(self, inputs: SettlementInputs, revenue: Sequence[RevenueRow]) -> None:
        self._inputs, self._revenue = inputs, revenue
        self.names: list[str] = inputs.elements.to_list()
        self.places = {name: place for place, name in enumerate(self.names)}
        self._parties: list[str] = inputs.parties.to_list()
        self.platform = self._parties[inputs.platform]
        self._flows: dict[str, Flows] = {}

    def flow(self, currency: str) -> Flows:
        """What flowed in one currency."""
        if currency not in self._flows:
            self._flows[currency] = self._computed(currency)
        return self._flows[currency]

    def _computed(self, currency: str) -> Flows:
        flow, ppm = Flows(), self._inputs.commission_ppm
        for row in self._revenue:
            if row.currency == currency:
                place = self.places[row.element_id]
                flow.net[place] = flow.net.get(place, 0) + row.net_minor * MICRO_PER_MINOR
        flow.pool = {place: allocate(net, [ppm, PPM - ppm])[1] for place, net in flow.net.items()}
        flow.received.update(flow.pool)
        for node in self.order:
            parents, received = self.parents[node], flow.received.get(node, 0)
            if not parents or not received:
                continue
            _, *sent = allocate(received, self.weights(node))
            for (parent, _), amount in zip(parents, sent, strict=True):
                flow.passed[node, parent] = amount
                flow.received[parent] = flow.received.get(parent, 0) + amount
        return flow

    def weights(self, node: int) -> list[int]:
        """The element's own weight, then its parents'."""
        upstream = [ppm for _, ppm in self.parents[node]]
        return [PPM - sum(upstream), *upstream]

    def between(self, source: str, target: str) -> list[int]:
        """Every element on any way from source to target, children first."""
        start, end = self.places[source], self.places[target]
        up = _reach(start, lambda node: [parent for parent, _ in self.parents[node]])
        down = _reach(end, lambda node: self.children.get(node, []))
        return [node for node in self.order if node in up and node in down]

    def payees_of(self, element_id: str) -> list[tuple[str, str]]:
        """(party_id, basis) of everyone who shares in an element's own portion."""
        rows = self.owners[self.places[element_id]]
        found = [(row.party, "split") for row in rows] + [(row.label, "label") for row in rows if row.label]
        return list(dict.fromkeys(found))

    @cached_property
    def parents(self) -> list[list[tuple[int, int]]]:
        """(elements,) parents in ascending order, with their upstream shares."""
        graph = graph_of(self._inputs.derivations, len(self.names))
        found: list[list[tuple[int, int]]] = [[] for _ in self.names]
        edges = zip(graph.child.tolist(), graph.parent.tolist(), graph.upstream_ppm.tolist(), strict=True)
        for child, parent, ppm in edges:
            found[child].append((parent, ppm))
        return found

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """Element -> what was made from it."""
        found: dict[int, list[int]] = {}
        for child, parents in enumerate(self.parents):
            for parent, _ in parents:
                found.setdefault(parent, []).append(child)
        return found

    @cached_property
    def order(self) -> list[int]:
        """Children before parents."""
        waiting = [len(self.children.get(node, ())) for node in range(len(self.names))]
        ready = [node for node, count in enumerate(waiting) if not count]
        order = []
        while ready:
            node = ready.pop()
            order.append(node)
            for parent, _ in self.parents[node]:
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
        return order

    @cached_property
    def owners(self) -> list[list[Owner]]:
        """(elements,) owners in ascending party order, each once."""
        owners = owners_of(self._inputs)
        found: list[list[Owner]] = [[] for _ in self.names]
        elements = np.repeat(np.arange(len(owners.count)), owners.count).tolist()
        columns = (owners.party.tolist(), owners.share_ppm.tolist(), owners.label.tolist(), owners.label_ppm.tolist())
        for element, party, share, label, label_ppm in zip(elements, *columns, strict=True):
            signed = self._parties[label] if label != NOBODY else ""
            found[element].append(Owner(self._parties[party], share, signed, label_ppm))
        return found


def _reach(start: int, following: Callable[[int], Iterable[int]]) -> set[int]:
    found, stack = {start}, [start]
    while stack:
        for node in following(stack.pop()):
            if node not in found:
                found.add(node)
                stack.append(node)
    return found
