"""What a confined child says before it is done: how far it is, and pieces of its answer that are ready already.

It writes files that the worker reads. In any other process nobody listens, unless `hearing` says who.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

_place: Path | None = None
FILE = "progress"
PARTS = "parts"
OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of the answer: JSON values, and the files it wrote."""

    values: Mapping[str, Any]
    files: Mapping[str, bytes]


Receiver: TypeAlias = Callable[[Part], None]
_receiver: ContextVar[Receiver | None] = ContextVar("receiver", default=None)


def listen_at(folder: Path) -> None:
    """Only the child calls this: from here on `tell` and `give` are heard."""
    global _place
    _place = folder / FILE
    (folder / PARTS).mkdir()


def tell(fraction: float, words: str) -> None:
    """Say how far the work is, 0..1, and in which step."""
    if _place is None:
        return
    _put(_place, [round(min(max(fraction, 0.0), 1.0), 3), words])


def give(values: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Hand over a piece of the answer; its files need not come again with the whole."""
    if (receiver := _receiver.get()) is not None:
        receiver(Part(values=values, files=files))
    if _place is None:
        return
    folder = _place.parent
    for name, data in files.items():
        (folder / OUT / name).write_bytes(data)
    number = sum(1 for _ in (folder / PARTS).glob("*.json"))
    _put(folder / PARTS / f"{number:04}.json", {"values": dict(values), "files": list(files)})


def heard(folder: Path) -> tuple[float, str] | None:
    """What the child said last."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        fraction, words = json.loads((folder / FILE).read_text())
        return float(fraction), str(words)[:120]
    return None


def given(folder: Path, *, since: int) -> Iterator[Part]:
    """The pieces that the child has handed over, but for the first `since`."""
    number = since
    while (path := folder / PARTS / f"{number:04}.json").exists():
        said = json.loads(path.read_text())
        files = {name: (folder / OUT / Path(name).name).read_bytes() for name in said["files"]}
        yield Part(values=said["values"], files=files)
        number += 1


@contextlib.contextmanager
def hearing(receiver: Receiver | None) -> Iterator[None]:
    """Within the block, work that runs in this very process hands its pieces to `receiver`."""
    token = _receiver.set(receiver)
    try:
        yield
    finally:
        _receiver.reset(token)


def _put(place: Path, value: Any) -> None:
    """Whole or not at all: somebody reads it at any moment."""
    draft = place.with_suffix(".new")
    draft.write_text(json.dumps(value, allow_nan=False))
    draft.replace(place)
