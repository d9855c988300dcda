"""Near matches: a sketch of a few hundred numbers that two versions of the same music share.

Notes are sketched by the intervals and rhythm of the top line of each part, so a transposed, faster or re-voiced copy
still matches; recordings by pairs of spectral peaks, so an excerpt or a lossy copy does. A sketch keeps the least
hashes (bottom-k), which lets two sketches say how much of the shorter one lies inside the other.

Source: A. Broder, "On the resemblance and containment of documents", 1997; A. Wang, "An industrial-strength audio
search algorithm", ISMIR 2003.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from hashlib import blake2b
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.arrays import Mono
from engine.dsp import stft
from engine.dsp.resample import resample
from engine.score import Note, Score

SKETCH_MAX: Final = 512
_GRAM: Final = 6  # successive notes in a token
_SMALL: Final = 8  # sketches below this size are compared as wholes, not by containment
_RATE_HZ: Final = 11_025
_WINDOW, _HOP = 1024, 256
FRAME_S: Final = _HOP / _RATE_HZ
_NEIGHBOURHOOD: Final = (31, 21)  # bins, frames a peak must rule
_TARGETS: Final = 5
_REACH: Final = 86  # frames ahead, about 2 s


def of_score(score: Score) -> tuple[int, ...]:
    """Sketch of the notes: sorted 48-bit hashes, at most `SKETCH_MAX`."""
    tokens: set[bytes] = set()
    for part in score.parts:
        if not part.is_drums:
            tokens.update(_note_tokens(_top_line(part.notes)))
    return _sketch(tokens)


def of_signal(mono: Mono, *, sample_rate_hz: int) -> tuple[int, ...]:
    """Sketch of a recording: sorted 48-bit hashes, at most `SKETCH_MAX`."""
    frames, bins = constellation(mono, sample_rate_hz=sample_rate_hz)
    return _sketch(_landmarks(frames.tolist(), bins.tolist()))


def constellation(mono: Mono, *, sample_rate_hz: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Peaks that rule their neighbourhood of the spectrogram: (frames, bins), in order of time.

    A frame is `FRAME_S` seconds, whatever the recording's rate.
    """
    low = resample(mono[np.newaxis], from_hz=sample_rate_hz, to_hz=_RATE_HZ)[0]
    level = np.log(stft.magnitude(low, window=_WINDOW, hop=_HOP) + 1e-4)
    tops = (ndimage.maximum_filter(level, _NEIGHBOURHOOD) == level) & (level > level.mean() + 0.5)
    frames, bins = np.nonzero(tops.T)
    return frames.astype(np.int64), bins.astype(np.int64)


def of_bytes(parts: Iterable[bytes]) -> tuple[int, ...]:
    """Sketch of a set of byte strings, for what is neither notes nor a recording (samples of a font)."""
    return _sketch(set(parts))


def similarity(first: Sequence[int], second: Sequence[int]) -> float:
    """How much of the shorter music the two sketches share, 0..1; 0 if either is empty.

    The share of the smaller set's hashes found in the other (containment); for sketches of fewer than eight hashes,
    where chance rules, the share of both together (Jaccard).
    """
    a, b = set(first), set(second)
    if not a or not b:
        return 0.0
    # A full sketch knows nothing above its greatest hash, so compare below both.
    reach = min(max(s) if len(s) >= SKETCH_MAX else 1 << 48 for s in (a, b))
    a, b = {h for h in a if h <= reach}, {h for h in b if h <= reach}
    shared, smaller = len(a & b), min(len(a), len(b))
    if smaller == 0:
        return 0.0
    return shared / len(a | b) if smaller < _SMALL else shared / smaller


def _top_line(notes: Iterable[Note]) -> list[Note]:
    """The highest note at each onset."""
    top: dict[Fraction, Note] = {}
    for note in notes:
        if note.onset not in top or note.pitch_midi > top[note.onset].pitch_midi:
            top[note.onset] = note
    return [top[onset] for onset in sorted(top)]


def _note_tokens(line: list[Note]) -> Iterator[bytes]:
    """Intervals and step ratios of each run of successive notes."""
    for start in range(len(line) - _GRAM + 1):
        run = line[start : start + _GRAM]
        gaps = [later.onset - earlier.onset for earlier, later in pairwise(run)]
        leaps = [later.pitch_midi - earlier.pitch_midi for earlier, later in pairwise(run)]
        ratios = [_ratio_class(later / earlier) for earlier, later in pairwise(gaps)]
        yield repr((leaps, ratios)).encode()


def _ratio_class(ratio: Fraction) -> int:
    """Coarse rhythm that survives a performance's freedom: much shorter -2 .. much longer 2."""
    bounds = (Fraction(2, 5), Fraction(3, 4), Fraction(4, 3), Fraction(5, 2))
    return sum(ratio > bound for bound in bounds) - 2


def _landmarks(frames: list[int], bins: list[int]) -> set[bytes]:
    found = set()
    for index, frame in enumerate(frames):
        taken = 0
        for later in range(index + 1, len(frames)):
            gap = frames[later] - frame
            if gap > _REACH or taken == _TARGETS:
                break
            if gap > 0:
                found.add(f"{bins[index]},{bins[later]},{gap // 2}".encode())
                taken += 1
    return found


def _sketch(tokens: set[bytes]) -> tuple[int, ...]:
    hashes = sorted({int.from_bytes(blake2b(token, digest_size=6).digest(), "big") for token in tokens})
    return tuple(hashes[:SKETCH_MAX])
