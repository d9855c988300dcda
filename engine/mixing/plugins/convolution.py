"""Convolution reverberation: the signal in a room whose response to an impulse is known."""

from typing import Final

import numpy as np
from scipy import fft
from scipy import signal as filters

from engine.arrays import Doubles
from engine.dsp.biquad import butterworth
from engine.errors import ChannelsError, UnknownImpulseError
from engine.mixing.parameters import Number, Word
from engine.mixing.plugin import BLOCK, Place, Plugin

DIFFUSE: Final = "diffuse"
IMPULSE_S_MAX: Final = 12.0


def noise(samples: int, seed: int) -> Doubles:
    """Even noise in [-1, 1), the same in every language: s <- 1664525 s + 1013904223 mod 2^32, from `seed`.

    Source: W. H. Press et al., Numerical Recipes, 3rd ed., section 7.1 ("quick and dirty" generator).
    """
    with np.errstate(over="ignore"):
        factor, step = np.uint32(1664525), np.uint32(1013904223)
        powers = np.multiply.accumulate(np.full(samples, factor, dtype=np.uint32), dtype=np.uint32)
        before = np.concatenate([[np.uint32(1)], powers[:-1]]).astype(np.uint32)
        state = powers * np.uint32(seed) + step * np.add.accumulate(before, dtype=np.uint32)
    return np.asarray(state.astype(np.float64) / 2**31 - 1)


def diffuse_room(*, decay_s: float, damping_hz: float, rate: int, channels: int) -> Doubles:
    """Noise that falls by 60 dB in `decay_s` behind a first-order low pass: (channels, samples)."""
    count = max(int(decay_s * rate), 1)
    fall = 10 ** (-3 * np.arange(count) / count)
    rows = [noise(count, 7919 * (channel + 1)) * fall for channel in range(channels)]
    section = butterworth("low_pass", np.array(damping_hz), 1, rate=rate)
    return np.asarray(filters.sosfilt(section, np.stack(rows), axis=1))


class Convolution(Plugin):
    """y = x * h by blocks of the Fourier transform (overlap-save, equal parts); h is scaled to energy 1."""

    kind = "convolution"
    title = "Convolution reverb"
    text = "Reverberation by an impulse response: one that was handed in by name, or a diffuse room that is worked out."
    parameters = (
        Word(name="impulse", title="Impulse response", default=DIFFUSE, text="A name, or `diffuse`."),
        Number(
            name="decay_s", title="Decay", unit="s", minimum=0.1, maximum=12, default=1.5, curve="log",
            text="Of the diffuse room.",
        ),
        Number(name="pre_delay_ms", title="Pre-delay", unit="ms", minimum=0, maximum=250, default=10),
        Number(
            name="damping_hz", title="Damping", unit="Hz", minimum=200, maximum=20_000, default=6_000, curve="log",
            text="Of the diffuse room.",
        ),
        Number(name="mix", title="Mix", minimum=0, maximum=1, default=0.25, movement="sample"),
    )  # fmt: skip

    def prepare(self, place: Place) -> None:
        """Cut the response into parts as long as a block, and transform each."""
        response = self._response(place)
        late = round(self.values.number("pre_delay_ms") / 1000 * self.rate)
        response = np.pad(response, ((0, 0), (late, 0)))
        self.tail_samples = response.shape[1] - 1
        parts = -(-response.shape[1] // BLOCK)
        padded = np.pad(response, ((0, 0), (0, parts * BLOCK - response.shape[1])))
        cut = padded.reshape(len(padded), parts, BLOCK).swapaxes(0, 1)
        self._parts = np.asarray(fft.rfft(cut, 2 * BLOCK, axis=2))
        self._heard = np.zeros((parts, self.channels, BLOCK + 1), dtype=np.complex128)
        self._last = np.zeros((self.channels, BLOCK))
        self._turn = 0

    def _response(self, place: Place) -> Doubles:
        name, number = str(self.values["impulse"]), self.values.number
        if name in place.impulses:
            response = np.atleast_2d(np.asarray(place.impulses[name], dtype=np.float64))
            if response.shape[0] not in (1, self.channels):
                raise ChannelsError(f"{self.where}: the impulse {name!r} has {response.shape[0]} channels")
            response = response[:, : int(IMPULSE_S_MAX * self.rate)]
        elif name == DIFFUSE:
            response = diffuse_room(
                decay_s=number("decay_s"), damping_hz=number("damping_hz"), rate=self.rate, channels=self.channels
            )
        else:
            there = ", ".join([DIFFUSE, *place.impulses])
            raise UnknownImpulseError(f"{self.where}: there is no impulse {name!r}; there are {there}")
        energy = np.sqrt(np.square(response).sum(axis=1, keepdims=True))
        return np.asarray(response / np.where(energy > 0, energy, 1.0))

    def run(self, block: Doubles, key: Doubles) -> Doubles:
        """One block."""
        parts = len(self._parts)
        self._heard[self._turn] = fft.rfft(np.concatenate([self._last, block], axis=1), axis=1)
        self._last = block.copy()
        total = self._heard[self._turn] * self._parts[0]
        for part in range(1, parts):
            total += self._heard[(self._turn - part) % parts] * self._parts[part]
        self._turn = (self._turn + 1) % parts
        return self.mixed(block, np.asarray(fft.irfft(total, 2 * BLOCK, axis=1))[:, BLOCK:])
