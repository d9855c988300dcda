"""How strongly each key begins, sounds and ends in each frame: what notes are decoded from."""

from dataclasses import dataclass, replace
from typing import Final

from engine.arrays import Floats, Mono
from engine.transcription.features import features
from engine.transcription.posteriors import KEYS, RATE_HZ
from engine.transcription.spectrum import HOP

# Below this level in its band (0..1 for -90..0 dB) a key is silent, whatever a network makes of the noise.
_AUDIBLE: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where activations become notes: least onset, least sounding, frames of silence that end a note."""

    onset: float
    sounding: float
    gap_frames: int
    shortest_frames: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Activations:
    """(frames, 88) float32 each, 0..1; a frame is `engine.transcription.features.FRAME_S`."""

    onset: Floats
    sounding: Floats
    velocity: Floats

    def __len__(self) -> int:
        return len(self.onset)

    def between(self, start: int, stop: int) -> "Activations":
        """The frames [start, stop)."""
        return replace(
            self,
            onset=self.onset[start:stop],
            sounding=self.sounding[start:stop],
            velocity=self.velocity[start:stop],
        )


FRONT_END: Final = Thresholds(onset=0.5, sounding=0.3, gap_frames=5, shortest_frames=5)


def thresholds() -> Thresholds:
    """The thresholds that go with `of_signal`."""
    return FRONT_END


def of_signal(mono: Mono, *, threads: int = 2) -> Activations:
    """Activations for a signal at `RATE_HZ`: `frames_of(samples)` frames."""
    return from_front_end(mono, threads=threads)


def from_front_end(mono: Mono, *, threads: int = 2) -> Activations:
    """Activations of Basic Pitch alone, for a signal at `RATE_HZ`: (samples // HOP + 1) frames."""
    keys, levels = features(mono, threads=threads)
    audible = levels[:, :KEYS, 0] > _AUDIBLE
    sounding = keys[..., 0:2].mean(axis=2) * audible
    return Activations(onset=keys[..., 2:4].max(axis=2) * audible, sounding=sounding, velocity=sounding)


def frames_of(samples: int) -> int:
    """Number of frames that a signal at `RATE_HZ` has."""
    return samples // HOP + 1


def seconds_of(samples: int) -> float:
    """Length of a signal at `RATE_HZ`."""
    return samples / RATE_HZ
