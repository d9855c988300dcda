"""How fast a piece or recording goes."""

import numpy as np

from engine.analysis import beats
from engine.arrays import Mono
from engine.dsp.resample import resample
from engine.score import DEFAULT_TEMPO_US, Score, TempoMark


def of_score(score: Score) -> float:
    """The tempo that holds for most of the notes' time, quarter notes a minute (120 where none is given)."""
    first = score.tempos[:1]
    marks = list(score.tempos)
    if not first or first[0].at > 0:
        marks.insert(0, TempoMark(at=score.end * 0, us_per_quarter=DEFAULT_TEMPO_US))
    end = max(score.end, marks[-1].at)
    held: dict[int, float] = {}
    for mark, stop in zip(marks, [mark.at for mark in marks[1:]] + [end], strict=True):
        span = float(min(stop, end) - mark.at)
        held[mark.us_per_quarter] = held.get(mark.us_per_quarter, 0.0) + span
    most = max(held, key=lambda us: (held[us], -us))
    return round(60_000_000 / most, 3)


def of_signal(mono: Mono, *, sample_rate_hz: int) -> float | None:
    """Tempo of a recording, beats a minute, as `engine.analysis.beats` hears it; None without a steady pulse."""
    low = resample(mono[np.newaxis], from_hz=sample_rate_hz, to_hz=beats.RATE_HZ)[0]
    found = beats.beats_of(beats.onsets_of(low))
    return round(found.bpm, 1) if found else None
