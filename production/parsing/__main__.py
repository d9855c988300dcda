"""`python -m production.parsing`: loads the engine once, then forks a confined child for each folder it is told.

Starting Python with the numeric libraries and the instruments takes seconds, a fork of it milliseconds. This process
itself never reads a byte from outside. It speaks lines: a request as JSON comes in, the child's id goes out, then
its exit code. It ends when its stdin does, with its parent, or after an hour without work.

With `--ahead` it loads instruments and networks one after the other while nobody asks, so that the first who asks for
proposals does not wait for them either.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from production.parsing.child import live_and_die
from production.parsing.confine import die_with_parent

IDLE_SECONDS_MAX = 3600


def main() -> None:
    """Serve until nobody asks any more."""
    die_with_parent()
    import production.parsing.work  # noqa: F401  # the engine, loaded once for every child

    ahead = _loads() if "--ahead" in sys.argv else iter(())
    while line := _next_line(ahead):
        request = json.loads(line)
        if request["sounding"]:
            _warm_instruments()
        if request["capability"]:
            _warm_capability(request["capability"])
        pid = os.fork()
        if pid == 0:
            live_and_die(Path(request["folder"]))
        _say(pid)
        _, status = os.waitpid(pid, 0)
        _say(os.waitstatus_to_exitcode(status))


def _loads() -> Iterator[Callable[[], object]]:
    """What may be wanted, a second or two each."""
    from engine.recommend import registry

    yield _warm_instruments
    for name in registry.names():
        yield functools.partial(_warm_capability, name)


def _next_line(ahead: Iterator[Callable[[], object]]) -> bytes:
    """The next request, empty if there will be none; until it comes, one thing after the other is loaded ahead."""
    while not select.select([0], [], [], 0)[0]:
        load = next(ahead, None)
        if load is None:
            break
        load()
    ready, _, _ = select.select([0], [], [], IDLE_SECONDS_MAX)
    # One request is written at once and is far shorter than a pipe's atomic size.
    return os.read(0, 4096) if ready else b""


def _warm_instruments() -> None:
    from engine.errors import MissingBankError
    from engine.timbre.sampler import bank

    with contextlib.suppress(MissingBankError):  # whoever renders will say so
        bank.warm_font(bank.default_bank())


def _warm_capability(name: str) -> None:
    from engine.errors import EngineError
    from engine.recommend import registry

    with contextlib.suppress(EngineError):  # the child will say so
        registry.capability(name).weights_hash()


def _say(number: int) -> None:
    os.write(1, f"{number}\n".encode())


if __name__ == "__main__":
    main()
