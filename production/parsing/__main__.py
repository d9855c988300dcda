"""`python -m production.parsing FOLDER`: do what FOLDER/request.json asks with FOLDER/input, under its limits.

Leaves FOLDER/answer.json, with the values or one refusal, and files under FOLDER/out. Nothing of the site is loaded.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from production.parsing.confine import confine


def main(folder: Path) -> None:
    """One piece of work."""
    request = json.loads((folder / "request.json").read_text())
    confine(memory_bytes_max=request["memory_bytes_max"], cpu_seconds_max=request["cpu_seconds_max"])
    try:
        answer = _answer(request, folder)
    except (MemoryError, RecursionError):
        answer = {"refusal": {"code": "limit_exceeded", "message": None}}
    (folder / "answer.json").write_text(json.dumps(answer, allow_nan=False))


def _answer(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    from engine.errors import EngineError
    from production.parsing.work import WORK

    try:
        values, files = WORK[request["work"]]((folder / "input").read_bytes(), **request["arguments"])
    except EngineError as error:
        return {"refusal": {"code": error.code, "message": error.message}}
    except (MemoryError, RecursionError):
        raise
    except Exception:
        traceback.print_exc()
        return {"refusal": {"code": "internal", "message": None}}
    for name, data in files.items():
        (folder / "out" / name).write_bytes(data)
    return {"values": values}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
