"""How far notes that sound together are from their keys, moment by moment: the bends of polyphony.

Of each key the strongest partials that can be told from the neighbouring keys' are measured, by where their energy lies
to a fraction of a bin (frequency reassignment: Auger and Flandrin, IEEE Trans. Signal Processing 43(5), 1995). A moment
counts where those partials agree; a note has a bend where most of its moments count.
"""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage

from engine.arrays import Doubles, Floats, Mono
from engine.transcription.features import FRAME_S
from engine.transcription.posteriors import RATE_HZ
from engine.transcription.spectrum import HOP

_WINDOW: Final = 2048
_PARTIALS: Final = 4  # measured of each key
_LOWEST_HZ: Final = 270.0  # from here on a semitone is wide enough to be told apart
_HIGHEST_HZ: Final = 6000.0
_BINS: Final = int(_HIGHEST_HZ * 1.06 * _WINDOW / RATE_HZ) + 2
_REACH_CENTS: Final = 90.0
_AGREE_CENTS: Final = 14.0  # partials this near to each other agree
_AGREE_SHARE: Final = 0.7  # of their weight must
_QUIET: Final = 1e-3  # of the frame's loudest bin: what is softer is not measured
_HELD_SHARE: Final = 0.5  # of a note's moments must count
_MOVING_SHARE: Final = 0.75  # and so many more if it moves
_SMOOTH: Final = 0.45  # correlation of each moment with the next from which a movement is believed
_SETTLED_S: Final = 0.05  # of its beginning are not looked at: strokes are noise
_SHORTEST_S: Final = 0.15
_STEADY_CENTS: Final = 10.0  # a note that moves less than this is held at one pitch
IN_TUNE_CENTS: Final = 6.0  # and one that is held this near to its key has no bend
A_SECOND: Final = 50  # values of a bend


class BendFollower:
    """Takes a recording piece by piece, in whole frames, and tells the bends of notes in what it has not forgotten."""

    def __init__(self) -> None:
        self._first = 0
        self._spectra = np.zeros((2, 0, _BINS), np.float32)

    def push(self, mono: Mono, *, skip: int, frames: int) -> None:
        """Take the next `frames`; `mono` begins `skip` frames before them and goes on after them."""
        self._spectra = np.concatenate([self._spectra, spectra(mono, skip, frames)], axis=1)

    def forget(self, frame: int) -> None:
        """Frames before `frame` are needed no more."""
        drop = min(max(frame - self._first, 0), self._spectra.shape[1])
        self._spectra, self._first = self._spectra[:, drop:], self._first + drop

    def bend(self, pitch_midi: int, onset_s: float, offset_s: float) -> tuple[float, ...]:
        """Cents above `pitch_midi`, evenly spaced over the note; empty where it is in tune or could not be followed."""
        first = max(round((onset_s + _SETTLED_S) / FRAME_S) - self._first, 0)
        seen = self._spectra[:, first : max(round(offset_s / FRAME_S) - self._first, 0)]
        if offset_s - onset_s < _SHORTEST_S or seen.shape[1] < 3:
            return ()
        heard = deviation(seen[0], seen[1], pitch_midi)
        counts = np.isfinite(heard)
        if counts.mean() < _HELD_SHARE:
            return ()
        return _bend(heard, counts, (self._first + first) * FRAME_S, onset_s, offset_s)


def _bend(
    heard: Doubles, counts: NDArray[np.bool_], first_s: float, onset_s: float, offset_s: float
) -> tuple[float, ...]:
    """The bend of a note whose moments that count deviate by `heard`."""
    frames = np.flatnonzero(counts)
    cents = ndimage.median_filter(heard[frames], 3, mode="nearest")
    low, middle, high = np.percentile(cents, [10, 50, 90])
    count = max(int((offset_s - onset_s) * A_SECOND), 2)
    if high - low < _STEADY_CENTS:
        return () if abs(middle) < IN_TUNE_CENTS else (round(float(middle), 1),) * 2
    if counts.mean() < _MOVING_SHARE or _likeness(cents) < _SMOOTH:
        return ()
    places = np.linspace(onset_s, offset_s, count)
    return tuple(np.round(np.interp(places, first_s + frames * FRAME_S, cents), 1).tolist())


