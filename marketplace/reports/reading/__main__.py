"""`python -m marketplace.reports.reading FOLDER`: read FOLDER/input by FOLDER/request.json under tight limits.

Leaves FOLDER/answer.json when it is done; while it works, FOLDER/progress says how many rows it has read.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from marketplace.reports.reading import guess, limits
from marketplace.reports.reading.read import read
from marketplace.reports.reading.template import Template
from production.parsing.confine import confine


def main(folder: Path) -> None:
    """One piece of work."""
    confine(
        memory_bytes_max=limits.MEMORY_BYTES_MAX,
        cpu_seconds_max=limits.CPU_SECONDS_MAX,
        output_bytes_max=limits.OUTPUT_BYTES_MAX,
    )
    request = json.loads((folder / "request.json").read_text())
    path = folder / "input"
    try:
        answer = _look(path, request) if request["work"] == "look" else _read(path, folder, request)
    except MemoryError:
        answer = {"refusal": "This file takes more memory than one file may."}
    answer["peak_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (folder / "answer.json").write_text(json.dumps(answer))


def _look(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """The mapping the file probably needs (or the one given), and its first rows."""
    given = request.get("template")
    form = Template.from_json(given) if given else guess.template(path)
    header, rows = guess.head(
        path,
        encoding=form.encoding,
        delimiter=form.delimiter,
        skip_rows=form.skip_rows,
        count=limits.PREVIEW_ROWS,
    )
    preview = [{"line": row.line, "cells": [cell[:200] for cell in row.cells]} for row in rows]
    return {"template": form.to_json(), "header": header, "rows": preview}


def _read(path: Path, folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    def tick(rows: int) -> None:
        (folder / "progress").write_text(str(rows))

    form = Template.from_json(request["template"])
    return read(path, folder, template=form, currencies=request["currencies"], tick=tick)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
