"""How far a confined child is: it writes a file that the worker reads; in any other process nobody listens."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

_place: Path | None = None
FILE = "progress"


def listen_at(folder: Path) -> None:
    """Only the child calls this: from here on `tell` is heard."""
    global _place
    _place = folder / FILE


def tell(fraction: float, words: str) -> None:
    """Say how far the work is, 0..1, and in which step."""
    if _place is None:
        return
    draft = _place.with_suffix(".new")
    draft.write_text(json.dumps([round(min(max(fraction, 0.0), 1.0), 3), words]))
    draft.replace(_place)


def heard(folder: Path) -> tuple[float, str] | None:
    """What the child said last."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        fraction, words = json.loads((folder / FILE).read_text())
        return float(fraction), str(words)[:120]
    return None
