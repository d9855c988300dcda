"""Plain sounds with known notes, for what listens."""

import numpy as np

from engine.arrays import Mono

RATE_HZ = 22_050


def note_sound(
    pitch_midi: float, seconds: float, *, rate_hz: int = RATE_HZ, level: float = 0.3, fade_s: float = 0.01
) -> Mono:
    """Six harmonics that die away slowly, with short fades at both ends."""
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    hz = 440 * 2 ** ((pitch_midi - 69) / 12)
    wave = sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 7) if hz * k < rate_hz / 2)
    fade = np.clip(np.minimum(time, seconds - time) / fade_s, 0, 1)
    return np.asarray(level * wave * fade * np.exp(-1.2 * time) / 1.5, np.float32)


def line(notes: list[tuple[float, float, float]], *, rate_hz: int = RATE_HZ, tail_s: float = 0.4) -> Mono:
    """Notes (onset_s, seconds, pitch_midi), added up; a tail of silence follows."""
    end = max(onset + seconds for onset, seconds, _ in notes) + tail_s
    out = np.zeros(int(end * rate_hz), np.float32)
    for onset, seconds, pitch in notes:
        sound = note_sound(pitch, seconds, rate_hz=rate_hz)
        start = int(onset * rate_hz)
        out[start : start + len(sound)] += sound
    return out


def scale(*, beat_s: float = 0.5, rate_hz: int = RATE_HZ) -> tuple[Mono, list[int]]:
    """A C major scale up, one note a beat, and its pitches."""
    pitches = [60, 62, 64, 65, 67, 69, 71, 72]
    return line([(i * beat_s, beat_s * 0.9, p) for i, p in enumerate(pitches)], rate_hz=rate_hz), pitches
