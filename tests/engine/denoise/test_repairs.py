"""Hum, clicks, clipped peaks and the gate: the fault goes, the music stays."""

import numpy as np
import pytest

from engine.arrays import Signal
from engine.denoise import gate, remove_clicks, remove_hum, restore_clipping
from engine.errors import OutOfRangeError, ShapeError
from tests.engine.denoise.sounds import melody, snr_db

RATE_HZ = 22_050
MUSIC = melody(seconds=4.0, rate_hz=RATE_HZ, channels=2)
REPAIRS = (remove_hum, remove_clicks, restore_clipping, gate)


def hum(mains_hz: float, *, samples: int, level: float = 0.02) -> Signal:
    time_s = np.arange(samples) / RATE_HZ
    wave = sum(level / number * np.sin(2 * np.pi * mains_hz * number * time_s + number) for number in (1, 2, 3, 5, 7))
    return np.asarray(wave, dtype=np.float32)[None]


@pytest.mark.parametrize("mains_hz", [50.0, 60.0, 49.87, 60.11])
def test_hum_goes_and_the_music_stays(mains_hz: float):
    heard = MUSIC + hum(mains_hz, samples=MUSIC.shape[1])

    found = remove_hum(heard, sample_rate_hz=RATE_HZ)

    assert found.found >= 4
    assert snr_db(MUSIC, found.signal) > snr_db(MUSIC, heard) + 5


def test_music_without_hum_comes_back_untouched():
    found = remove_hum(MUSIC, sample_rate_hz=RATE_HZ)

    assert found.found == 0
    assert np.array_equal(found.signal, MUSIC)


def test_a_hum_that_drifts_is_followed():
    slow = np.concatenate([hum(50.0, samples=9 * RATE_HZ), hum(50.2, samples=9 * RATE_HZ)], axis=1)

    found = remove_hum(slow, sample_rate_hz=RATE_HZ)

    for start_s in (3, 14):
        part = slice(start_s * RATE_HZ, (start_s + 2) * RATE_HZ)
        assert np.square(found.signal[:, part]).mean() < 0.02 * np.square(slow[:, part]).mean()


def test_clicks_go_and_the_music_stays():
    random = np.random.default_rng(3)
    places = random.integers(2000, MUSIC.shape[1] - 2000, size=60)
    heard = MUSIC.copy()
    for place in places:
        heard[:, place : place + 4] += random.choice((-0.4, 0.4))

    found = remove_clicks(heard, sample_rate_hz=RATE_HZ)

    assert 2 * 45 <= found.found <= 2 * 90
    assert snr_db(MUSIC, found.signal) > snr_db(MUSIC, heard) + 12


def test_music_without_clicks_is_hardly_touched():
    found = remove_clicks(MUSIC, sample_rate_hz=RATE_HZ)

    assert snr_db(MUSIC, found.signal) > 35


def test_clipped_peaks_are_drawn_again():
    music = MUSIC[:1, : 2 * RATE_HZ]
    level = 0.35 * float(np.abs(music).max())
    heard = np.clip(music, -level, level)

    found = restore_clipping(heard, sample_rate_hz=RATE_HZ)

    assert found.found > 1000
    assert snr_db(music, found.signal) > snr_db(music, heard) + 6
    untouched = np.abs(heard) < 0.98 * level
    assert np.array_equal(found.signal[untouched], heard[untouched])
    assert np.abs(found.signal[~untouched]).min() >= 0.98 * level


def test_music_that_is_not_clipped_comes_back_untouched():
    found = restore_clipping(MUSIC, sample_rate_hz=RATE_HZ)

    assert found.found == 0
    assert np.array_equal(found.signal, MUSIC)


def test_the_gate_turns_pauses_down_and_leaves_notes_alone():
    noise = 0.002 * np.random.default_rng(4).standard_normal((1, RATE_HZ))
    heard = np.concatenate([noise, MUSIC[:1, : 2 * RATE_HZ], noise], axis=1).astype(np.float32)

    found = gate(heard, sample_rate_hz=RATE_HZ, range_db=30.0)

    quiet = np.square(found.signal[0, : RATE_HZ // 2]).mean() / np.square(heard[0, : RATE_HZ // 2]).mean()
    assert 10 * np.log10(quiet) == pytest.approx(-30, abs=1)
    note = slice(int(1.26 * RATE_HZ), int(1.6 * RATE_HZ))
    np.testing.assert_allclose(found.signal[0, note], heard[0, note], atol=0.01)
    assert found.found >= 1


@pytest.mark.parametrize("repair", REPAIRS)
def test_every_repair_answers_to_odd_input(repair):
    for samples in (0, 1, 300):
        for value in (0.0, 0.5):
            steady = np.full((2, samples), value, dtype=np.float32)
            found = repair(steady, sample_rate_hz=RATE_HZ)
            np.testing.assert_allclose(found.signal + found.residual, steady, atol=1e-6)
    with pytest.raises(ShapeError, match="not finite"):
        repair(np.array([[np.nan]], dtype=np.float32), sample_rate_hz=RATE_HZ)
    with pytest.raises(OutOfRangeError, match="sampling rate"):
        repair(MUSIC, sample_rate_hz=100)


@pytest.mark.parametrize(
    ("repair", "options"),
    [
        (remove_hum, {"mains_hz": 400.0}),
        (remove_hum, {"strength": 2.0}),
        (remove_clicks, {"sensitivity": -1.0}),
        (restore_clipping, {"level": 0.0}),
        (gate, {"range_db": 200.0}),
    ],
)
def test_repairs_refuse_arguments_outside_their_range(repair, options: dict[str, float]):
    with pytest.raises(OutOfRangeError):
        repair(MUSIC, sample_rate_hz=RATE_HZ, **options)


def test_half_a_repair_is_half_the_way():
    heard = MUSIC + hum(50.0, samples=MUSIC.shape[1])

    whole, half = (remove_hum(heard, sample_rate_hz=RATE_HZ, strength=x) for x in (1.0, 0.5))

    np.testing.assert_allclose(half.residual, whole.residual / 2, atol=1e-6)
