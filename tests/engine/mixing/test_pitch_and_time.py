import numpy as np
import pytest

from engine.mixing import apply
from tests.helpers.music_files import tone

RATE_HZ = 22_050


def pitch_hz(signal: np.ndarray) -> float:
    """The strongest frequency in the middle of a signal, by a parabola through the peak."""
    middle = signal[0, RATE_HZ // 4 : -RATE_HZ // 4]
    spectrum = np.log(np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) + 1e-9)
    peak = int(spectrum.argmax())
    low, here, high = spectrum[peak - 1 : peak + 2]
    return (peak + 0.5 * (low - high) / (low - 2 * here + high)) * RATE_HZ / len(middle)


@pytest.mark.parametrize("semitones", [-12, -5, 0.5, 7, 24])
def test_a_pitch_shift_moves_the_pitch_by_less_than_a_cent_beside_what_was_asked(semitones: float):
    out = apply(tone(1.5, rate=RATE_HZ), [{"type": "pitch_shift", "semitones": semitones}], sample_rate_hz=RATE_HZ)

    assert out.shape == (2, int(1.5 * RATE_HZ))
    assert 1200 * np.log2(pitch_hz(out) / 440) == pytest.approx(100 * semitones, abs=1)
    assert np.abs(out[:, 5_000:-5_000]).max() == pytest.approx(0.5, abs=0.02), "as loud as before"


@pytest.mark.parametrize("length", [0.5, 0.8, 2.5])
def test_a_time_stretch_changes_the_length_and_not_the_pitch(length: float):
    sound = tone(2, rate=RATE_HZ)

    out = apply(sound, [{"type": "time_stretch", "length": length}], sample_rate_hz=RATE_HZ)

    assert out.shape[1] == round(sound.shape[1] * length)
    assert 1200 * np.log2(pitch_hz(out) / 440) == pytest.approx(0, abs=1)


def test_an_attack_stays_where_it_belongs_after_a_stretch():
    sound = np.zeros((1, 2 * RATE_HZ), dtype=np.float32)
    sound[:, RATE_HZ:] = tone(1, rate=RATE_HZ)

    out = apply(sound, [{"type": "time_stretch", "length": 1.5}], sample_rate_hz=RATE_HZ)

    began = int(np.flatnonzero(np.abs(out[0]) > 0.25)[0])
    assert began / RATE_HZ == pytest.approx(1.5, abs=0.03)


def test_no_shift_and_no_stretch_leave_every_sample():
    sound = np.repeat(tone(0.5, rate=RATE_HZ), 2, axis=0)

    assert np.array_equal(
        apply(sound, [{"type": "pitch_shift"}, {"type": "time_stretch"}], sample_rate_hz=RATE_HZ), sound
    )


def test_what_is_shifted_above_the_audible_band_does_not_come_back_as_something_else():
    out = apply(tone(1, hz=9_000, rate=RATE_HZ), [{"type": "pitch_shift", "semitones": 12}], sample_rate_hz=RATE_HZ)

    assert np.abs(out[:, 2_000:-2_000]).max() < 0.01
