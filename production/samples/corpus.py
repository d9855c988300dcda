"""Where the demo's music comes from: three collections inside the music21 package, and who encoded them.

Only collections whose files may be used for anything were taken; docs/demo-music.md lists files and terms.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from engine.io import musicxml
from engine.score import Score, TempoMark
from production.samples import abc


class MissingCorpusError(RuntimeError):
    """The music21 package, which brings the tunes along, is not installed."""


@lru_cache(maxsize=1)
def root() -> Path:
    """The corpus folder of the installed package (the package itself, slow to load, is never imported)."""
    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        raise MissingCorpusError("the package music21, whose corpus holds the demo's tunes, is not installed")
    return Path(found.origin).parent / "corpus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One piece of one collection. `number` picks a tune of a file that holds many (its X: line)."""

    collection: str
    file: str
    number: int = 0

    @property
    def path(self) -> Path:
        """The file."""
        return root() / self.collection / self.file


def tune(source: Source) -> abc.Tune:
    """A tune of one of the two dance collections."""
    text = source.path.read_text(encoding="utf-8", errors="replace")
    for one in abc.tunes(text):
        if not source.number or int(re.match(r"X:\s*(\d+)", one)[1]) == source.number:  # type: ignore[index]
            return abc.read(one)
    raise MissingCorpusError(f"{source.file} holds no tune {source.number}")


def chorale(source: Source, *, bars: int, tempo_bpm: int) -> Score:
    """The first bars of a chorale, as loops are cut: from the first full bar on, at a tempo of our own."""
    score = musicxml.read(source.path.read_bytes())
    meter = score.meters[0]
    upbeat = _upbeat(score)
    cut = score.between(upbeat, upbeat + bars * meter.bar)
    tempo = TempoMark(at=Fraction(0), us_per_quarter=round(60_000_000 / tempo_bpm))
    return Score(title=score.title, parts=cut.parts, tempos=(tempo,), meters=cut.meters[:1], keys=cut.keys[:1])


def _upbeat(score: Score) -> Fraction:
    """A chorale that begins before its first bar line begins on the last beat of a bar."""
    marks = score.meters
    if len(marks) > 1 and marks[1].at < marks[0].bar:
        return marks[1].at
    return Fraction(0)
