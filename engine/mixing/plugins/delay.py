"""Delay: echoes."""

import numpy as np

from engine.arrays import Doubles
from engine.dsp.dynamics import OnePole
from engine.mixing.parameters import Number, Switch
from engine.mixing.plugin import BLOCK, Place, Plugin

_TAIL_S_MAX = 30.0
_QUIET = 1e-3  # -60 dB: here an echo no longer counts
_OFF_HZ = 20_000.0


class Delay(Plugin):
    """u[n] = x[n] + feedback * lowpass(e[n]), e[n] = u[n - D], its channels swapped for ping-pong."""

    kind = "delay"
    title = "Delay"
    text = "Echo with feedback; ping_pong sends every other echo to the other side."
    parameters = (
        Number(name="time_ms", title="Time", unit="ms", minimum=1, maximum=4_000, default=375, curve="log"),
        Number(name="feedback", title="Feedback", minimum=0, maximum=0.95, default=0.3, movement="sample"),
        Number(
            name="damping_hz", title="Damping", unit="Hz", minimum=200, maximum=_OFF_HZ, default=_OFF_HZ, curve="log",
            text="Each echo is duller above this; off at 20 kHz.",
        ),
        Switch(name="ping_pong", title="Ping-pong"),
        Number(name="mix", title="Mix", minimum=0, maximum=1, default=0.25, movement="sample"),
    )  # fmt: skip

    def prepare(self, place: Place) -> None:
        """Set up the line and the filter in the loop."""
        number = self.values.number
        samples = max(round(number("time_ms") / 1000 * self.rate), 1)
        self._line, self._at = np.zeros((self.channels, samples)), 0
        damping_hz = number("damping_hz")
        keep = float(np.exp(-2 * np.pi * min(damping_hz / self.rate, 0.5)))
        self._lowpass = OnePole(keep, rows=self.channels) if damping_hz < _OFF_HZ else None
        top = max(np.max(self.values.steps("feedback", 0, 1)), number("feedback"))
        echoes = 0.95 if self.values.moves("feedback") else float(top)
        turns = int(np.ceil(np.log(_QUIET) / np.log(echoes))) if echoes > _QUIET else 0
        self.tail_samples = min((turns + 1) * samples, int(_TAIL_S_MAX * self.rate))

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block, in stretches that end where the line begins again."""
        feedback = np.broadcast_to(self.line("feedback"), (BLOCK,))
        echoes, at = np.empty_like(block), 0
        while at < BLOCK:
            count = min(self._line.shape[1] - self._at, BLOCK - at)
            line = self._line[:, self._at : self._at + count]
            echo = line[::-1].copy() if self.values["ping_pong"] else line.copy()
            echoes[:, at : at + count] = echo
            dull = self._lowpass.run(echo) if self._lowpass else echo
            line[:] = block[:, at : at + count] + feedback[at : at + count] * dull
            self._at = (self._at + count) % self._line.shape[1]
            at += count
        return self.mixed(block, echoes)