def _likeness(cents: Doubles) -> float:
    """Correlation of each moment with the next, -1..1: a voice that moves is smooth, sounds that collide are not."""
    moved = cents - cents.mean()
    return float((moved[1:] * moved[:-1]).sum() / max(float((moved**2).sum()), 1e-9))


def spectra(mono: Mono, skip: int, frames: int) -> Floats:
    """Power of each bin, and the bin where its energy lies, (2, frames, bins) float32.

    mono : (samples,) at `RATE_HZ`; frame i of the result is centred on sample (skip + i) * HOP
    """
    start, stop = skip * HOP - _WINDOW // 2, (skip + frames - 1) * HOP + _WINDOW // 2
    padded = np.pad(mono[max(start, 0) : stop], (max(-start, 0), max(stop - len(mono), 0)))
    views = sliding_window_view(padded, _WINDOW)[::HOP]
    parts = [_of_frames(views[at : at + 128]) for at in range(0, frames, 128)]
    return np.concatenate(parts, axis=1)


def _of_frames(views: Floats) -> Floats:
    shape = np.hanning(_WINDOW + 1)[:-1]
    plain = np.fft.rfft(views * shape, axis=1)[:, :_BINS]
    sloped = np.fft.rfft(views * np.gradient(shape), axis=1)[:, :_BINS]
    power = np.abs(plain) ** 2
    shift = -np.imag(sloped * np.conj(plain)) / np.maximum(power, 1e-12)
    return np.stack([power, np.arange(_BINS) + shift * _WINDOW / (2 * np.pi)]).astype(np.float32)


def deviation(power: Floats, bins: Floats, pitch_midi: int) -> Doubles:
    """Cents by which a key sounds too high, (frames,); not a number where its partials do not agree.

    power, bins : (frames, bins), from `spectra`
    """
    hz = 440 * 2 ** ((pitch_midi - 69) / 12)
    partials = hz * (max(np.ceil(_LOWEST_HZ / hz), 1) + np.arange(_PARTIALS))
    targets = partials[partials < _HIGHEST_HZ] * _WINDOW / RATE_HZ
    ratio = 2 ** (_REACH_CENTS / 1200)
    cents, weight = np.zeros((2, len(power), len(targets)))
    floor = np.maximum(power.max(axis=1, initial=0) * _QUIET**2, 1e-8)
    for index, target in enumerate(targets.tolist()):
        near = slice(int(target / ratio), int(np.ceil(target * ratio)) + 1)
        best = power[:, near].argmax(axis=1)[:, np.newaxis]
        level, place = (np.take_along_axis(side[:, near], best, axis=1)[:, 0] for side in (power, bins))
        cents[:, index] = 1200 * np.log2(np.maximum(place, 1e-3) / target)
        weight[:, index] = np.where((np.abs(cents[:, index]) <= _REACH_CENTS) & (level > floor), level**0.25, 0)
    return _agreed(cents, weight)


def _agreed(cents: Doubles, weight: Doubles) -> Doubles:
    """The mean over the partials that agree with the one most others agree with, (frames,)."""
    near = np.abs(cents[:, :, np.newaxis] - cents[:, np.newaxis, :]) <= _AGREE_CENTS
    backing = (near * weight[:, np.newaxis, :]).sum(axis=2) * (weight > 0)
    mine = near[np.arange(len(cents)), backing.argmax(axis=1)] * weight
    agreed, total = mine.sum(axis=1), weight.sum(axis=1)
    mean = (mine * cents).sum(axis=1) / np.maximum(agreed, 1e-12)
    return np.where((total > 0) & (agreed >= _AGREE_SHARE * total), mean, np.nan)
