"""Drum hits: onsets in three registers, told apart by where their energy lies and how fast it goes."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from engine.arrays import Doubles, Floats, Mono
from engine.transcription.posteriors import RATE_HZ
from engine.transcription.values import DetectedNote

HOP: Final = 256
FRAME_S: Final = HOP / RATE_HZ
_WINDOW: Final = 1024
# Band edges in Hz: kick, tom, snare body, snare noise, hat, air.
_EDGES_HZ: Final = (30.0, 110.0, 260.0, 700.0, 3000.0, 7000.0, 11025.0)
KICK, SNARE, CLOSED_HAT, OPEN_HAT, TOM, CYMBAL = 36, 38, 42, 46, 45, 49
_LENGTH_S: Final = 0.1


class DrumEar:
    """Keeps the levels of six bands (10 kB a second of sound at most) and finds the hits at the end."""

    def __init__(self) -> None:
        self._rest = np.zeros(_WINDOW // 2, np.float32)
        self._rows: list[Floats] = []

    def push(self, mono: Mono) -> list[DetectedNote]:
        """Take samples at 22,050 Hz."""
        self._rest = np.concatenate([self._rest, mono])
        count = (len(self._rest) - _WINDOW) // HOP + 1
        if count > 0:
            self._rows.append(band_levels_db(self._rest[: (count - 1) * HOP + _WINDOW]))
            self._rest = self._rest[count * HOP :]
        return []

    def finish(self) -> list[DetectedNote]:
        """Every hit, in order."""
        self.push(np.zeros(_WINDOW // 2 + HOP, np.float32))
        return hits_of(np.concatenate(self._rows).astype(np.float64)) if self._rows else []


def band_levels_db(padded: Mono) -> Floats:
    """Level of each band, (frames, 6) float32, dB re full scale."""
    frames = sliding_window_view(padded, _WINDOW)[::HOP]
    shape = np.hanning(_WINDOW).astype(np.float32) * np.float32(4 / _WINDOW)
    edges = np.round(np.array(_EDGES_HZ) * _WINDOW / RATE_HZ).astype(int)
    rows = []
    for start in range(0, len(frames), 512):
        power = np.abs(np.fft.rfft(frames[start : start + 512] * shape, axis=1)) ** 2
        rows.append(np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1))
    return np.asarray(10 * np.log10(np.concatenate(rows) + 1e-10), np.float32)


def hits_of(levels_db: Doubles) -> list[DetectedNote]:
    """Hits from band levels (frames, 6): each onset gives one low, one middle and one high drum at most."""
    top = float(levels_db.max(initial=-100.0))
    if top < -70:
        return []
    rise = np.zeros_like(levels_db)
    floor = np.maximum(levels_db, top - 60)
    rise[2:] = np.maximum(floor[2:] - floor[:-2], 0)
    strength = rise.sum(axis=1)
    peaks = (strength == ndimage.maximum_filter1d(strength, 9)) & (strength > 24)
    notes = []
    for frame in np.flatnonzero(peaks).tolist():
        for pitch, level in _drums_at(floor, rise, frame, top):
            notes.append(
                DetectedNote(
                    onset_s=max(frame - 1, 0) * FRAME_S,
                    offset_s=max(frame - 1, 0) * FRAME_S + _LENGTH_S,
                    pitch_midi=pitch,
                    velocity=int(np.clip(127 + 2.2 * (level - top), 1, 127)),
                    confidence=float(np.clip(strength[frame] / 120, 0.05, 1)),
                )
            )
    return sorted(notes, key=lambda note: (note.onset_s, note.pitch_midi))


def _drums_at(levels: Doubles, rise: Doubles, frame: int, top: float) -> list[tuple[int, float]]:
    after = levels[frame : frame + 4].max(axis=0)
    gain = rise[max(frame - 1, 0) : frame + 2].max(axis=0)
    found = []
    if gain[0] > 9 and after[0] > top - 26 and after[0] >= after[1] - 4:
        found.append((KICK, float(after[0])))
    elif gain[1] > 9 and after[1] > top - 24 and after[3] < after[1] - 14:
        found.append((TOM, float(after[1])))
    if gain[3] > 9 and gain[2] > 6 and after[3] > top - 30:
        found.append((SNARE, float(after[2:4].max())))
    elif gain[4:].max() > 9 and after[4:].max() > top - 44:
        found.append((_metal(levels, frame), float(after[4:].max())))
    return found


def _metal(levels: Doubles, frame: int) -> int:
    """Closed hat, open hat or cymbal by how much of the high band is left after 80 and 400 ms."""
    high = levels[:, 4:].max(axis=1)
    start = float(high[frame : frame + 3].max())
    soon = start - float(high[min(frame + 9, len(high) - 1)])
    late = start - float(high[min(frame + 36, len(high) - 1)])
    if soon > 16:
        return CLOSED_HAT
    return CYMBAL if late < 16 else OPEN_HAT
