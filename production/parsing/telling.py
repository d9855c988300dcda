"""What a confined child says before it is done: how far it is, and pieces of its answer that are ready already.

It writes files that the worker reads. In any other process nobody listens, unless `hearing` says who. It can also ask
the worker for something that it must not have itself, such as a signature.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

_place: Path | None = None
FILE = "progress"
PARTS = "parts"
OUT = "out"
QUESTION = "question"
_ANSWER_SECONDS_MAX = 30.0
_ANSWER_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of the answer: JSON values, and the files it wrote."""

    values: Mapping[str, Any]
    files: Mapping[str, bytes]


Receiver: TypeAlias = Callable[[Part], None]
Answerer: TypeAlias = Callable[[bytes], bytes]
_receiver: ContextVar[Receiver | None] = ContextVar("receiver", default=None)
_answerer: ContextVar[Answerer | None] = ContextVar("answerer", default=None)


class UnansweredError(Exception):
    """Nobody answered what the child asked."""


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


def ask(question: bytes) -> bytes:
    """Ask the worker one thing, and wait for what it says.

    Raises
    ------
    UnansweredError
        If nobody is there, or nobody answers in time.
    """
    if (answerer := _answerer.get()) is not None:
        return answerer(question)
    if _place is None:
        raise UnansweredError
    asked = _place.parent / QUESTION
    _put_bytes(asked, question)
    answer, until = asked.with_suffix(".answer"), time.monotonic() + _ANSWER_SECONDS_MAX
    while not answer.exists():
        if time.monotonic() > until:
            raise UnansweredError
        time.sleep(_ANSWER_POLL_SECONDS)
    said = answer.read_bytes()
    answer.unlink()
    return said


def answer(folder: Path, answerer: Answerer) -> None:
    """The worker's side of `ask`: answer the question that waits, if one does."""
    asked = folder / QUESTION
    with contextlib.suppress(FileNotFoundError):
        question = asked.read_bytes()
        asked.unlink()
        _put_bytes(asked.with_suffix(".answer"), answerer(question))


@contextlib.contextmanager
def hearing(receiver: Receiver | None, answerer: Answerer | None = None) -> Iterator[None]:
    """Within the block, work in this very process hands its pieces to `receiver` and asks `answerer`."""
    tokens = _receiver.set(receiver), _answerer.set(answerer)
    try:
        yield
    finally:
        _receiver.reset(tokens[0])
        _answerer.reset(tokens[1])


def _put(place: Path, value: Any) -> None:
    _put_bytes(place, json.dumps(value, allow_nan=False).encode())


def _put_bytes(place: Path, value: bytes) -> None:
    """Whole or not at all: somebody reads it at any moment."""
    draft = place.with_suffix(".new")
    draft.write_bytes(value)
    draft.replace(place)
