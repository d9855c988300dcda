"""The key of a piece or recording."""

from typing import Final

import numpy as np

from engine.analysis import tonal_ear
from engine.arrays import Doubles, Floats, Mono
from engine.dsp import stft
from engine.score import Score
from engine.theory.names import key_name

# Probe-tone ratings of the twelve pitch classes over the tonic.
# Source: C. Krumhansl, E. Kessler, "Tracing the dynamic changes in perceived tonal organization", 1982.
_MAJOR: Final = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR: Final = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_WINDOW: Final = 8192
_LOW_HZ, _HIGH_HZ = 65.0, 2100.0


def of_score(score: Score) -> str | None:
    """Key that fits the notes best, such as "C major" or "F# minor"; None without pitched notes."""
    weights = np.zeros(12)
    for part in score.parts:
        for note in part.notes if not part.is_drums else ():
            weights[note.pitch_midi % 12] += float(note.duration) + 0.05
    return best_key(weights)


def of_signal(mono: Mono, *, sample_rate_hz: int) -> str | None:
    """Key that fits the chroma of a recording best; None for silence or noise without pitch."""
    return best_key(chroma(mono, sample_rate_hz=sample_rate_hz))


def chroma(mono: Mono, *, sample_rate_hz: int) -> Doubles:
    """Energy of spectral peaks in each pitch class, C first, (12,) float64."""
    spectrum = stft.magnitude(mono, window=_WINDOW, hop=_WINDOW // 2)
    hz = np.arange(spectrum.shape[0]) * sample_rate_hz / _WINDOW
    inner = spectrum[1:-1]
    # Only bins above both neighbours count: the skirts of a loud note are not notes.
    tops = np.where((inner > spectrum[:-2]) & (inner > spectrum[2:]), inner, 0.0).sum(axis=1)
    hz = hz[1:-1]
    kept = (hz >= _LOW_HZ) & (hz <= _HIGH_HZ)
    classes = np.round(69 + 12 * np.log2(hz[kept] / 440)).astype(int) % 12
    return np.asarray(np.bincount(classes, weights=tops[kept].astype(np.float64), minlength=12), dtype=np.float64)


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
