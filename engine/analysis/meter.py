"""The time signature of a score, or of beats that were heard."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.analysis import beats, chroma
from engine.arrays import Doubles, Floats
from engine.score import Score

_METERS: Final = (4, 3, 2)
# As much more must another meter explain. Bars of two are rare, and fit nearly everything that has bars of four.
_PRIOR: Final = {4: 0.06, 3: 0.0, 2: -0.3}

_NEW_START: Final = 6.0  # in standard deviations of accent


def of_score(score: Score) -> str | None:
    """The time signature that holds longest, such as "3/4"; None where the score names none."""
    if not score.meters:
        return None
    end = max(score.end, score.meters[-1].at)
    stops = [mark.at for mark in score.meters[1:]] + [end]
    held: dict[str, float] = {}
    for mark, stop in zip(score.meters, stops, strict=True):
        name = f"{mark.numerator}/{mark.denominator}"
        held[name] = held.get(name, 0.0) + float(stop - mark.at)
    return max(held, key=lambda name: held[name])


def of_beats(times_s: Sequence[float], registers: Floats, rows: Floats) -> tuple[int, int, float] | None:
    """Beats in a bar, the index of the first downbeat, and how sure that is, 0..1; None for too few beats.

    A downbeat is louder in the bass and brings new harmony: the period and phase that gather most of both win.

    Parameters
    ----------
    registers : onset strength as `engine.analysis.beats.OnsetGatherer` gives it
    rows : chroma as `engine.analysis.chroma.ChromaGatherer` gives it
    """
    if len(times_s) < 8:
        return None
    accent = _accents(np.asarray(times_s), registers, rows)
    found = []
    for count in _METERS:
        means = np.array([accent[phase::count].mean() for phase in range(count)])
        best = int(np.argmax(means))
        spread = float(means[best] - np.delete(means, best).mean())
        found.append((spread * (1 - 1 / count) ** 0.5 + _PRIOR[count], count, best))
    score, count, phase = max(found)
    second = max(entry[0] for entry in found if entry[1] != count)
    return count, phase, float(np.clip(0.5 + score - second, 0.0, 1.0))


def downbeats_of(times_s: Sequence[float], registers: Floats, rows: Floats, *, count: int) -> tuple[int, ...]:
    """Indexes of the beats that begin bars of `count` beats, where a bar may now and then be cut short or begin anew.

    Songs add half bars and beat trackers lose beats, so one phase does not hold for minutes: of all ways to count
    through the piece that gathers most accent wins, each new start costing `_NEW_START`.

    Parameters
    ----------
    registers, rows : as for `of_beats`
    """
    if not len(times_s):
        return ()
    accent = _accents(np.asarray(times_s), registers, rows)
    score, came = np.zeros(count), np.zeros((len(accent), count), np.int64)
    for beat, strength in enumerate(accent.tolist()):
        going_on, best = np.roll(score, 1), int(np.argmax(score))
        starts_anew = score[best] - _NEW_START > going_on
        came[beat] = np.where(starts_anew, best, np.roll(np.arange(count), 1))
        score = np.where(starts_anew, score[best] - _NEW_START, going_on)
        score[0] += strength
    place, found = int(np.argmax(score)), []
    for beat in range(len(accent) - 1, -1, -1):
        if place == 0:
            found.append(beat)
        place = int(came[beat, place])
    return tuple(found[::-1])


def _accents(times: Doubles, registers: Floats, rows: Floats) -> Doubles:
    """How much each beat stands out: strength of its onset in the bass, and change of harmony, each standardised."""
    frames = np.clip(np.round(times / beats.FRAME_S).astype(int), 0, max(len(registers) - 1, 0))
    padded = np.pad(registers, ((2, 3), (0, 0)))
    bass = np.array([padded[frame : frame + 5, 0].max() for frame in frames], np.float64)
    edges = np.clip(np.round(times / chroma.FRAME_S).astype(int), 0, len(rows))
    change = np.zeros(len(times))
    for index in range(1, len(times) - 1):
        before = rows[edges[index - 1] : max(edges[index], edges[index - 1] + 1)].mean(axis=0)
        after = rows[edges[index] : max(edges[index + 1], edges[index] + 1)].mean(axis=0)
        size = float(np.linalg.norm(before) * np.linalg.norm(after))
        change[index] = 1 - float(before @ after) / size if size > 0 else 0.0
    return np.asarray(_standard(np.log1p(bass)) + 1.5 * _standard(change), np.float64)


def _standard(values: Doubles) -> Doubles:
    spread = float(values.std())
    return np.asarray((values - values.mean()) / spread if spread > 0 else values * 0, np.float64)
