"""Level detectors and gain computers, whole blocks at a time and exact to the sample.

The envelope falls by equal decibels in equal time and rises at once. In decibels that is a running maximum over a
tilted line, so no loop over samples is needed. Attack comes after the gain computer, as one pole on the gain in
decibels: the "smooth, decoupled" arrangement with its release in the log domain.

Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design: A Tutorial and Analysis",
J. Audio Eng. Soc. 60(6), 2012, eq. (4) (soft knee), section 2.3 (log domain, decoupled detectors).
"""

from itertools import pairwise
from typing import Final

import numpy as np
from scipy import signal as filters

from engine.arrays import Bools, Doubles

FLOOR_DB: Final = -140.0
_NEPER_DB: Final = 20 / np.log(10)  # what one time constant of an exponential decay takes away


def fall_db_per_sample(release_ms: float, sample_rate_hz: int) -> float:
    """The slope at which a level falls to 1/e (8.69 dB) in `release_ms`."""
    return float(_NEPER_DB / (release_ms / 1000 * sample_rate_hz))


def keep_per_sample(time_ms: float, sample_rate_hz: int) -> float:
    """Coefficient of a one-pole filter with this time constant: exp(-1 / (time * rate))."""
    return float(np.exp(-1 / (time_ms / 1000 * sample_rate_hz)))


class FallingEnvelope:
    """e[n] = max(level[n], e[n-1] - fall): up at once, down in a straight line of decibels."""

    def __init__(self, fall_db: float, *, start_db: float = FLOOR_DB) -> None:
        self._fall = fall_db
        self._last = start_db

    def run(self, level_db: Doubles) -> Doubles:
        """(samples,) to (samples,), dB."""
        slope = self._fall * np.arange(1, len(level_db) + 1)
        tilted = np.maximum.accumulate(level_db + slope)
        envelope = np.maximum(tilted, self._last) - slope
        self._last = float(envelope[-1])
        return np.asarray(envelope)


class OnePole:
    """s[n] = keep * s[n-1] + (1 - keep) * x[n] along the last axis."""

    def __init__(self, keep: float, *, rows: int | None = None, start: float = 0.0) -> None:
        self._b, self._a = np.array([1 - keep]), np.array([1.0, -keep])
        self._state = np.full((1,) if rows is None else (rows, 1), keep * start)

    def run(self, values: Doubles) -> Doubles:
        """(..., samples) to (..., samples)."""
        out, self._state = filters.lfilter(self._b, self._a, values, axis=-1, zi=self._state)
        self._state[np.abs(self._state) < 1e-30] = 0.0
        return np.asarray(out)


class OnePoleRows:
    """The same filter over many rows, two or three times as fast: products with a triangle of powers of `keep`.

    Takes (rows, samples) with a multiple of 32 samples.
    """

    STRETCH: Final = 32

    def __init__(self, keep: float, *, rows: int) -> None:
        power = np.arange(self.STRETCH)
        self._triangle = (1 - keep) * np.triu(keep ** np.maximum(power[np.newaxis] - power[:, np.newaxis], 0))
        self._fade = keep ** (power + 1)
        self._carry = keep**self.STRETCH
        self._carried: dict[int, tuple[Doubles, Doubles]] = {}  # by the number of stretches
        self._last = np.zeros((rows, 1))

    def run(self, values: Doubles) -> Doubles:
        """(rows, samples) to (rows, samples)."""
        rows = len(values)
        alone = values.reshape(rows, -1, self.STRETCH) @ self._triangle
        # What each stretch inherits from those before it is again one pole, over the stretches' last values, and again
        # a product with a triangle: there are too few of them for a filter to be worth its call.
        triangle, powers = self._carries(alone.shape[1])
        ends = alone[:, :, -1] @ triangle + self._last * powers
        alone[:, 0] += self._last * self._fade
        alone[:, 1:] += ends[:, :-1, np.newaxis] * self._fade
        self._last = np.where(np.abs(ends[:, -1:]) < 1e-30, 0.0, ends[:, -1:])
        return np.asarray(alone.reshape(rows, -1))

    def _carries(self, count: int) -> tuple[Doubles, Doubles]:
        """What of each stretch's end reaches those after it, and of what came before reaches each."""
        if count not in self._carried:
            place = np.arange(count)
            late = np.maximum(place[np.newaxis] - place[:, np.newaxis], 0)
            self._carried[count] = (np.asarray(np.triu(self._carry**late)), np.asarray(self._carry ** (place + 1.0)))
        return self._carried[count]


def compressor_gain_db(level_db: Doubles, threshold_db: Doubles, ratio: Doubles, knee_db: Doubles) -> Doubles:
    """Static curve of a compressor: the change in dB for each level, <= 0; arrays are broadcast."""
    over, slope = level_db - threshold_db, 1 / np.asarray(ratio) - 1
    bend = np.square(np.clip(over + knee_db / 2, 0, knee_db)) / np.maximum(2 * knee_db, 1e-9)
    return np.asarray(slope * np.where(over > knee_db / 2, over, bend))


def is_open(
    level_db: Doubles, *, opens_db: Doubles, closes_db: Doubles, hold_samples: int, was_open: bool, quiet_samples: int
) -> tuple[Bools, int]:
    """A gate's state at each sample: open above `opens_db`, shut after `hold_samples` below `closes_db`.

    Parameters
    ----------
    level_db : (samples,)
    quiet_samples : how long it had been below `closes_db` before the first sample

    Returns
    -------
    (samples,) bool, and `quiet_samples` for the next block.
    """
    index = np.arange(len(level_db))
    stays = level_db >= closes_db
    last_stay = np.maximum.accumulate(np.where(stays, index, -1 - quiet_samples))
    quiet = index - last_stay
    event = np.where(level_db > opens_db, 1, np.where(quiet > hold_samples, -1, 0))
    latest = np.maximum.accumulate(np.where(event != 0, index, -1))
    state = np.where(latest >= 0, event[latest] > 0, was_open)
    return np.asarray(state, dtype=np.bool_), int(quiet[-1])


class Gliding:
    """One pole towards a target that jumps between two values, with one time constant up and one down.

    Between two jumps the answer is a closed form, so the loop runs over jumps and not over samples.
    """

    def __init__(self, keep_up: float, keep_down: float, *, start: float) -> None:
        self._keep_up, self._keep_down = keep_up, keep_down
        self._last = start

    def run(self, is_high: Bools, high: Doubles, low: Doubles) -> Doubles:
        """(samples,) of values between `low` and `high`, each (samples,) or (1,); they hold within one stretch."""
        out = np.empty(len(is_high))
        edges = [0, *(np.flatnonzero(np.diff(is_high)) + 1).tolist(), len(is_high)]
        for first, last in pairwise(edges):
            ends, keep = (high, self._keep_up) if is_high[first] else (low, self._keep_down)
            target = float(ends[first] if len(ends) > 1 else ends[0])
            fade = keep ** np.arange(1, last - first + 1)
            out[first:last] = target + (self._last - target) * fade
            self._last = float(out[last - 1])
        return out
