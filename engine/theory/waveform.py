"""The waveform of notes that sound together."""

from collections.abc import Sequence

import numpy as np

from engine.arrays import Doubles, Mono
from engine.errors import OutOfRangeError
from engine.theory.tuning import SEMITONE_RATIO, frequency_hz


def chord_waveform(x: Doubles, semitones: Sequence[int] = (0, 4, 7)) -> Doubles:
    """The paper's f(x) = sin(x) + sin(a^n x) + ..., a = 2^(1/12): one sine for each note above the first.

    Parameters
    ----------
    x : any shape, radians of the lowest note's phase
    semitones : distance of each note from the lowest; (0, 4, 7) is Do + Mi + So, the major triad

    Returns
    -------
    float64 of the shape of `x`, between -len(semitones) and len(semitones)
    """
    if not semitones:
        raise OutOfRangeError("a chord has at least one note")
    phase = np.asarray(x, dtype=np.float64)
    return np.asarray(sum(np.sin(SEMITONE_RATIO**n * phase) for n in semitones), dtype=np.float64)


def chord_sound(pitches_midi: Sequence[int], *, seconds: float, sample_rate_hz: int = 44_100) -> Mono:
    """The chord as sines of equal strength, scaled to stay within full scale: (samples,) float32."""
    if not pitches_midi or not 0 < seconds <= 60:
        raise OutOfRangeError("a chord needs a note and 0 to 60 seconds")
    lowest = min(pitches_midi)
    time = np.arange(int(seconds * sample_rate_hz)) / sample_rate_hz
    wave = chord_waveform(2 * np.pi * frequency_hz(lowest) * time, [pitch - lowest for pitch in pitches_midi])
    return np.asarray(wave / len(pitches_midi), dtype=np.float32)
