"""Making the samples: bytes, what is found in them, and what is heard of them, in two processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from production.parsing.apart import Answer, run_here
from production.parsing.report import Examined


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A sample, ready to be kept."""

    slug: str
    data: bytes
    examined: Examined
    rendered: Answer


def make(slug: str) -> Ready:
    """One sample, in this process."""
    from production.samples.plan import samples  # late: only whoever makes music loads the engine

    data = samples()[slug].recipe()
    examined = Examined.from_json(run_here("examine", data).values)
    return Ready(slug=slug, data=data, examined=examined, rendered=run_here("render", data))


def make_all(slugs: Sequence[str], *, processes: int = 2) -> Iterator[Ready]:
    """Every sample, as they get ready; in this process if `processes` is 0.

    The workers are forked: the caller closes its connections first.
    """
    if not processes:
        yield from map(make, slugs)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
        for future in as_completed([pool.submit(make, slug) for slug in slugs]):
            yield future.result()
