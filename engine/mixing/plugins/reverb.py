"""Reverberation: a network of sixteen delays that feed each other."""

from typing import Final

import numpy as np

from engine.arrays import Doubles
from engine.dsp.dynamics import OnePoleRows
from engine.mixing.parameters import Number
from engine.mixing.plugin import BLOCK, Place, Plugin

_LINES: Final = 16
# Each line's delay at size 1, ms; it becomes the next prime number of samples, so that no two lines ring together.
_DELAYS_MS: Final = (
    29.7, 31.9, 33.7, 36.1, 38.3, 41.1, 43.7, 46.9, 49.9, 53.3, 56.9, 60.7, 64.9, 68.9, 73.3, 78.1,
)  # fmt: skip
# Before the lines each channel is scattered over twelve taps: place in ms at size 1, sign; each 0.85 of the one before.
_SCATTER: Final = (
    ((0.0, 1), (1.7, -1), (3.1, 1), (4.9, 1), (7.3, -1), (9.7, 1), (12.1, -1), (15.3, -1), (18.1, 1), (21.7, 1),
     (25.3, -1), (29.9, 1)),
    ((0.3, 1), (1.3, 1), (3.7, -1), (5.3, 1), (6.7, -1), (10.3, -1), (12.7, 1), (14.9, -1), (18.7, 1), (20.9, -1),
     (26.1, 1), (30.7, 1)),
)  # fmt: skip
_SCATTER_FALL: Final = 0.85
_STRETCH_MAX: Final = 1_024  # what stays in the processor's near memory
_QUIET: Final = 1e-15  # -300 dB


def hadamard(order: int) -> Doubles:
    """Sylvester's matrix of +1 and -1, (order, order), order a power of two."""
    matrix = np.ones((1, 1))
    while len(matrix) < order:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def next_prime(number: int) -> int:
    """The least prime number that is not below `number`."""
    while any(number % divisor == 0 for divisor in range(2, int(number**0.5) + 1)):
        number += 1
    return number


def damping_keep(factor: float, damping_hz: float, rate: int) -> float:
    """b of (1 - b) / (1 - b z^-1) whose gain at `damping_hz` is `factor` (< 1)."""
    square = factor**2
    middle = 1 - square * np.cos(2 * np.pi * min(damping_hz / rate, 0.49))
    return float((middle - np.sqrt(middle**2 - (1 - square) ** 2)) / (1 - square))


class Reverb(Plugin):
    """Feedback delay network: orthogonal (Hadamard) mixing, decay per line, one pole of damping in each.

    Source: J.-M. Jot, A. Chaigne, "Digital delay networks for designing artificial reverberators", AES 90, 1991.
    """

    kind = "reverb"
    title = "Reverb"
    text = "Reverberation of a room; decay_s is the time to -60 dB, half as long at damping_hz."
    parameters = (
        Number(name="decay_s", title="Decay", unit="s", minimum=0.1, maximum=12, default=1.5, curve="log"),
        Number(name="pre_delay_ms", title="Pre-delay", unit="ms", minimum=0, maximum=250, default=10),
        Number(name="damping_hz", title="Damping", unit="Hz", minimum=200, maximum=20_000, default=6_000, curve="log"),
        Number(name="size", title="Size", minimum=0.25, maximum=2, default=1, curve="log", text="Scales every delay."),
        Number(name="mix", title="Mix", minimum=0, maximum=1, default=0.25, movement="sample"),
    )  # fmt: skip

    def prepare(self, place: Place) -> None:
        """Lay the lines."""
        number = self.values.number
        size, decay = number("size"), number("decay_s") * self.rate
        delays = [next_prime(round(ms * size / 1000 * self.rate)) for ms in _DELAYS_MS]
        self._delays, mean = delays, sum(delays) / _LINES
        # The shortest line, 59 samples at least, bounds what can be worked out at once.
        self._stretch = min(min(delays), _STRETCH_MAX) // OnePoleRows.STRETCH * OnePoleRows.STRETCH
        gains = np.array([10 ** (-3 * delay / decay) for delay in delays])[:, np.newaxis]
        keep = damping_keep(10 ** (-3 * mean / decay), number("damping_hz"), self.rate)
        self._lowpass = OnePoleRows(keep, rows=_LINES)
        self._lines = np.zeros((_LINES, max(delays) + BLOCK))
        # Each line's decay is taken off where it is written: what goes in from outside and from all lines alike.
        self._matrix = gains * hadamard(_LINES) / np.sqrt(_LINES)
        self._inputs = np.zeros((_LINES, self.channels))
        self._inputs[np.arange(_LINES), np.arange(_LINES) % self.channels] = 1
        self._inputs *= gains / np.sqrt(self._inputs.sum(axis=0))
        # So that the energy of the response to an impulse is 1 in each channel, whatever the decay.
        energy = 1 - 10 ** (-6 * mean / decay)
        self._outputs = hadamard(_LINES)[1 : 1 + self.channels] * np.sqrt(energy / self.channels)
        self._lay_taps(size, number("pre_delay_ms"))
        self.tail_samples = int(decay) + self._past.shape[1]

    def _lay_taps(self, size: float, pre_delay_ms: float) -> None:
        fall = _SCATTER_FALL ** np.arange(len(_SCATTER[0]))
        fall /= np.sqrt(np.square(fall).sum())
        self._taps = [
            [
                (round((pre_delay_ms + ms * size) / 1000 * self.rate), sign * gain)
                for (ms, sign), gain in zip(row, fall, strict=True)
            ]
            for row in _SCATTER
        ]
        reach = max(late for row in self._taps for late, _ in row)
        self._past = np.zeros((self.channels, reach))

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block, in stretches no longer than the shortest line."""
        arriving = self._inputs @ self._scattered(block)
        lines = self._lines
        wet = np.empty_like(block)
        for first in range(0, BLOCK, self._stretch):
            last = min(first + self._stretch, BLOCK)
            # A line's row is shifted by its delay: what is read at n was written at n for all lines alike.
            heard = self._lowpass.run(lines[:, first:last])
            wet[:, first:last] = self._outputs @ heard
            fed = self._matrix @ heard + arriving[:, first:last]
            for line, delay, values in zip(lines, self._delays, fed, strict=True):
                line[first + delay : last + delay] = values
        lines[:, :-BLOCK] = lines[:, BLOCK:].copy()
        if np.abs(fed).max() < _QUIET:
            lines[:] = 0.0  # or it would die away for ever, in denormal numbers, which are slow
        return self.mixed(block, wet)

    def _scattered(self, block: Doubles) -> Doubles:
        heard = np.concatenate([self._past, block], axis=1)
        reach = self._past.shape[1]
        self._past = heard[:, BLOCK:]
        out = np.zeros_like(block)
        for channel, line in enumerate(heard):
            for late, gain in self._taps[channel % 2]:
                out[channel] += gain * line[reach - late : reach - late + BLOCK]
        return out
