"""Chorus: copies whose delay sways."""

import numpy as np

from engine.arrays import Doubles
from engine.mixing.parameters import Number
from engine.mixing.plugin import BLOCK, Place, Plugin


class Chorus(Plugin):
    """The mean of voices read at n - (delay + depth * sin(...)), between samples by a cubic through four of them."""

    kind = "chorus"
    title = "Chorus"
    text = "Copies of the signal whose delay sways, on each side in its own time."
    parameters = (
        Number(name="rate_hz", title="Rate", unit="Hz", minimum=0.01, maximum=10, default=0.8, curve="log"),
        Number(name="delay_ms", title="Delay", unit="ms", minimum=1, maximum=50, default=12, curve="log"),
        Number(
            name="depth_ms", title="Depth", unit="ms", minimum=0, maximum=20, default=3,
            text="The delay sways by as much to either side, never below zero.",
        ),
        Number(name="voices", title="Voices", minimum=1, maximum=4, default=2, is_whole=True),
        Number(
            name="spread", title="Spread", minimum=0, maximum=1, default=0.5,
            text="How far the channels sway apart: 1 is half a turn.",
        ),
        Number(name="mix", title="Mix", minimum=0, maximum=1, default=0.5, movement="sample"),
    )  # fmt: skip

    def prepare(self, place: Place) -> None:
        """Keep as much of the past as the longest delay reaches."""
        number = self.values.number
        delay, depth = number("delay_ms"), min(number("depth_ms"), number("delay_ms"))
        self._delay, self._depth = delay / 1000 * self.rate, depth / 1000 * self.rate
        self._reach = int(np.ceil(self._delay + self._depth)) + 2
        self._past = np.zeros((self.channels, self._reach + 1))
        self._now = 0
        self.tail_samples = self._reach

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        # One sample of look-back more: the cubic wants a neighbour after the point, too, also at a delay of nothing.
        heard = np.concatenate([self._past, block], axis=1)
        self._past = heard[:, BLOCK:]
        wet = np.empty_like(block)
        voices = int(self.values["voices"])
        for channel, line in enumerate(heard):
            wet[channel] = sum(self._voice(line, channel, voice / voices) for voice in range(voices)) / voices
        self._now += BLOCK
        return self.mixed(block, wet)

    def _voice(self, line: Doubles, channel: int, turn: float) -> Doubles:
        number = self.values.number
        index = np.arange(BLOCK, dtype=np.float64)
        start = number("rate_hz") * self._now / self.rate + turn + number("spread") / 2 * channel
        sway = np.sin(2 * np.pi * (number("rate_hz") / self.rate * index + start % 1.0))
        late = np.maximum(self._delay + self._depth * sway, 1.0)
        at = index + self._past.shape[1] - late
        whole = at.astype(np.intp)  # positive: cut off is rounded down
        return cubic(line, whole, np.asarray(at - whole, dtype=np.float64))


def cubic(line: Doubles, whole: np.ndarray[tuple[int], np.dtype[np.intp]], part: Doubles) -> Doubles:
    """Catmull-Rom: the cubic through four neighbours, read at `whole + part`."""
    before, here, after, beyond = (line[whole + offset] for offset in (-1, 0, 1, 2))
    first = (after - before) / 2
    second = before - 2.5 * here + 2 * after - beyond / 2
    third = (beyond - before) / 2 + 1.5 * (here - after)
    return np.asarray(((third * part + second) * part + first) * part + here)
