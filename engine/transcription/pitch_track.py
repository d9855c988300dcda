"""Fundamental frequency and voicing of a single line, by SwiftF0.

The only module that knows the package swift-f0 (its weights come with it and run on onnxruntime; the card is
`engine/weights/swift-f0.md`).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from engine.arrays import Doubles, Mono
from engine.errors import MissingModelError

RATE_HZ: Final = 16_000
FRAME_S: Final = 0.016
LOWEST_HZ, HIGHEST_HZ = 46.875, 2093.75
VOICED: Final = 0.5  # the confidence from which a frame counts as voiced


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchTrack:
    """One value a frame of `FRAME_S`, the first centred on 0 s: pitch_hz, confidence 0..1, level_db re full scale."""

    pitch_hz: Doubles
    confidence: Doubles
    level_db: Doubles

    def __len__(self) -> int:
        return len(self.pitch_hz)

    @property
    def times_s(self) -> Doubles:
        """Time of each frame."""
        return np.arange(len(self), dtype=np.float64) * np.float64(FRAME_S)

    @property
    def voiced(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each frame has a pitch."""
        return np.asarray(self.confidence >= VOICED)


class Follower:
    """Follows the pitch of a signal that arrives in blocks at `RATE_HZ`; only the track is kept.

    Raises
    ------
    MissingModelError
        If the package swift-f0 is not installed.
    """

    def __init__(self, *, threads: int = 2) -> None:
        self._stream = _detector(threads).stream()
        self._parts: list[Any] = []

    def push(self, mono: Mono) -> None:
        """Take the next samples."""
        if len(mono):
            self._parts.append(self._stream.push(mono, RATE_HZ))

    def finish(self) -> PitchTrack:
        """The whole track; no more samples may follow."""
        parts = [*self._parts, self._stream.flush()]
        pitch, confidence, level = (
            np.concatenate([np.asarray(getattr(part, name), np.float64) for part in parts])
            for name in ("pitch_hz", "confidence", "loudness_db")
        )
        return PitchTrack(pitch_hz=pitch, confidence=confidence, level_db=level)


def track(mono: Mono, *, threads: int = 2) -> PitchTrack:
    """The track of a whole signal at `RATE_HZ`."""
    follower = Follower(threads=threads)
    for start in range(0, len(mono), 20 * RATE_HZ):
        follower.push(mono[start : start + 20 * RATE_HZ])
    return follower.finish()


@lru_cache(maxsize=2)
def _detector(threads: int) -> Any:
    try:
        from swift_f0 import SwiftF0
    except ImportError:
        raise MissingModelError("following a melody needs the package swift-f0, which is not installed") from None
    return SwiftF0(threads=threads, spin=False)
