import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import mixing
from engine.errors import ChannelsError, OutOfRangeError, ShapeError, UnknownParameterError, UnknownPluginError
from engine.mixing import PLUGINS, Chain, apply
from tests.helpers.music_files import tone

RATE_HZ = 44_100
EQ = {"type": "eq", "bands": [{"shape": "peak", "frequency_hz": 900, "gain_db": 5}]}
CHANGED = {
    "eq": EQ,
    "pitch_shift": {"type": "pitch_shift", "semitones": 3},
    "time_stretch": {"type": "time_stretch", "length": 1.5},
}
PLAIN = [CHANGED.get(kind, {"type": kind}) for kind in PLUGINS]
LINE = {"gain_db": [{"at_s": 0.1, "value": -20}, {"at_s": 0.3, "value": 6}]}


def noise(channels: int, samples: int, seed: int = 1) -> np.ndarray:
    return (0.3 * np.random.default_rng(seed).standard_normal((channels, samples))).astype(np.float32)


def in_pieces(plugins: list[dict], signal: np.ndarray, cuts: list[int]) -> np.ndarray:
    chain = Chain.from_settings(plugins, RATE_HZ, signal.shape[0])
    pieces = [chain.process(piece) for piece in np.split(signal, sorted(cuts), axis=1)]
    return np.concatenate([*pieces, chain.flush()], axis=1)


@pytest.mark.parametrize("plugin", PLAIN, ids=lambda plugin: plugin["type"])
def test_cutting_the_input_into_blocks_changes_no_bit(plugin: dict):
    signal = noise(2, 20_000)

    whole = in_pieces([plugin], signal, [])

    assert np.array_equal(in_pieces([plugin], signal, [1, 33, 34, 8_192, 12_345]), whole)


@given(cuts=st.lists(st.integers(0, 20_000), max_size=6))
@settings(max_examples=10, deadline=None)
def test_a_long_chain_with_automation_comes_out_the_same_however_it_is_cut(cuts: list[int]):
    plugins = [
        {"type": "saturation"},
        {"type": "gain", "automation": LINE},
        {"type": "limiter"},
        {"type": "compressor"},
    ]
    signal = noise(2, 20_000)

    assert np.array_equal(in_pieces(plugins, signal, cuts), in_pieces(plugins, signal, []))


@pytest.mark.parametrize("plugin", PLAIN, ids=lambda plugin: plugin["type"])
@pytest.mark.parametrize("rate", [8_000, 192_000])
def test_every_plugin_works_at_the_lowest_and_the_highest_rate(plugin: dict, rate: int):
    out = apply(noise(2, 3_000), [plugin], sample_rate_hz=rate)

    assert out.shape[0] == 2
    assert np.isfinite(out).all()


@pytest.mark.parametrize("plugin", PLAIN, ids=lambda plugin: plugin["type"])
@pytest.mark.parametrize(
    "signal",
    [np.zeros((2, 9_000)), np.ones((2, 9_000)), np.clip(noise(2, 9_000) * 50, -1, 1), np.full((2, 1), 0.5)],
    ids=["silence", "direct current", "clipped", "one sample"],
)
def test_every_plugin_stays_finite_on_odd_input(plugin: dict, signal: np.ndarray):
    out = apply(signal.astype(np.float32), [plugin], sample_rate_hz=RATE_HZ)

    assert plugin["type"] == "time_stretch" or out.shape[1] == signal.shape[1]
    assert np.isfinite(out).all()
    assert signal.any() or not out.any(), "silence stays silent"


@pytest.mark.parametrize("channels", [1, 3, 8])
@pytest.mark.parametrize("plugin", PLAIN, ids=lambda plugin: plugin["type"])
def test_a_plugin_takes_any_channels_or_says_how_many_it_needs(plugin: dict, channels: int):
    if plugin["type"] in ("pan", "width"):
        with pytest.raises(ChannelsError, match="needs 2 channels"):
            Chain.from_settings([plugin], RATE_HZ, channels)
        return

    out = in_pieces([plugin], noise(channels, 2_000), [])

    assert out.shape[0] == channels
    assert np.isfinite(out).all()


@pytest.mark.parametrize("kind", ["limiter", "saturation"])
def test_the_latency_a_plugin_reports_is_where_its_sound_comes_out(kind: str):
    click = np.zeros((2, 4_000), dtype=np.float32)
    click[:, 1_000] = 0.2
    chain = Chain.from_settings([{"type": kind}], RATE_HZ, 2)

    out = np.concatenate([chain.process(click), chain.flush()], axis=1)

    assert chain.latency_samples > 0
    assert np.abs(out[0]).argmax() == 1_000 + chain.latency_samples


