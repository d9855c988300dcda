"""Bars of drums: the habits of a drummer, drawn by chance, played on a kit that is mixed and tuned by chance."""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.arrays import Doubles, Mono
from engine.training.drum_kits import Kit
from engine.transcription import drums
from engine.transcription.posteriors import RATE_HZ

_STEPS: Final = 64  # sixteenths
_KICK, _SNARE, _CLOSED, _OPEN, _TOM, _CYMBAL = range(6)
_OFTEN: Final = (0.25, 0.14, 0.45, 0.08, 0.12, 0.07)  # how often a free drummer strikes each drum, a sixteenth
_MIXED: Final = 0.4  # share of the patterns whose drums come from several kits


def pattern(draw: Generator) -> NDArray[np.int64]:
    """Hits of four bars, rows of step (sixteenths) and column of `drums.DRUMS`, in order of time."""
    struck = _free(draw) if draw.random() < 0.5 else _usual(draw)
    return np.argwhere(struck).astype(np.int64)


def _free(draw: Generator) -> NDArray[np.bool_]:
    strong = np.where(np.arange(_STEPS) % 4 == 0, 1.6, 0.7)[:, np.newaxis]
    chance = np.array(_OFTEN) * draw.uniform(0.5, 1.5) * strong
    return np.asarray(draw.random((_STEPS, len(_OFTEN))) < chance, np.bool_)


def _usual(draw: Generator) -> NDArray[np.bool_]:
    """Hats on eighths or sixteenths, the back beat, fills and crashes."""
    step = np.arange(_STEPS)
    struck = np.zeros((_STEPS, len(_OFTEN)), np.bool_)
    struck[:, _KICK] = np.isin(step % 16, draw.choice(16, int(draw.integers(1, 5)), replace=False)) | (step % 16 == 0)
    if draw.random() < 0.3:
        struck[:, _KICK] = step % 4 == 0
    struck[:, _SNARE] = (step % 8 == 4) | (draw.random(_STEPS) < 0.06)
    hats = (step % int(draw.choice([1, 2, 2, 4])) == 0) & (draw.random(_STEPS) < 0.95)
    is_open = draw.random(_STEPS) < draw.choice([0.05, 0.15, 0.9])
    struck[:, _CLOSED], struck[:, _OPEN] = hats & ~is_open, hats & is_open
    fill = (step % 32 >= 32 - int(draw.integers(2, 9))) & (draw.random(_STEPS) < 0.8)
    struck[:, _TOM] = fill
    struck[fill, _SNARE] &= draw.random(int(fill.sum())) < 0.5
    struck[:, _CYMBAL] = (step % 32 == 0) | (draw.random(_STEPS) < 0.02)
    return struck


def played(hits: NDArray[np.int64], kits: list[Kit], draw: Generator) -> tuple[Mono, Doubles]:
    """The sound at `RATE_HZ`, and its hits as rows of onset_s and column of `drums.DRUMS`."""
    step_s = float(draw.uniform(0.09, 0.2))
    mono = np.zeros(int((_STEPS * step_s + 2) * RATE_HZ), np.float32)
    voices, found = _voices(kits, draw), []
    hat: tuple[int, Mono] | None = None
    for step, column in hits.tolist():
        at = max(int((step * step_s + draw.normal(0, 0.003)) * RATE_HZ), 0)
        choices = voices[column]
        hit = choices[int(draw.integers(len(choices)))] * np.float32(draw.uniform(0.25, 1.0) ** 1.5)
        if column in (_CLOSED, _OPEN):
            if hat is not None:
                _damp(mono, *hat, at)
            hat = (at, hit)
        mono[at : at + len(hit)] += hit[: len(mono) - at]
        found.append((at / RATE_HZ, column))
    return mono, np.array(found, np.float64).reshape(-1, 2)


def _damp(mono: Mono, start: int, hit: Mono, at: int) -> None:
    """Take out what is left at `at` of a hat struck at `start`: the next stroke on it damps it."""
    left = hit[max(at - start, 0) : len(mono) - start]
    fade = 1 - np.exp(-np.arange(len(left), dtype=np.float32) / np.float32(0.005 * RATE_HZ))
    mono[at : at + len(left)] -= left * fade


def _voices(kits: list[Kit], draw: Generator) -> list[list[Mono]]:
    """For each drum some hits, tuned and shortened alike, at its own level in the mix."""
    is_mixed = draw.random() < _MIXED
    whole = kits[int(draw.integers(len(kits)))]
    voices = []
    for column in range(len(drums.DRUMS)):
        kit = kits[int(draw.integers(len(kits)))] if is_mixed else whole
        while not kit[column]:
            kit = kits[int(draw.integers(len(kits)))]
        width = 6.0 if column in (_SNARE, _TOM, _KICK) else 3.0
        pace = 2 ** float(np.clip(draw.normal(0, width / 2), -width, width) / 12)
        decay_s = float(draw.uniform(0.1, 2.0)) if draw.random() < 0.3 and column not in (_OPEN, _CYMBAL) else None
        level = np.float32(10 ** (draw.normal(0, 4) / 20) * (0.5 if column in (_CLOSED, _OPEN, _CYMBAL) else 1.0))
        some = draw.choice(len(kit[column]), min(3, len(kit[column])), replace=False)
        voices.append([level * _shaped(kit[column][index], pace, decay_s) for index in some.tolist()])
    return voices


def _shaped(hit: Mono, pace: float, decay_s: float | None) -> Mono:
    """The hit played faster or slower, and damped."""
    places = np.arange(0, len(hit) - 1, pace)
    heard = np.interp(places, np.arange(len(hit)), hit)
    if decay_s is not None:
        heard = heard * np.exp(-np.arange(len(heard)) / (decay_s * RATE_HZ))
    return np.asarray(heard, np.float32)
