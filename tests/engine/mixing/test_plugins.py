import numpy as np
import pytest
from scipy import signal as filters

from engine.dsp import loudness
from engine.io import mix_setting
from engine.mixing import apply
from engine.mixing.curves import response_db
from tests.helpers.music_files import mix_setting_bytes, tone

RATE_HZ = 44_100


def played(signal: np.ndarray, *plugins: dict[str, object]) -> np.ndarray:
    return apply(signal, list(plugins), sample_rate_hz=RATE_HZ)


def level_db(signal: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.square(signal[:, RATE_HZ // 2 :]).mean())))


def test_a_peak_filter_raises_its_frequency_by_its_gain_and_leaves_others():
    eq = {"type": "eq", "bands": [{"shape": "peak", "frequency_hz": 1000, "gain_db": 6, "q": 2}]}
    at_1000, at_8000 = (tone(1, hz=hz, level=0.2, rate=RATE_HZ) for hz in (1000, 8000))

    assert level_db(played(at_1000, eq)) - level_db(at_1000) == pytest.approx(6, abs=0.05)
    assert level_db(played(at_8000, eq)) - level_db(at_8000) == pytest.approx(0, abs=0.2)
    assert response_db({"plugins": [eq]}, np.array([1000.0]))[0] == pytest.approx(6, abs=0.01)


def test_a_compressor_holds_a_loud_tone_at_its_ratio():
    loud = tone(1, level=0.8, rate=RATE_HZ)
    over_db = 20 * np.log10(0.8) + 20

    out = played(loud, {"type": "compressor", "threshold_db": -20, "ratio": 4, "knee_db": 0, "release_ms": 500})

    assert level_db(out) - level_db(loud) == pytest.approx(-over_db * 3 / 4, abs=1.0)


def test_a_limiter_never_passes_its_ceiling():
    noise = np.random.default_rng(2).standard_normal((2, RATE_HZ)).astype(np.float32)

    out = played(noise, {"type": "limiter", "ceiling_db": -6})

    assert np.abs(out).max() <= 10 ** (-6 / 20) + 1e-6


def test_pan_keeps_power_and_moves_sound_to_one_side():
    out = played(tone(1, rate=RATE_HZ), {"type": "pan", "position": 1})

    assert np.abs(out[0]).max() < 1e-6
    assert np.square(out).sum() == pytest.approx(2 * np.square(tone(1, rate=RATE_HZ)).sum(), rel=1e-4)


def test_zero_width_is_mono():
    out = played(np.concatenate([tone(1), tone(1, hz=300)]), {"type": "width", "width": 0})

    assert np.array_equal(out[0], out[1])


def test_a_delay_repeats_an_impulse_with_its_feedback():
    impulse = np.zeros((1, RATE_HZ), dtype=np.float32)
    impulse[0, 0] = 1

    out = played(impulse, {"type": "delay", "time_ms": 100, "feedback": 0.5, "mix": 0.5})

    step = RATE_HZ // 10
    assert [round(float(out[0, turn * step]), 3) for turn in range(4)] == [0.5, 0.5, 0.25, 0.125]


def test_a_reverb_rings_after_the_sound_and_dies_away():
    impulse = np.zeros((1, 2 * RATE_HZ), dtype=np.float32)
    impulse[0, 0] = 1

    out = played(impulse, {"type": "reverb", "decay_s": 1.0, "mix": 1.0, "pre_delay_ms": 0})

    early, late = (np.square(out[:, start : start + 4410]).sum() for start in (100, 39_000))
    assert 10 * np.log10(early / late) == pytest.approx(53, abs=6)


def test_a_bypassed_plugin_does_nothing():
    signal = np.repeat(tone(0.2), 2, axis=0)

    assert np.array_equal(played(signal, {"type": "gain", "gain_db": 9, "bypass": True}), signal)


def test_a_whole_chain_is_repeatable_and_finite():
    setting = mix_setting.read(mix_setting_bytes())

    first, second = (apply(tone(1), setting, sample_rate_hz=RATE_HZ) for _ in range(2))

    assert np.array_equal(first, second)
    assert np.isfinite(first).all()


def test_between_the_samples_too_the_ceiling_holds_for_all_that_can_be_heard():
    chance = np.random.default_rng(3)
    noise = filters.lfilter(filters.firwin(201, 20_000, fs=RATE_HZ), 1, chance.standard_normal((2, 1 << 15)), axis=1)

    out = played(noise.astype(np.float32), {"type": "limiter", "gain_db": 6, "ceiling_db": -1})

    ideal = filters.resample(np.pad(out[:, 1_000:-1_000], ((0, 0), (1_000, 1_000))), 1 << 18, axis=1)
    assert 20 * np.log10(np.abs(ideal).max()) <= -1
    assert loudness.true_peak_dbtp(out, sample_rate_hz=RATE_HZ) == pytest.approx(-1.1, abs=0.05)
