"""Eight instruments of our own, synthesised: one looped or decaying sample for every octave they play.

Signals are mono float64 at `RATE_HZ`, scaled to a peak of 0.8. Same name, same samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.io import soundfont_writer

RATE_HZ = 32_000
_ROOTS = (36, 48, 60, 72, 84)
_PEAK = 0.8

Wave = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """How one instrument sounds. `seconds`: length of a sample; `held`: it goes on while the key is down."""

    title: str
    description: str
    tags: tuple[str, ...]
    play: Callable[[float, Wave], Wave]
    seconds: float
    held: bool = False
    release_s: float = 0.3
    attack_s: float = 0.002


def _additive(hz: float, t: Wave, partials: dict[float, float], decay: float) -> Wave:
    """Sum of sine partials (ratio: level), the high ones fading faster."""
    total = np.zeros_like(t)
    for ratio, level in partials.items():
        if hz * ratio < RATE_HZ / 2.2:
            total += level * np.sin(2 * np.pi * hz * ratio * t) * np.exp(-t * decay * ratio**0.8)
    return total


def _glass(hz: float, t: Wave) -> Wave:
    return _additive(hz, t, {1: 1, 2.76: 0.5, 5.4: 0.3, 8.93: 0.15}, 2.2)


def _marimba(hz: float, t: Wave) -> Wave:
    return _additive(hz, t, {1: 1, 3.93: 0.35, 9.2: 0.12}, 6.0)


def _bell(hz: float, t: Wave) -> Wave:
    index = 4.0 * np.exp(-2.5 * t)
    return np.sin(2 * np.pi * hz * t + index * np.sin(2 * np.pi * hz * 3.5 * t)) * np.exp(-1.8 * t)


def _pluck(hz: float, t: Wave) -> Wave:
    """Karplus and Strong, "Digital Synthesis of Plucked-String and Drum Timbres", 1983: two-point average."""
    period = max(2, round(RATE_HZ / hz))
    line = np.random.default_rng(round(hz * 100)).uniform(-1, 1, period)
    blocks = []
    for _ in range(-(-len(t) // period)):
        blocks.append(line)
        line = 0.498 * (line + np.roll(line, 1))
    return np.concatenate(blocks)[: len(t)]


def _organ(hz: float, t: Wave) -> Wave:
    return _additive(hz, t, {1: 1, 2: 0.7, 3: 0.45, 4: 0.35, 6: 0.2, 8: 0.15}, 0.0)


def _pad(hz: float, t: Wave) -> Wave:
    """Partials beside each other, a whole number of turns a second apart, so that a loop of a second closes."""
    total = np.zeros_like(t)
    for number in range(1, 9):
        for drift, level in ((-1, 0.6), (0, 1.0), (1, 0.6)):
            frequency = hz * number + drift * (1 + number // 4)
            if frequency < RATE_HZ / 2.2:
                total += level / number**1.3 * np.sin(2 * np.pi * frequency * t + number)
    return total


def _sub(hz: float, t: Wave) -> Wave:
    return np.tanh(1.8 * _additive(hz, t, {1: 1, 2: 0.4, 3: 0.2}, 0.9))


def _reed(hz: float, t: Wave) -> Wave:
    partials = {float(n): 1 / n for n in (1, 3, 5, 7, 9, 11)} | {2.0: 0.15, 4.0: 0.1}
    return np.tanh(1.2 * _additive(hz, t, partials, 0.0))


INSTRUMENTS: dict[str, Instrument] = {
    "glass-harp": Instrument(
        title="Glass harp", description="Inharmonic glass, long and clear.", tags=("glass", "bright"),
        play=_glass, seconds=2.4, release_s=0.9,
    ),
    "field-marimba": Instrument(
        title="Field marimba", description="Wood tuned to a twelfth and a third octave; short and dry.",
        tags=("mallet", "wood"), play=_marimba, seconds=1.2, release_s=0.25,
    ),
    "tin-bell": Instrument(
        title="Tin bell", description="Two-operator frequency modulation that mellows as it rings.",
        tags=("bell", "fm"), play=_bell, seconds=2.4, release_s=1.2,
    ),
    "nylon-wire": Instrument(
        title="Nylon wire", description="A plucked string modelled as a delay line.", tags=("pluck", "string"),
        play=_pluck, seconds=1.8, release_s=0.2,
    ),
    "chapel-organ": Instrument(
        title="Chapel organ", description="Six drawbars, no tremulant, held as long as you like.",
        tags=("organ", "sustained"), play=_organ, seconds=1.0, held=True, release_s=0.12, attack_s=0.01,
    ),
    "slow-cloud": Instrument(
        title="Slow cloud", description="A soft pad of drifting partials.", tags=("pad", "ambient"),
        play=_pad, seconds=1.0, held=True, release_s=1.2, attack_s=0.35,
    ),
    "low-tide": Instrument(
        title="Low tide", description="A round bass with a little grit.", tags=("bass", "sub"),
        play=_sub, seconds=1.6, release_s=0.15,
    ),
    "reed-box": Instrument(
        title="Reed box", description="Odd partials pushed into soft clipping: a small harmonium.",
        tags=("reed", "sustained"), play=_reed, seconds=1.0, held=True, release_s=0.1, attack_s=0.03,
    ),
}  # fmt: skip
"""slug -> instrument."""


def font(slug: str) -> bytes:
    """One instrument as a SoundFont 2 file."""
    chosen = INSTRUMENTS[slug]
    zones = []
    for place, root in enumerate(_ROOTS):
        low = 0 if place == 0 else (_ROOTS[place - 1] + root) // 2 + 1
        high = 127 if place == len(_ROOTS) - 1 else (root + _ROOTS[place + 1]) // 2
        samples, flat_cents = _sample(chosen, root)
        margin = soundfont_writer.LOOP_MARGIN_FRAMES
        loop = (margin, len(samples) - margin) if chosen.held else None
        zones.append(
            soundfont_writer.Zone(
                key_low=low, key_high=high, root=root, samples=samples, flat_cents=flat_cents, loop=loop
            )
        )
    return soundfont_writer.write(
        name=chosen.title,
        zones=zones,
        sample_rate_hz=RATE_HZ,
        attack_s=chosen.attack_s,
        release_s=chosen.release_s,
    )


def _sample(instrument: Instrument, root: int) -> tuple[npt.NDArray[np.int16], int]:
    """The samples, and how many cents below `root` they sound."""
    margin = 2 * soundfont_writer.LOOP_MARGIN_FRAMES if instrument.held else 0
    t = np.arange(round(instrument.seconds * RATE_HZ) + margin) / RATE_HZ
    true_hz = 440.0 * 2 ** ((root - 69) / 12)
    # Held sounds make a whole number of turns in their second, so that the loop closes without a click.
    hz = float(int(true_hz)) if instrument.held else true_hz
    wave = instrument.play(hz, t)
    if not instrument.held:
        fade = RATE_HZ // 50
        wave[-fade:] *= np.linspace(1, 0, fade)
    samples = (wave / np.abs(wave).max() * _PEAK * 32767).astype(np.int16)
    return samples, round(1200 * np.log2(true_hz / hz))
