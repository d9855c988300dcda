"""Automatic mixing: an editable mix, the same for the same stems in any order at any level, steered by its knobs."""

import numpy as np
import pytest

from engine.errors import OutOfRangeError, SilenceError, TooShortError
from engine.io import strict_json
from engine.mixing import Mix, mix_schema, mixdown
from engine.mixing.auto_capability import CAPABILITY, TASTES
from engine.mixing.auto_places import positions
from engine.mixing.auto_reference import Wanted, refine
from engine.recommend.audio_capability import AudioProposal, Given, Sound
from tests.helpers import made_music
from tests.helpers.made_music import RATE_HZ

STEMS = made_music.stems(2.0)


def given(stems: dict[str, np.ndarray] = STEMS, **more: object) -> Given:
    sounds = tuple(Sound(name=name, signal=sound, sample_rate_hz=RATE_HZ) for name, sound in stems.items())
    return Given(sounds=sounds, **more)


def proposed(stems: dict[str, np.ndarray] = STEMS, *, seed: int = 1, count: int = 1, **values: object):
    return list(CAPABILITY.propose(given(stems), seed=seed, count=count, values=values))


def strip(proposal: AudioProposal, name: str) -> dict:
    return next(track for track in proposal.setting["tracks"] if track["name"] == name)


@pytest.fixture(scope="module")
def mix() -> AudioProposal:
    return proposed()[0]


def test_a_proposal_is_a_mix_that_fits_its_schema_and_plays_to_the_same_sound(mix: AudioProposal):
    strict_json.check(dict(mix.setting), mix_schema())

    again = mixdown(Mix.from_settings(mix.setting), STEMS, sample_rate_hz=RATE_HZ)

    assert np.abs(again - mix.sound).max() < 1e-5
    assert {track["name"] for track in mix.setting["tracks"]} == set(STEMS)
    lufs, peak = (mix.figures_milli[name] / 1000 for name in ("integrated_lufs", "sample_peak_dbfs"))
    assert (lufs == pytest.approx(-18, abs=0.1) and peak <= -1) or (lufs < -18 and peak == pytest.approx(-1, abs=0.02))


def test_every_track_is_explained(mix: AudioProposal):
    for name in STEMS:
        assert any(remark.startswith(f"{name}: heard as ") and "fader" in remark for remark in mix.remarks)


def test_the_same_call_gives_the_same_mix_and_seeds_draw_other_tastes(mix: AudioProposal):
    again = proposed()[0]
    seconds = {proposed(seed=seed, count=2)[1].remarks[0] for seed in range(1, 4)}

    assert np.array_equal(again.sound, mix.sound)
    assert again.setting == mix.setting
    assert len(seconds) > 1
    assert seconds <= {taste.words for taste in TASTES}


def test_the_order_of_the_stems_means_nothing(mix: AudioProposal):
    other = proposed(dict(reversed(STEMS.items())))[0]

    for name in STEMS:
        assert strip(other, name)["gain_db"] == pytest.approx(strip(mix, name)["gain_db"], abs=0.05)


def test_a_stem_that_comes_louder_is_taken_down_by_as_much(mix: AudioProposal):
    louder = proposed({**STEMS, "bass": STEMS["bass"] * np.float32(10 ** (9 / 20))})[0]

    moved = {name: strip(louder, name)["gain_db"] - strip(mix, name)["gain_db"] for name in STEMS}
    assert moved["bass"] - moved["lead"] == pytest.approx(-9, abs=0.3)
    assert moved["drums"] == pytest.approx(moved["lead"], abs=0.1)


def test_knobs_at_nothing_leave_their_plugins_and_sends_out():
    plain = proposed(equaliser=0, compressor=0, pan=0, reverb=0)[0]

    assert all(not track["plugins"] and track["position"] == 0 for track in plain.setting["tracks"])
    assert plain.setting["buses"] == []


def test_levels_at_nothing_keep_the_stems_own_balance():
    kept = proposed(level=0, equaliser=0, compressor=0, reverb=0)[0]

    gains = [track["gain_db"] for track in kept.setting["tracks"]]
    assert max(gains) - min(gains) < 0.05


def test_one_track_alone_is_worked_on_too():
    alone = proposed({"lead": STEMS["lead"]})[0]

    assert len(alone.setting["tracks"]) == 1
    assert alone.figures_milli["integrated_lufs"] / 1000 <= -17.9


def test_a_silent_stem_is_left_as_it_is_and_all_silent_is_refused():
    silent = {"nothing": np.zeros((1, RATE_HZ), np.float32)}

    mixed = proposed({**STEMS, **silent})[0]

    assert strip(mixed, "nothing") == {"name": "nothing"}
    assert "nothing: silent, left as it is." in mixed.remarks
    with pytest.raises(SilenceError):
        proposed(silent)


def test_what_cannot_be_mixed_is_refused_by_name():
    short = {"click": np.ones((1, 1), np.float32)}

    with pytest.raises(TooShortError, match="click"):
        proposed(short)
    with pytest.raises(OutOfRangeError, match="genre"):
        proposed(genre="polka")
    twice = given().sounds + given().sounds[:1]
    with pytest.raises(OutOfRangeError, match="drums"):
        list(CAPABILITY.propose(Given(sounds=twice), seed=1, count=1, values={}))


def test_work_can_be_stopped_on_the_way():
    class Stopped(Exception): ...

    def stop(share: float, words: str) -> None:
        if share > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        list(CAPABILITY.propose(given(), seed=1, count=1, values={}, tell=stop))


def test_faders_move_towards_a_reference():
    draw = np.random.default_rng(3)
    shapes = draw.uniform(-30, 0, (4, 30))
    meant = np.array([3.0, -2.0, 0.0, -1.0])
    power = 10 ** (meant / 10) @ 10 ** (shapes / 10)
    wanted = Wanted(
        balance_db=10 * np.log10(power / (power @ np.ones(30))), counts=np.ones(30, dtype=bool), width_db=-12.0
    )

    found = refine(np.zeros(4), np.full(4, 0.3), shapes, wanted, seed=1)
    again = refine(np.zeros(4), np.full(4, 0.3), shapes, wanted, seed=1)

    assert found.after_db < found.before_db
    assert np.array_equal(found.level_lu, again.level_lu)


def test_tracks_stand_on_both_sides_and_the_middle_stays_free():
    placed = positions(np.array([0.0, 0.5, 0.3, 0.55]))

    assert placed[0] == 0
    assert abs(placed.sum()) <= 0.3
    assert {-1.0, 1.0} <= set(np.sign(placed[1:]))
