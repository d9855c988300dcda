"""The key of a piece or recording."""

from typing import Final

import numpy as np

from engine.analysis import chroma, tonal_ear
from engine.arrays import Doubles, Floats, Mono
from engine.dsp.resample import resample
from engine.score import Score
from engine.theory.names import key_name

# Probe-tone ratings of the twelve pitch classes over the tonic.
# Source: C. Krumhansl, E. Kessler, "Tracing the dynamic changes in perceived tonal organization", 1982.
_MAJOR: Final = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR: Final = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_PIECE_S: Final = 10.0


def of_score(score: Score) -> str | None:
    """Key that fits the notes best, such as "C major" or "F# minor"; None without pitched notes."""
    weights = np.zeros(12)
    for part in score.parts:
        for note in part.notes if not part.is_drums else ():
            weights[note.pitch_midi % 12] += float(note.duration) + 0.05
    return best_key(weights)


def of_signal(mono: Mono, *, sample_rate_hz: int) -> str | None:
    """Key of a recording, as `of_rows` hears it; None for silence or noise without pitch.

    What is shorter than `_PIECE_S` is no piece with a key of its own, and is judged by the profiles.
    """
    low = resample(mono[np.newaxis], from_hz=sample_rate_hz, to_hz=chroma.RATE_HZ)[0]
    rows = chroma.chroma_of(low)
    if len(rows) * chroma.FRAME_S < _PIECE_S:
        total = rows.sum(axis=0, dtype=np.float64)
        return best_key(np.asarray(total[:12] + total[12:], np.float64))
    found = of_rows(rows)
    return found[0] if found else None


def best_key(weights: Doubles) -> str | None:
    """Name of the key whose profile correlates best with twelve weights; ties go to the lower tonic, major first.

    None if the weights are all equal.
    """
    if float(np.ptp(weights)) < 1e-9:
        return None
    scores = []
    for tonic in range(12):
        turned = np.roll(weights, -tonic)
        for mode, profile in (("major", _MAJOR), ("minor", _MINOR)):
            scores.append((float(np.corrcoef(turned, profile)[0, 1]), -tonic, mode))
    _, tonic, mode = max(scores, key=lambda entry: (round(entry[0], 9), entry[1], entry[2] == "major"))
    return key_name(-tonic, "minor" if mode == "minor" else "major")


def of_rows(rows: Floats) -> tuple[str, float] | None:
    """Key of gathered chroma and how sure it is, 0..1; None for silence or noise without pitch.

    rows : (frames, 24) as `engine.analysis.chroma.ChromaGatherer` gives it
    """
    total = rows.sum(axis=0, dtype=np.float64)
    if not len(rows) or float(total.sum()) < 1e-6 or float(np.ptp(total[:12] + total[12:])) < 1e-9:
        return None
    chances = np.exp(tonal_ear.key_scores(total))
    best = int(np.argmax(chances))
    return key_name(best // 2, "minor" if best % 2 else "major"), float(chances[best])
