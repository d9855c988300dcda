"""Masters: the loudness asked for, no peak over the ceiling, nearer to what was named, and editable."""

from functools import cache

import numpy as np
import pytest

from engine.dsp.loudness import integrated_lufs
from engine.errors import SilenceError
from engine.io import mix_setting
from engine.mastering import Aim, Amounts, analyse, distance, master, recording
from engine.mastering.genres import TARGETS, curve_db
from engine.mixing import apply
from engine.mixing.styles import GENRES
from tests.helpers import made_music
from tests.helpers.made_music import RATE_HZ, band, hard_signals, peak_dbtp

HARD = hard_signals()


def genre_aim(genre: str, **changes: float) -> Aim:
    target = TARGETS[genre]
    values = {"loudness_lufs": target.loudness_lufs, "crest_db": target.crest_db, "width_db": target.width_db}
    return Aim(balance_db=curve_db(genre), words=f"{genre} music", **{**values, **changes})


@cache
def heard(name: str):
    return recording(HARD[name], sample_rate_hz=RATE_HZ)


@pytest.mark.parametrize(("name", "genre"), list(zip(HARD, [*GENRES, *GENRES], strict=False)))
def test_no_peak_passes_the_ceiling_and_the_loudness_is_met(name: str, genre: str):
    made = master(heard(name), genre_aim(genre), Amounts())

    assert peak_dbtp(made.sound) <= -1.0
    wanted, found = TARGETS[genre].loudness_lufs, integrated_lufs(made.sound, sample_rate_hz=RATE_HZ)
    if name == "clicks":  # a click every eighth of a second cannot be as loud as music
        assert found <= wanted + 0.1
    else:
        assert abs(found - wanted) <= 0.1


@pytest.mark.parametrize("lufs", [-23.0, -9.0])
def test_loudness_alone_changes_nothing_but_the_level_and_the_peaks(lufs: float):
    made = master(heard("band"), Aim(loudness_lufs=lufs), Amounts())

    assert [plugin["type"] for plugin in made.setting["plugins"]] == ["limiter"]
    assert abs(made.after.loudness_lufs - lufs) <= 0.1


def test_a_master_is_nearer_to_its_reference_in_balance_loudness_and_width():
    reference = apply(
        band(seed=4),
        [{"type": "eq", "bands": [{"shape": "high_shelf", "frequency_hz": 4_000, "gain_db": 6},
                                  {"shape": "peak", "frequency_hz": 300, "gain_db": -5, "q": 1}]},
         {"type": "width", "width": 1.5}],
        sample_rate_hz=RATE_HZ,
    )  # fmt: skip
    wanted = analyse(reference, sample_rate_hz=RATE_HZ)
    aim = Aim(
        loudness_lufs=-14, balance_db=wanted.balance_db, crest_db=wanted.crest_db, width_db=wanted.width_db,
        detail="third", words="the reference",
    )  # fmt: skip

    made = master(heard("band"), aim, Amounts())

    before, after = distance(made.before, wanted), distance(made.after, wanted)
    assert after.balance_db < 0.4 * before.balance_db
    assert after.balance_db < 1.0
    assert after.width_db < 1.0 < before.width_db


def test_the_setting_alone_makes_the_same_sound():
    made = master(heard("band"), genre_aim("rock"), Amounts())

    again = apply(HARD["band"], mix_setting.read(mix_setting.write(made.setting)), sample_rate_hz=RATE_HZ)

    assert np.abs(again - made.sound).max() < 1e-5


def test_the_same_master_twice_is_the_same_to_the_bit():
    one, other = (master(heard("band"), genre_aim("jazz"), Amounts()) for _ in range(2))

    assert np.array_equal(one.sound, other.sound)
    assert one.setting == other.setting


@pytest.mark.parametrize("stage", ["equaliser", "dynamics", "width"])
def test_a_stage_at_nothing_leaves_its_plugin_out(stage: str):
    kinds = {"equaliser": "eq", "dynamics": "compressor", "width": "width"}
    aim = genre_aim("electronic", crest_db=6.0, width_db=-4.0)

    full = master(heard("band"), aim, Amounts())
    without = master(heard("band"), aim, Amounts(**{stage: 0}))

    assert kinds[stage] in [plugin["type"] for plugin in full.setting["plugins"]]
    assert kinds[stage] not in [plugin["type"] for plugin in without.setting["plugins"]]


def test_half_an_equaliser_goes_half_the_way():
    aim = Aim(loudness_lufs=-20, balance_db=curve_db("electronic"), words="electronic music")

    half, whole = (master(heard("band"), aim, Amounts(equaliser=amount)) for amount in (50, 100))

    ways = [np.abs(made.after.balance_db - made.before.balance_db)[4:26].mean() for made in (half, whole)]
    assert 0.4 < ways[0] / ways[1] < 0.6


def test_less_limiter_is_less_loud_and_says_so():
    full, some = (
        master(heard("white noise"), Aim(loudness_lufs=-6.5), Amounts(limiter=amount)) for amount in (100, 40)
    )

    assert abs(full.after.loudness_lufs + 6.5) <= 0.1
    assert some.after.loudness_lufs < -7.5
    assert "All the way would be -6.5 LUFS" in some.remarks[-1]


def test_mono_comes_out_on_both_sides_and_nothing_is_widened():
    made = master(recording(HARD["band"][:1], sample_rate_hz=RATE_HZ), genre_aim("pop"), Amounts())

    assert np.array_equal(made.sound[0], made.sound[1])
    assert any("nothing to widen" in remark for remark in made.remarks)


@pytest.mark.parametrize("rate", [8_000, 48_000])
def test_other_sampling_rates_are_mastered_as_they_are(rate: int):
    signal = made_music.band(1.5, rate=rate)

    made = master(recording(signal, sample_rate_hz=rate), genre_aim("pop"), Amounts())

    assert made.sound.shape == signal.shape
    assert abs(integrated_lufs(made.sound, sample_rate_hz=rate) - TARGETS["pop"].loudness_lufs) <= 0.1
    assert peak_dbtp(made.sound) <= -1.0


def test_what_is_clipped_is_said():
    made = master(heard("clipped"), Aim(loudness_lufs=-14), Amounts())

    assert "clipped" in made.remarks[0]
    assert not any("clipped" in remark for remark in master(heard("band"), Aim(loudness_lufs=-14), Amounts()).remarks)


@pytest.mark.parametrize("signal", [np.zeros((2, RATE_HZ), np.float32), np.full((1, RATE_HZ), 1e-6, np.float32)])
def test_silence_is_refused(signal: np.ndarray):
    with pytest.raises(SilenceError, match="silent"):
        recording(signal, sample_rate_hz=RATE_HZ)


def test_faint_music_is_lifted_before_the_limiter():
    made = master(heard("faint"), Aim(loudness_lufs=-14), Amounts())

    assert [plugin["type"] for plugin in made.setting["plugins"]] == ["gain", "limiter"]
    assert abs(made.after.loudness_lufs + 14) <= 0.1
