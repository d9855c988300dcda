"""Work on a long log in processes of their own, one for each core; all may look at the rows of one moment.

Projections do not read each other's tables, so their folds can be checked or made again side by side.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

from django.db import connection

from ledger.projections import ALL, Projection

T = TypeVar("T")

APART_EVENTS_MIN = 50_000
"""A shorter log is read sooner than a process has started."""

WEIGHTS = {"trail": 6, "orders": 5, "balances": 3, "revenue": 3, "licences": 2, "rights": 2, "elements": 2}
"""How much folding a projection costs against the others, as measured on a shop's log; 1 where nothing is said."""


def processes_max() -> int:
    """How many run at once."""
    return max(1, len(os.sched_getaffinity(0)))


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


@contextlib.contextmanager
def side_by_side(work: Callable[..., T], calls: Sequence[tuple[Any, ...]]) -> Iterator[list[Future[T]]]:
    """Start every call in processes of their own; the end of the block waits for them.

    `work` is a function of a module: a fresh process imports it, and connects to the database of this one.
    """
    context = multiprocessing.get_context("spawn")
    settings = {name: connection.settings_dict[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    with ProcessPoolExecutor(processes_max(), mp_context=context, initializer=_begin, initargs=(settings,)) as pool:
        yield [pool.submit(work, *call) for call in calls]


def _begin(settings: dict[str, Any]) -> None:
    import django

    django.setup()
    connection.settings_dict.update(settings)
