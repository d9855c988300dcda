"""Names the cycles of a derivation graph. Only walked once levels could not be found, so a loop over nodes is fine."""

from __future__ import annotations

from collections import deque

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.flow import Graph


def cycles(graph: Graph, stuck: Ints) -> dict[int, list[int]]:
    """One cycle for each knot of elements that are made from each other.

    Returns
    -------
    Input row of the knot's last edge -> the shortest path from that edge's child, over its parent, back to the child.
    """
    among = set(stuck.tolist())
    parents = {node: _edges(graph, node, among) for node in sorted(among)}
    found = {}
    for knot in _knots(parents):
        inner = [(row, node, parent) for node in knot for parent, row in parents[node] if parent in knot]
        if inner:
            row, child, parent = max(inner)
            found[row] = [child, *_shortest(parents, knot, parent, child)]
    return found


def _edges(graph: Graph, node: int, among: set[int]) -> list[tuple[int, int]]:
    start, count = int(graph.first[node]), int(graph.count[node])
    pairs = zip(graph.parent[start : start + count].tolist(), graph.row[start : start + count].tolist(), strict=True)
    return [(parent, row) for parent, row in pairs if parent in among]


def _knots(parents: dict[int, list[tuple[int, int]]]) -> list[set[int]]:
    """Strongly connected components: Tarjan's algorithm with its own stack."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    open_nodes: list[int] = []
    is_open: set[int] = set()
    knots = []
    for root in parents:
        if root in order:
            continue
        work = [(root, iter(parents[root]))]
        order[root] = low[root] = len(order)
        open_nodes.append(root)
        is_open.add(root)
        while work:
            node, edges = work[-1]
            for parent, _ in edges:
                if parent not in order:
                    order[parent] = low[parent] = len(order)
                    open_nodes.append(parent)
                    is_open.add(parent)
                    work.append((parent, iter(parents[parent])))
                    break
                if parent in is_open:
                    low[node] = min(low[node], order[parent])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    knots.append(_pop_knot(open_nodes, is_open, node))
    return knots


def _pop_knot(open_nodes: list[int], is_open: set[int], root: int) -> set[int]:
    knot = set()
    while True:
        node = open_nodes.pop()
        is_open.discard(node)
        knot.add(node)
        if node == root:
            return knot


def _shortest(parents: dict[int, list[tuple[int, int]]], knot: set[int], start: int, end: int) -> list[int]:
    """Breadth first; of equally short paths the one over the lowest ids."""
    came: dict[int, int] = {start: start}
    queue = deque([start])
    while end not in came:
        node = queue.popleft()
        for parent, _ in parents[node]:
            if parent in knot and parent not in came:
                came[parent] = node
                queue.append(parent)
    path = [end]
    while path[-1] != start:
        path.append(came[path[-1]])
    return path[::-1]
