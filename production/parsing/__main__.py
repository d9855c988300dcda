"""`python -m production.parsing`: loads the engine once, then forks a confined child for each folder it is told.

Starting Python with the numeric libraries and the instruments takes seconds, a fork of it milliseconds. This process
itself never reads a byte from outside. It speaks lines: a request as JSON comes in, the child's id goes out, then
its exit code. It ends when its stdin does, with its parent, or after an hour without work.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
from pathlib import Path

from production.parsing.child import live_and_die
from production.parsing.confine import die_with_parent

IDLE_SECONDS_MAX = 3600


def main() -> None:
    """Serve until nobody asks any more."""
    die_with_parent()
    import production.parsing.work  # noqa: F401  # the engine, loaded once for every child

    while line := _next_line():
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


def _next_line() -> bytes:
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
