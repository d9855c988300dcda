"""What one confined process does: read FOLDER/request.json, work on FOLDER/input under its limits, leave an answer.

FOLDER/answer.json holds the values or one refusal; files lie under FOLDER/out. Nothing of the site is loaded.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from production.parsing import telling
from production.parsing.confine import confine


def live_and_die(folder: Path) -> None:
    """The whole life of a forked process; never returns."""
    code = 1
    try:
        _cut_loose(folder)
        perform(folder)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def perform(folder: Path) -> None:
    """One piece of work."""
    request = json.loads((folder / "request.json").read_text())
    confine(
        memory_bytes_max=request["memory_bytes_max"],
        cpu_seconds_max=request["cpu_seconds_max"],
        output_bytes_max=request["output_bytes_max"],
    )
    telling.listen_at(folder)
    try:
        answer = _answer(request, folder)
    except (MemoryError, RecursionError):
        answer = {"refusal": {"code": "limit_exceeded", "message": None}}
    (folder / "answer.json").write_text(json.dumps(answer, allow_nan=False))


def _cut_loose(folder: Path) -> None:
    """A session of its own, no pipe to anybody, words of failure into a file."""
    os.setsid()
    os.chdir(folder)
    os.environ["TMPDIR"] = os.environ["HOME"] = str(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    words = os.open(folder / "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(nothing, 0)
    os.dup2(words, 1)
    os.dup2(words, 2)


def _answer(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from engine.errors import EngineError
    from production.errors import ProductionError
    from production.parsing.work import FROM_PATH, WORK

    try:
        source = folder / "input"
        data = source if request["work"] in FROM_PATH else source.read_bytes()
        values, files = WORK[request["work"]](data, **request["arguments"])
    except (EngineError, ProductionError) as error:
        return {"refusal": {"code": error.code, "message": error.message}}
    except (MemoryError, RecursionError):
        raise
    except Exception:
        traceback.print_exc()
        return {"refusal": {"code": "internal", "message": None}}
    for name, data in files.items():
        (folder / "out" / name).write_bytes(data)
    return {"values": values}
