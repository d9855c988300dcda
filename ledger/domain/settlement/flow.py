"""Step 3: income flows from children to parents, level by level of the derivation graph."""

from __future__ import annotations

import dataclasses

import numpy as np

from ledger.domain.settlement.allocate import Ints, allocate_groups, ranges
from ledger.domain.settlement.inputs import Derivations
from ledger.domain.settlement.limits import PPM


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Edges sorted by child, then parent; `first[e]` and `count[e]` tell where the edges of child e stand."""

    child: Ints
    parent: Ints
    upstream_ppm: Ints
    first: Ints
    count: Ints
    row: Ints
    """(edges,) the row of the input from which an edge came."""


def graph_of(derivations: Derivations, elements: int) -> Graph:
    """Sort the derivations of `elements` elements into a graph."""
    row = np.lexsort((derivations.parent, derivations.child))
    child = derivations.child[row]
    count = np.bincount(child, minlength=elements).astype(np.int64)
    return Graph(child, derivations.parent[row], derivations.upstream_ppm[row], np.cumsum(count) - count, count, row)


def levels_of(graph: Graph) -> tuple[list[Ints], Ints]:
    """Children before parents: (the levels, the elements with parents that lie on or above a cycle).

    A level lists, in ascending order, elements that have parents and whose children all stand in earlier levels.
    """
    waiting = np.bincount(graph.parent, minlength=len(graph.count)).astype(np.int64)
    levels = []
    level = np.flatnonzero((waiting == 0) & (graph.count > 0))
    while len(level):
        levels.append(level)
        parents = graph.parent[ranges(graph.first[level], graph.count[level])]
        np.subtract.at(waiting, parents, 1)
        done = np.unique(parents[waiting[parents] == 0])
        level = done[graph.count[done] > 0]
    return levels, np.flatnonzero((waiting > 0) & (graph.count > 0))


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One level, ready to divide: each element's weights are its own portion's, then its parents'."""

    element: Ints
    count: Ints
    weight: Ints
    target: Ints
    """(rows,) who receives the part: the element itself first, then its parents in ascending order."""


def flow_plan(graph: Graph, levels: list[Ints]) -> list[Level]:
    """The weights of every level; they serve all currencies."""
    upstream_sum = np.zeros(len(graph.count), np.int64)
    np.add.at(upstream_sum, graph.child, graph.upstream_ppm)
    return [_level(graph, element, upstream_sum) for element in levels]


def _level(graph: Graph, element: Ints, upstream_sum: Ints) -> Level:
    count = graph.count[element] + 1
    own = np.cumsum(count) - count
    is_edge = np.ones(int(count.sum()), np.bool_)
    is_edge[own] = False
    edges = ranges(graph.first[element], graph.count[element])
    weight = np.empty(len(is_edge), np.int64)
    target = np.empty(len(is_edge), np.int64)
    weight[own], weight[is_edge] = PPM - upstream_sum[element], graph.upstream_ppm[edges]
    target[own], target[is_edge] = element, graph.parent[edges]
    return Level(element, count, weight, target)


def flow(received: Ints, plan: list[Level]) -> None:
    """Turn what the elements received from outside into their own portions, in place.

    Parameters
    ----------
    received : (elements,) int64 micro of one currency: the pools
    """
    for level in plan:
        amounts = received[level.element]
        active = np.flatnonzero(amounts)
        if len(active) == 0:
            continue
        weight, target, count = level.weight, level.target, level.count
        if len(active) < len(amounts):
            rows = ranges((np.cumsum(count) - count)[active], count[active])
            weight, target, count = weight[rows], target[rows], count[active]
        received[level.element] = 0
        np.add.at(received, target, allocate_groups(amounts[active], weight, count))
