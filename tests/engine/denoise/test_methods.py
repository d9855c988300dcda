"""Every method: better than before, whole equals stream, strength, and clear answers to odd input."""

import itertools

import numpy as np
import pytest

from engine.denoise import ESTIMATORS, METHODS, Denoiser, denoise, describe, noise_profile
from engine.errors import EngineError, OutOfRangeError, ShapeError
from tests.engine.denoise.sounds import LEAD_S, RATE_HZ, hiss, melody, snr_db

CLEAN = melody()
NOISY = CLEAN + hiss(CLEAN, snr_db=5.0)


def in_blocks(signal: np.ndarray, sizes: list[int], **options: object) -> np.ndarray:
    stream = Denoiser(channels=signal.shape[0], **options)  # type: ignore[arg-type]
    out, at, index = [], 0, 0
    while at < signal.shape[1]:
        size = sizes[index % len(sizes)]
        out.append(stream.process(signal[:, at : at + size]))
        at, index = at + size, index + 1
    return np.concatenate([*out, stream.flush()], axis=1)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_is_described(method: str):
    about = describe(method)

    assert about.title
    assert about.good_for
    assert about.text.endswith(".")
    assert any(character.isdigit() for character in about.source)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_brings_a_noisy_melody_nearer_to_the_clean_one(method: str):
    found = denoise(NOISY, sample_rate_hz=RATE_HZ, method=method)

    assert snr_db(CLEAN, found.signal) > snr_db(CLEAN, NOISY) + 1.0


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_each_estimator_finds_steady_noise(estimator: str):
    found = denoise(NOISY, sample_rate_hz=RATE_HZ, method="wiener", estimator=estimator)

    assert snr_db(CLEAN, found.signal) > snr_db(CLEAN, NOISY) + 2.0


@pytest.mark.parametrize("method", METHODS)
def test_what_is_left_and_what_is_removed_add_up(method: str):
    found = denoise(NOISY, sample_rate_hz=RATE_HZ, method=method)

    assert found.signal.shape == found.residual.shape == NOISY.shape
    assert found.signal.dtype == found.residual.dtype == np.float32
    np.testing.assert_allclose(found.signal + found.residual, NOISY, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_stream_gives_the_samples_of_the_whole(method: str):
    stereo = melody(seconds=1.0, channels=2)
    stereo = stereo + hiss(stereo, snr_db=5.0)
    whole = denoise(stereo, sample_rate_hz=RATE_HZ, method=method).signal

    for sizes in ([160], [1, 7, 4000], [100_000]):
        streamed = in_blocks(stereo, sizes, method=method, sample_rate_hz=RATE_HZ)

        assert streamed.shape == whole.shape
        np.testing.assert_allclose(streamed, whole, atol=2e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_stream_holds_back_no_more_than_it_says(method: str):
    stream = Denoiser(method=method, sample_rate_hz=RATE_HZ, channels=1)
    given = 0

    for start in range(0, NOISY.shape[1], 128):
        given += stream.process(NOISY[:, start : start + 128]).shape[1]

        assert min(start + 128, NOISY.shape[1]) - given <= stream.latency_samples


@pytest.mark.parametrize("method", METHODS)
def test_strength_0_changes_nothing_and_more_removes_more(method: str):
    removed = [
        float(np.square(denoise(NOISY, sample_rate_hz=RATE_HZ, method=method, strength=x).residual).sum())
        for x in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]

    assert removed[0] == 0.0
    assert all(less < more for less, more in itertools.pairwise(removed))
    assert np.array_equal(denoise(NOISY, sample_rate_hz=RATE_HZ, method=method, strength=0.0).signal, NOISY)


def test_a_chosen_region_of_noise_is_used():
    region = denoise(NOISY, sample_rate_hz=RATE_HZ, method="wiener", noise=(0.0, LEAD_S))
    profile = noise_profile(NOISY, sample_rate_hz=RATE_HZ, noise=(0.0, LEAD_S))
    streamed = in_blocks(NOISY, [999], method="wiener", sample_rate_hz=RATE_HZ, noise_profile=profile)

    assert snr_db(CLEAN, region.signal) > snr_db(CLEAN, NOISY) + 4.0
    np.testing.assert_allclose(streamed, region.signal, atol=2e-6)


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 8), (11_025, 1), (44_100, 2), (192_000, 1)])
def test_any_rate_and_number_of_channels_is_taken(rate_hz: int, channels: int):
    clean = melody(seconds=0.4, rate_hz=rate_hz, channels=channels)

    for method in METHODS:
        found = denoise(clean, sample_rate_hz=rate_hz, method=method)

        assert found.signal.shape == clean.shape
        assert np.isfinite(found.signal).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("samples", [0, 1, 2, 511])
def test_very_short_signals_come_back_as_long_as_they_were(method: str, samples: int):
    found = denoise(NOISY[:, :samples], sample_rate_hz=RATE_HZ, method=method)

    assert found.signal.shape == (1, samples)
    assert np.isfinite(found.signal).all()


