"""What every recommendation of sound has in common, over all there are."""

import re

import numpy as np
import pytest

from engine.errors import ChannelsError, OutOfRangeError, TooShortError
from engine.mastering.profile import analyse, as_json, from_json
from engine.recommend import registry
from engine.recommend.audio_capability import Given, Sound
from engine.weights import tensors
from tests.helpers import made_music
from tests.helpers.made_music import RATE_HZ

BAND = made_music.band(1.5)


def given(signal: np.ndarray, *, rate: int = RATE_HZ, **more: object) -> Given:
    return Given(sounds=(Sound(name="song", signal=signal, sample_rate_hz=rate),), **more)


@pytest.mark.parametrize("name", sorted(registry.SOUND))
def test_the_card_names_the_weights_and_they_are_small(name: str):
    capability = registry.of_sound(name)
    path = tensors.path_of(capability.model)

    assert capability.weights_hash() in re.findall(r"\b[0-9a-f]{64}\b", path.with_suffix(".md").read_text())
    assert path.stat().st_size < 1_000_000


@pytest.mark.parametrize("name", sorted(registry.SOUND))
@pytest.mark.parametrize(
    ("signal", "refusal"),
    [
        (np.zeros((1, 1), np.float32), TooShortError),
        (np.zeros((3, RATE_HZ), np.float32), ChannelsError),
    ],
)
def test_what_cannot_be_worked_on_is_refused_by_its_name(name: str, signal: np.ndarray, refusal: type[Exception]):
    with pytest.raises(refusal, match="song"):
        list(registry.of_sound(name).propose(given(signal), seed=1, count=1, values={}))


@pytest.mark.parametrize("name", sorted(registry.SOUND))
def test_knobs_seeds_and_counts_out_of_range_are_refused(name: str):
    capability = registry.of_sound(name)

    for call in ({"seed": -1, "count": 1}, {"seed": 1, "count": 9}):
        with pytest.raises(OutOfRangeError):
            list(capability.propose(given(BAND), values={}, **call))
    with pytest.raises(OutOfRangeError, match="no knob"):
        capability.read({"volume": 11})


def test_masters_differ_by_taste_and_are_compared_at_one_loudness():
    capability = registry.of_sound("mastering")

    first, second = capability.propose(given(BAND), seed=3, count=2, values={"genre": "rock"})

    assert not np.array_equal(first.sound, second.sound)
    for made in (first, second):
        assert made.before_gain_db <= 0
        assert made.after_gain_db <= 0
        assert 0 in (made.before_gain_db, made.after_gain_db)
        assert made.figures_milli["true_peak_dbtp"] <= -1000


def test_a_kept_preset_masters_as_the_reference_itself_does():
    capability = registry.of_sound("mastering")
    reference = Sound(name="reference", signal=made_music.band(1.5, seed=9), sample_rate_hz=RATE_HZ)
    preset = as_json(analyse(reference.signal, sample_rate_hz=RATE_HZ), name="reference")

    (heard,) = capability.propose(given(BAND, references=(reference,)), seed=1, count=1, values={})
    (kept,) = capability.propose(given(BAND, preset=preset), seed=1, count=1, values={})

    assert kept.figures_milli["integrated_lufs"] == pytest.approx(heard.figures_milli["integrated_lufs"], abs=60)
    assert np.sqrt(np.mean(np.square(kept.sound - heard.sound))) < 0.02 * np.sqrt(np.mean(np.square(heard.sound)))


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"balance_db": [0.0] * 29}, {"crest_db": "high"}, {"balance_db": [1e9] * 30}]
)
def test_a_broken_preset_is_refused(change: dict):
    preset = as_json(analyse(BAND, sample_rate_hz=RATE_HZ))

    assert from_json(preset).loudness_lufs < 0
    with pytest.raises(OutOfRangeError):
        from_json({**preset, **change})
