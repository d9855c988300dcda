"""Python processes beside this one, for work on a long log: each sets Django up and connects to the same database.

This module imports nothing of the project's, for a fresh process reads it before the apps are ready.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

GARBAGE_OBJECTS_MIN = 1_000_000


def count_max() -> int:
    """How many run at once: one for each core."""
    return max(1, len(os.sched_getaffinity(0)))


@contextlib.contextmanager
def side_by_side(name: str, calls: Sequence[tuple[Any, ...]]) -> Iterator[list[Future[Any]]]:
    """Call a function, given as `module:function`, in processes of their own; the end of the block waits for all."""
    from django.db import connection

    database = {name: connection.settings_dict[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    with ProcessPoolExecutor(count_max(), mp_context=multiprocessing.get_context("spawn")) as pool:
        yield [pool.submit(_call, name, database, call) for call in calls]


def _call(name: str, database: Mapping[str, Any], arguments: tuple[Any, ...]) -> Any:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict.update(database)
    # A batch of events is many objects that live together and die by their counts: to look for cycles among them again
    # and again was a fifth of the work.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS_MIN)
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)(*arguments)
