"""The signals of EBU Tech 3341 (v4) and Tech 3342 that are described well enough to be synthesised.

7 and 8 of 3341 and 5 and 6 of 3342 are recordings of programmes. 20 to 23 are made in the spirit of the table: one
waveform, drawn at four times the rate, with its peak of 0 dBTP at each of the four places between two samples.
"""

import numpy as np
import pytest
from scipy import signal as filters

from engine.dsp import loudness
from engine.dsp.loudness import Meter, lufs, measure
from tests.helpers.music_files import tone

RATE_HZ = 48_000


def levels(*parts: tuple[float, float], rate: int = RATE_HZ) -> np.ndarray:
    """A stereo 1 kHz tone at successive (dBFS, seconds); a level of -inf is silence."""
    signal = np.concatenate([tone(s, hz=1000, level=10 ** (db / 20), rate=rate) for db, s in parts], axis=1)
    return np.repeat(signal, 2, axis=0)


SILENT = float("-inf")


def read_of(signal: np.ndarray) -> loudness.Loudness:
    """All but the peaks, which cost the most."""
    meter = Meter(RATE_HZ, signal.shape[0], finds_peaks=False)
    meter.push(signal)
    return meter.read()


@pytest.mark.parametrize("level_db", [-23, -33], ids=["1", "2"])
def test_a_steady_tone_reads_the_same_on_all_three_scales(level_db: float):
    read = read_of(levels((level_db, 20)))

    for scale in (read.integrated_lufs, read.momentary_max_lufs, read.short_term_max_lufs):
        assert scale == pytest.approx(level_db, abs=0.1)
    assert read.loudness_range_lu == pytest.approx(0, abs=0.1)


def test_case_9_short_term_stands_still_over_a_pattern_of_three_seconds():
    meter = Meter(RATE_HZ, 2, finds_peaks=False)

    meter.push(levels(*[(-20, 1.34), (-30, 1.66)] * 5))

    assert lufs(meter.short_term_powers()) == pytest.approx(-23, abs=0.1)


def test_case_12_momentary_stands_still_over_a_pattern_of_four_tenths():
    meter = Meter(RATE_HZ, 2, finds_peaks=False)

    meter.push(levels(*[(-20, 0.18), (-30, 0.22)] * 25))

    assert lufs(meter.momentary_powers()[6:]) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("turn", range(20))
def test_case_10_three_seconds_reach_short_term_wherever_they_begin(turn: int):
    read = read_of(levels((SILENT, turn * 0.15), (-23, 3), (SILENT, 1)))

    assert read.short_term_max_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("turn", range(20))
def test_case_13_four_tenths_reach_momentary_wherever_they_begin(turn: int):
    read = read_of(levels((SILENT, turn * 0.02), (-23, 0.4), (SILENT, 1)))

    assert read.momentary_max_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(("case", "length_s", "slide_s"), [(11, 3.0, 0.15), (14, 0.4, 0.02)], ids=["11", "14"])
def test_cases_11_and_14_a_live_meter_reaches_each_louder_tone(case: int, length_s: float, slide_s: float):
    meter, found = Meter(RATE_HZ, 2, finds_peaks=False), []

    for turn in range(20):
        parts = [(SILENT, turn * slide_s), (-38 + turn, length_s), (SILENT, length_s - turn * slide_s)]
        meter.push(levels(*parts))
        read = meter.read()
        found.append(read.short_term_max_lufs if case == 11 else read.momentary_max_lufs)

    assert found == pytest.approx(np.arange(-38, -18), abs=0.1)


@pytest.mark.parametrize("offset", range(4), ids=["20", "21", "22", "23"])
def test_cases_20_to_23_a_peak_is_found_wherever_it_lies_between_two_samples(offset: int):
    fine = 0.5 * np.sin(2 * np.pi * np.arange(4 * RATE_HZ) / 24)
    fine[4 * RATE_HZ // 2 :][:12] *= 2  # one half-wave of twice the height, then band-limited again
    fine = filters.resample_poly(filters.resample_poly(fine, 1, 4), 4, 1)
    fine /= np.abs(fine).max()

    read = measure(fine[offset::4][np.newaxis].astype(np.float32), sample_rate_hz=RATE_HZ)

    assert -0.4 <= read.true_peak_dbtp <= 0.2
    assert read.true_peak_dbtp >= read.sample_peak_dbfs


# Tech 3342, table 1, cases 1-4: 20 s each, tolerance 1 LU.
@pytest.mark.parametrize(
    ("steps_db", "expected_lu"),
    [([-20, -30], 10), ([-20, -15], 5), ([-40, -20], 20), ([-50, -35, -20, -35, -50], 15)],
    ids=["1", "2", "3", "4"],
)
def test_the_loudness_range_of_ebu_tech_3342(steps_db: list[float], expected_lu: float):
    read = read_of(levels(*[(step, 20) for step in steps_db]))

    assert read.loudness_range_lu == pytest.approx(expected_lu, abs=1)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 192_000])
def test_a_meter_reads_the_same_however_sound_is_cut_and_at_any_rate(rate: int):
    noise = (0.1 * np.random.default_rng(1).standard_normal((2, 5 * rate))).astype(np.float32)
    noise[:, : 2 * rate] *= 0.1
    whole = measure(noise, sample_rate_hz=rate)

    meter = Meter(rate, 2)
    for piece in np.array_split(noise, 97, axis=1):
        meter.push(piece)
        if piece.shape[1] % 2:
            meter.read()
    read = meter.read()

    assert read.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-9)
    assert read.loudness_range_lu == pytest.approx(whole.loudness_range_lu, abs=1e-9)
    assert read.short_term_max_lufs == pytest.approx(whole.short_term_max_lufs, abs=1e-9)
    assert read.true_peak_dbtp == pytest.approx(whole.true_peak_dbtp, abs=1e-9)
    assert read.duration_s == pytest.approx(5)


def test_layouts_are_weighted_by_where_loudspeakers_stand():
    sound = tone(1, hz=1000, level=0.1, rate=RATE_HZ)

    def alone(channels: int, place: int) -> float:
        signal = np.zeros((channels, RATE_HZ), dtype=np.float32)
        signal[place] = sound
        return read_of(signal).integrated_lufs

    front = alone(2, 0)
    assert alone(6, 4) - front == pytest.approx(1.49, abs=0.01)
    assert alone(8, 4) == pytest.approx(front, abs=0.01)
    assert alone(6, 3) == float("-inf"), "low frequency effects do not count"
    assert [loudness.weight_of(a, e) for a, e in ((30, 0), (110, 0), (90, 45), (135, 0))] == [1, 1.41, 1, 1]
