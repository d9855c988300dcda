"""Projections in groups, one for each process: they do not read each other's tables."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.projections import ALL, Projection

APART_EVENTS_MIN = 50_000
"""A shorter log is read sooner than a process has started."""

WEIGHTS = {"trail": 9, "orders": 7, "balances": 3, "revenue": 3, "licences": 3}
"""How much folding a projection costs against the others, in microseconds of CPU an event of a shop's log; 1 where
nothing is said. The trail's has three on top, for it alone makes its process read every event."""


def groups_of(projections: Sequence[Projection], count: int) -> list[list[str]]:
    """Names of projections in at most `count` groups of about the same cost."""
    groups: list[tuple[int, list[str]]] = [(0, []) for _ in range(max(1, min(count, len(projections))))]
    for projection in sorted(projections, key=lambda one: (-WEIGHTS.get(one.name, 1), one.name)):
        groups.sort(key=lambda group: group[0])
        weight, names = groups[0]
        groups[0] = (weight + WEIGHTS.get(projection.name, 1), [*names, projection.name])
    return [names for _, names in groups if names]


def named(names: Sequence[str]) -> list[Projection]:
    """Projections by name."""
    return [projection for projection in ALL if projection.name in names]
