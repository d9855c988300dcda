"""Known music and proposals judged by one network, in the confined process: what is known is somebody's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError
from engine.io import notes
from production.parsing.telling import tell

if TYPE_CHECKING:
    from engine.recommend.ranking import Passage

Outcome = tuple[dict[str, Any], dict[str, bytes]]


def rank(
    data: bytes,
    *,
    sizes: list[int],
    passages: list[Mapping[str, Any]],
    capability: str,
    values: Mapping[str, Any],
) -> Outcome:
    """Fits of some passages after what is given, the best first; those that cannot be read or judged are left out.

    data : files one after the other, `sizes` bytes each: what is given, then every passage
    passages : {id, drawn, chords?} each; chords as (onset in quarter notes as text, symbol)
    """
    from engine.recommend import ranking

    given, *files = [data[start:stop] for start, stop in pairwise(accumulate(sizes, initial=0))]
    tell(0.1, "Reading what is known")
    read = [one for said, file in zip(passages, files, strict=True) if (one := _passage(said, file)) is not None]
    tell(0.3, "Comparing")
    fits = ranking.rank(capability, notes.read(given), read, values)
    return {"event": ranking.EVENTS[capability], "fits": [asdict(fit) for fit in fits]}, {}


def _passage(said: Mapping[str, Any], file: bytes) -> Passage | None:
    from engine.recommend.ranking import Passage

    try:
        score = notes.read(file)
    except EngineError:
        return None
    chords: Sequence[Sequence[str]] = said.get("chords") or ()
    return Passage(
        id=str(said["id"]),
        score=score,
        chords=tuple((Fraction(onset), symbol) for onset, symbol in chords),
        is_drawn=bool(said.get("drawn")),
    )