def test_an_automated_gain_runs_in_a_straight_line_through_every_sample():
    ones = np.full((2, RATE_HZ // 2), 0.5, dtype=np.float32)

    out = apply(ones, [{"type": "gain", "automation": LINE}], sample_rate_hz=RATE_HZ)

    level = 20 * np.log10(out[0] / 0.5)
    assert level[0] == pytest.approx(-20, abs=0.01)
    assert level[int(0.2 * RATE_HZ)] == pytest.approx(-7, abs=0.05)
    assert level[-1] == pytest.approx(6, abs=0.01)
    assert np.abs(np.diff(out[0])).max() < 4e-4, "no steps: one for 32 samples would be 0.01"


def test_automation_is_heard_when_it_was_written_behind_a_late_plugin():
    ones = np.full((2, RATE_HZ // 2), 0.1, dtype=np.float32)
    jump = {"gain_db": [{"at_s": 0.2, "value": 0}, {"at_s": 0.2, "value": -20}]}

    out = apply(ones, [{"type": "limiter"}, {"type": "gain", "automation": jump}], sample_rate_hz=RATE_HZ)

    changed = int(np.flatnonzero(out[0] < 0.05)[0])
    assert abs(changed - 0.2 * RATE_HZ) <= 64


def test_a_moving_equaliser_band_is_at_its_values_at_both_ends():
    sweep = {"frequency_hz": [{"at_s": 0, "value": 200}, {"at_s": 0.5, "value": 3_200}]}
    band = {"shape": "band_pass", "frequency_hz": 1000, "q": 4, "automation": sweep}
    hum, pitch = (tone(1, hz=hz, level=0.4, rate=RATE_HZ) for hz in (200, 3_200))

    low, high = (apply(sound, [{"type": "eq", "bands": [band]}], sample_rate_hz=RATE_HZ)[0] for sound in (hum, pitch))

    assert np.abs(low[1_000:3_000]).max() > 0.25 > 10 * np.abs(low[-3_000:]).max()
    assert np.abs(high[-3_000:]).max() > 0.35 > 5 * np.abs(high[1_000:3_000]).max()


@pytest.mark.parametrize(
    ("plugin", "error", "words"),
    [
        ({"type": "autotune"}, UnknownPluginError, "plugin 1: 'autotune' is not known; there are eq,"),
        ({}, UnknownPluginError, "plugin 1: None"),
        (
            {"type": "compressor", "ratio": 0.5},
            OutOfRangeError,
            r"plugin 1 \(compressor\): ratio is 0.5; it must lie in 1",
        ),
        (
            {"type": "gain", "gain_db": float("nan")},
            OutOfRangeError,
            r"gain_db is nan; it must be a number in -60\.\.30 dB",
        ),
        ({"type": "gain", "gain_db": True}, OutOfRangeError, "gain_db is True"),
        ({"type": "chorus", "voices": 2.5}, OutOfRangeError, "voices is 2.5; it must be a whole number"),
        ({"type": "gain", "colour": 1}, UnknownParameterError, "no parameter 'colour'; known are gain_db"),
        ({"type": "low_pass", "slope_db_per_octave": 7}, OutOfRangeError, "one of 6, 12"),
        ({"type": "delay", "ping_pong": 1}, OutOfRangeError, "ping_pong is 1; it must be true or false"),
        ({"type": "eq"}, OutOfRangeError, "bands is missing"),
        ({"type": "eq", "bands": [{"shape": "peak"}]}, OutOfRangeError, r"bands\[0\]: frequency_hz is missing"),
        ({"type": "reverb", "automation": {"decay_s": []}}, UnknownParameterError, "'decay_s' cannot be automated"),
        ({"type": "gain", "automation": {"gain_db": [{"at_s": 0, "value": 99}]}}, OutOfRangeError, "gain_db is 99"),
        (
            {"type": "gain", "automation": {"gain_db": [{"at_s": 2, "value": 0}, {"at_s": 1, "value": 0}]}},
            OutOfRangeError,
            "not in order of time",
        ),
    ],
)
def test_a_wrong_setting_is_refused_by_plugin_parameter_and_range(plugin: dict, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        Chain.from_settings([plugin], RATE_HZ, 2)


def test_signals_that_are_not_finite_or_of_other_channels_are_refused():
    chain = Chain.from_settings([EQ], RATE_HZ, 2)

    with pytest.raises(ShapeError, match="not finite"):
        chain.process(np.full((2, 10), np.nan, dtype=np.float32))
    with pytest.raises(ChannelsError, match="built for 2 channels"):
        chain.process(noise(1, 10))
    for rate, channels in ((4_000, 2), (400_000, 2)):
        with pytest.raises(OutOfRangeError, match="sampling rate"):
            Chain.from_settings([EQ], rate, channels)


def test_a_side_chain_ducks_a_pad_under_a_kick():
    pad, kick = noise(2, RATE_HZ), np.zeros((2, RATE_HZ), dtype=np.float32)
    kick[:, 10_000:14_000] = 0.9
    ducker = {"type": "compressor", "threshold_db": -30, "ratio": 20, "attack_ms": 1, "side_chain": "kick"}
    chain = Chain.from_settings([ducker], RATE_HZ, 2)

    out = np.concatenate([chain.process(pad, {"kick": kick}), chain.flush()], axis=1)

    assert chain.side_chains == ("kick",)
    assert np.allclose(out[:, :9_900], pad[:, :9_900], atol=1e-6)
    assert np.abs(out[:, 11_000:13_900]).mean() < 0.1 * np.abs(pad[:, 11_000:13_900]).mean()


def test_every_parameter_of_the_schema_says_its_unit_range_default_curve_and_automation():
    definitions = mixing.schema()["$defs"]

    for name in [*PLUGINS, "band"]:
        for parameter, value in definitions[name]["properties"].items():
            if value.get("type") in ("number", "integer"):
                assert {"title", "unit", "minimum", "maximum", "default", "curve", "automation"} <= set(value), (
                    parameter
                )
                assert value["minimum"] <= value["default"] <= value["maximum"]
