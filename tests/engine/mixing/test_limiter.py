"""The limiter against signals made to defeat it, measured by an ideal reconstruction and by the norm's own meter."""

import numpy as np
import pytest
from scipy import signal as filters

from engine.mixing import apply

RATE_HZ = 44_100
CEILING_DB = -1.0
SAMPLES = 6_000
# ITU-R BS.1770-5, annex 2: the four phases of its interpolating filter (the last two are the first two backwards).
PHASES = (
    (0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875, 0.1373291015625,
     0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500),
    (-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250,
     0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375),
)  # fmt: skip


def chance(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def tone(share: float, phase: float) -> np.ndarray:
    """A sine at a share of the sampling rate, faded in and out."""
    return 2 * filters.windows.tukey(SAMPLES, 0.2) * np.sin(2 * np.pi * share * np.arange(SAMPLES) + phase)


def flipped(half: int) -> np.ndarray:
    """+1 and -1 by turns, turned round in the middle: all its energy is at the edge of the band."""
    wave = np.zeros(SAMPLES)
    wave[3_000 : 3_000 + 2 * half] = (-1.0) ** np.arange(2 * half)
    wave[3_000 + half : 3_000 + 2 * half] *= -1
    return 2 * wave


def below(share: float, wave: np.ndarray) -> np.ndarray:
    """Nothing above a share of the sampling rate."""
    spectrum = np.fft.rfft(wave)
    spectrum[int(2 * share * len(spectrum)) :] = 0
    return np.fft.irfft(spectrum, len(wave))


def square(hz: float) -> np.ndarray:
    return 2 * np.sign(np.sin(2 * np.pi * hz * np.arange(SAMPLES) / RATE_HZ + 0.01))


WORST = {
    "sine at fs/4": tone(0.25, np.pi / 4),
    "sine at fs/6": tone(1 / 6, 0.5),
    "sine at 0.4 fs": tone(0.4, 1.0),
    "sine at 0.47 fs": tone(0.47, 0.0),
    "one sample": np.eye(1, SAMPLES, 1_000)[0] * 4,
    "squares": square(997),
    "fast squares": square(8_997),
    "turned alternation": flipped(8),
    "white noise": below(0.47, chance(1).standard_normal(SAMPLES)),
    "random signs": below(0.47, np.sign(chance(2).standard_normal(SAMPLES)) * 2),
    "a clipped master": np.clip(below(0.05, chance(3).standard_normal(SAMPLES)) * 8, -1, 1),
    "sudden burst": np.where(np.arange(SAMPLES) < 2_000, 0, tone(0.24, 0.7)),
}  # fmt: skip


def limited(wave: np.ndarray, **settings: float) -> np.ndarray:
    stereo = np.stack([wave, 0.7 * wave]).astype(np.float32)
    out = apply(stereo, [{"type": "limiter", "ceiling_db": CEILING_DB, **settings}], sample_rate_hz=RATE_HZ)
    return np.asarray(out[0], dtype=np.float64)


def ideal_peak_db(wave: np.ndarray) -> float:
    """Highest point of the band-limited curve through the samples, 32 times finer, silence around it."""
    size, factor = 1 << 14, 32
    spectrum = np.zeros(size * factor // 2 + 1, dtype=complex)
    spectrum[: size // 2 + 1] = np.fft.rfft(wave, size)
    spectrum[size // 2] /= 2
    return float(20 * np.log10(np.abs(np.fft.irfft(spectrum) * factor).max()))


@pytest.mark.parametrize("name", WORST)
@pytest.mark.parametrize("release_ms", [1, 80])
def test_the_waveform_between_the_samples_never_passes_the_ceiling(name: str, release_ms: float):
    out = limited(WORST[name], release_ms=release_ms)

    # Its own margin is 0.1 dB; what is at or above 0.475 of the rate (20.9 kHz here) nothing can promise.
    assert ideal_peak_db(out) <= CEILING_DB
    assert ideal_peak_db(WORST[name]) > CEILING_DB


def test_full_band_noise_that_was_clipped_passes_by_less_than_a_third_of_a_decibel():
    """The worst there is: energy right up to half the sampling rate, which no finite filter sees whole."""
    out = limited(np.clip(below(0.25, chance(3).standard_normal(SAMPLES)) * 4, -1, 1))

    assert ideal_peak_db(out) <= CEILING_DB + 0.33


@pytest.mark.parametrize("name", WORST)
def test_the_meter_of_the_norm_agrees(name: str):
    out = limited(WORST[name])

    peak = max(np.abs(np.convolve(out, taps)).max() for phase in PHASES for taps in (phase, phase[::-1]))

    # That meter's filter has a ripple of its own of 0.2 dB.
    assert 20 * np.log10(peak) <= CEILING_DB + 0.1
    assert np.abs(out).max() <= 10 ** (CEILING_DB / 20)


def test_no_more_is_taken_than_the_margin():
    out = limited(tone(0.01, 0.0))

    assert ideal_peak_db(out) == pytest.approx(CEILING_DB - 0.1, abs=0.02)


def test_quiet_sound_passes_untouched_but_for_the_delay():
    quiet = 0.2 * tone(0.01, 0.0)

    np.testing.assert_allclose(limited(quiet), quiet, atol=1e-6)
