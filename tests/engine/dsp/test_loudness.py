import numpy as np
import pyloudnorm
import pytest

from engine.dsp import loudness
from tests.helpers.music_files import tone

RATE_HZ = 48_000


def levels(*parts: tuple[float, float], rate: int = RATE_HZ) -> np.ndarray:
    """A stereo 1 kHz tone at successive (dBFS, seconds)."""
    signal = np.concatenate([tone(s, hz=1000, level=10 ** (db / 20), rate=rate) for db, s in parts], axis=1)
    return np.repeat(signal, 2, axis=0)


# EBU Tech 3341 v4, table 1, cases 1-5, synthesised as it describes them.
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_tones_of_ebu_tech_3341_measure_within_a_tenth(parts: list[tuple[float, float]], expected: float):
    assert loudness.integrated_lufs(levels(*parts), sample_rate_hz=RATE_HZ) == pytest.approx(expected, abs=0.1)


def test_five_channels_are_weighted_as_ebu_case_6_asks():
    signal = np.concatenate(
        [tone(20, hz=1000, level=10 ** (db / 20), rate=RATE_HZ) for db in (-28, -28, -24, -30, -30)], axis=0
    )

    assert loudness.integrated_lufs(signal, sample_rate_hz=RATE_HZ) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_pyloudnorm_measures_the_same_on_noise(rate: int):
    noise = 0.1 * np.random.default_rng(3).standard_normal((2, 6 * rate)).astype(np.float32)
    noise[:, 2 * rate : 4 * rate] *= 0.05

    theirs = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(noise.T.astype(np.float64))

    assert loudness.integrated_lufs(noise, sample_rate_hz=rate) == pytest.approx(theirs, abs=0.1)


def test_the_filters_at_48_khz_are_those_of_the_recommendation():
    shelf, high_pass = loudness.k_weighting(48_000)

    assert shelf[[0, 1, 2, 4, 5]] == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585], abs=1e-6
    )
    assert high_pass[[4, 5]] == pytest.approx([-1.99004745483398, 0.99007225036621], abs=1e-6)


# EBU Tech 3341 v4, cases 15-19: a sine whose samples miss its peaks; edges are faded so that they add none.
@pytest.mark.parametrize(
    ("divisor", "phase_deg", "level", "expected"),
    [(4, 0, 0.5, -6.0), (4, 45, 0.5, -6.0), (6, 60, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45, 1.41, 3.0)],
)
def test_true_peaks_between_samples_are_found(divisor: int, phase_deg: float, level: float, expected: float):
    index = np.arange(RATE_HZ)
    sine = level * np.sin(2 * np.pi * index / divisor + np.deg2rad(phase_deg))
    sine *= np.clip(np.minimum(index, index[::-1]) / 2000, 0, 1)

    found = loudness.true_peak_dbtp(sine[np.newaxis].astype(np.float32), sample_rate_hz=RATE_HZ)

    assert expected - 0.4 <= found <= expected + 0.2


def test_silence_has_no_loudness_and_no_peak():
    silence = np.zeros((2, RATE_HZ), dtype=np.float32)

    assert loudness.integrated_lufs(silence, sample_rate_hz=RATE_HZ) == float("-inf")
    assert loudness.true_peak_dbtp(silence, sample_rate_hz=RATE_HZ) == float("-inf")


def test_loudness_follows_gain_decibel_for_decibel():
    noise = 0.1 * np.random.default_rng(5).standard_normal((1, 5 * RATE_HZ)).astype(np.float32)

    loud = loudness.integrated_lufs(noise, sample_rate_hz=RATE_HZ)
    soft = loudness.integrated_lufs(noise * np.float32(10 ** (-6 / 20)), sample_rate_hz=RATE_HZ)

    assert loud - soft == pytest.approx(6.0, abs=0.01)