@pytest.mark.parametrize("method", METHODS)
def test_silence_stays_silent_and_loud_input_stays_within_bounds(method: str):
    silence = np.zeros((1, 8_000), dtype=np.float32)
    square = np.sign(melody(seconds=0.5)).astype(np.float32)
    steady = np.full((1, 8_000), 0.5, dtype=np.float32)

    assert not denoise(silence, sample_rate_hz=RATE_HZ, method=method).signal.any()
    for signal in (square, steady, -steady):
        found = denoise(signal, sample_rate_hz=RATE_HZ, method=method).signal
        assert np.isfinite(found).all()
        assert np.abs(found).max() < 3.0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value: float):
    broken = NOISY.copy()
    broken[0, 100] = value

    with pytest.raises(ShapeError, match="not finite"):
        denoise(broken, sample_rate_hz=RATE_HZ, method="boll")
    with pytest.raises(ShapeError, match="not finite"):
        Denoiser(method="boll", sample_rate_hz=RATE_HZ).process(broken)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "magic"}, "there is no method 'magic'"),
        ({"estimator": "magic"}, "there is no noise estimator 'magic'"),
        ({"strength": 2.5}, "strength is between 0 and 1"),
        ({"strength": float("nan")}, "strength is between 0 and 1"),
        ({"sample_rate_hz": 4_000}, "sampling rate is between"),
        ({"noise": (0.5, 0.2)}, "does not lie within"),
        ({"noise": (0.0, 60.0)}, "does not lie within"),
        ({"noise": (0.1, float("nan"))}, "does not lie within"),
        ({"noise": (0.1, 0.11)}, "10 ms long; it takes at least 40 ms"),
        ({"noise": (0.0, 0.2), "estimator": "mcra"}, "not both"),
    ],
)
def test_arguments_outside_their_range_are_refused(options: dict[str, object], words: str):
    with pytest.raises(OutOfRangeError, match=words):
        denoise(NOISY, **{"sample_rate_hz": RATE_HZ, "method": "sos"} | options)  # type: ignore[arg-type]


def test_nine_channels_and_wrong_blocks_are_refused():
    with pytest.raises(OutOfRangeError, match="1 to 8 channels"):
        denoise(np.zeros((9, 100), dtype=np.float32), sample_rate_hz=RATE_HZ, method="sos")
    with pytest.raises(ShapeError, match="the block has 2 channels, the stream 1"):
        Denoiser(method="sos", sample_rate_hz=RATE_HZ).process(np.zeros((2, 100), dtype=np.float32))
    with pytest.raises(ShapeError, match="the noise profile is"):
        Denoiser(method="sos", sample_rate_hz=RATE_HZ, noise_profile=np.zeros((1, 5), dtype=np.float32))


def test_a_stream_that_has_ended_takes_no_more():
    stream = Denoiser(method="sos", sample_rate_hz=RATE_HZ)
    stream.process(NOISY)
    stream.flush()

    with pytest.raises(EngineError, match="the stream has ended"):
        stream.process(NOISY)


@pytest.mark.parametrize("method", METHODS)
def test_channels_share_their_gains_so_that_a_turned_image_comes_out_turned(method: str):
    stereo = np.concatenate([CLEAN, 0.3 * CLEAN])
    stereo = stereo + hiss(stereo, snr_db=8.0)
    turn = np.array([[np.cos(0.6), -np.sin(0.6)], [np.sin(0.6), np.cos(0.6)]], dtype=np.float32)

    found = denoise(stereo, sample_rate_hz=RATE_HZ, method=method).signal
    turned = denoise(turn @ stereo, sample_rate_hz=RATE_HZ, method=method).signal

    np.testing.assert_allclose(turned, turn @ found, atol=2e-5)
    assert snr_db(stereo, found) > 5.0


def test_a_region_of_noise_is_shared_by_the_channels_too():
    stereo = np.concatenate([NOISY, 0.5 * NOISY[:, ::-1]])

    found = denoise(stereo, sample_rate_hz=RATE_HZ, method="wiener", noise=(0.0, LEAD_S)).signal
    swapped = denoise(stereo[::-1], sample_rate_hz=RATE_HZ, method="wiener", noise=(0.0, LEAD_S)).signal

    np.testing.assert_allclose(swapped, found[::-1], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_channels_that_are_different_recordings_can_be_heard_one_by_one(method: str):
    heard = np.concatenate([NOISY, 0.5 * NOISY[:, ::-1]])

    apart = denoise(heard, sample_rate_hz=RATE_HZ, method=method, is_linked=False).signal

    for channel, alone in enumerate(heard):
        expected = denoise(alone[np.newaxis], sample_rate_hz=RATE_HZ, method=method).signal[0]
        np.testing.assert_allclose(apart[channel], expected, atol=2e-6)
