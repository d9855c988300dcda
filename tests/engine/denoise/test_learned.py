"""The learned method: music passes, the card tells the truth, and the trainer's pieces fit together."""

import numpy as np
import pytest
import torch

from engine.denoise import denoise
from engine.denoise.learned import MODEL
from engine.denoise.mask_features import BANDS, BINS, FeatureState, band_edges, bands_to_bins, bins_to_bands
from engine.denoise.mask_network import MaskNetwork
from engine.training.denoiser_data import split_of_clip, split_of_song
from engine.training.denoiser_loop import bands_of, loss_of, rate
from engine.training.denoiser_mix import Mixer
from engine.weights import tensors
from tests.engine.denoise.sounds import hiss, melody, snr_db


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_clean_music_passes(rate_hz: int):
    clean = melody(seconds=2.0, rate_hz=rate_hz)

    found = denoise(clean, sample_rate_hz=rate_hz, method="learned")

    assert snr_db(clean, found.signal) > 20


def test_hiss_under_music_is_taken_off():
    clean = melody(seconds=2.0, rate_hz=48_000)
    noisy = clean + hiss(clean, snr_db=0.0)

    found = denoise(noisy, sample_rate_hz=48_000, method="learned")

    assert snr_db(clean, found.signal) > snr_db(clean, noisy) + 6


def test_the_card_names_the_weights_that_are_shipped():
    card = tensors.path_of(MODEL).with_suffix(".md").read_text(encoding="utf-8")

    assert tensors.hash_of(MODEL) in card
    assert tensors.path_of(MODEL).stat().st_size < 2_000_000


def test_bands_cover_every_bin_once():
    edges = band_edges()

    assert edges[0] == 0
    assert edges[-1] == BINS
    assert (np.diff(edges) > 0).all()
    assert BANDS == 256
    flat = np.ones((1, BINS), dtype=np.float32)
    assert np.array_equal(bands_to_bins(bins_to_bands(flat)), flat)


def test_features_do_not_depend_on_the_gain_of_the_recording():
    power = np.random.default_rng(5).gamma(9.0, 1.0, size=(60, 2, BANDS)).astype(np.float32)

    quiet, loud = (FeatureState(2).features(power * np.float32(gain)) for gain in (1.0, 100.0))

    np.testing.assert_allclose(quiet, loud, atol=1e-3)


def test_the_splits_share_no_song_and_no_fold():
    assert [split_of_song(number) for number in (1, 7, 8, 9, 10, 909)] == [
        "train", "train", "valid", "test", None, "test",
    ]  # fmt: skip
    assert [split_of_clip(name) for name in ("1-17367-A.ogg", "4-160999-A.ogg", "5-181766-A.ogg")] == [
        "train", "valid", "test",
    ]  # fmt: skip


@pytest.fixture
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("_one_thread")
def test_four_steps_of_training_lower_the_loss_on_their_own_mix():
    torch.manual_seed(1)
    music = (melody(seconds=4.0, rate_hz=48_000)[0] * 32767).astype(np.int16)
    mix = Mixer(music, [], [], seed=3).draw(2, seconds=0.5)
    network, bands = MaskNetwork(), bands_of(mix)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05)

    losses = []
    for _ in range(4):
        loss = loss_of(network, bands)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))

    assert mix.clean.shape == mix.noisy.shape == (2, 46, BINS)
    assert losses[-1] < losses[0]


def test_the_same_seed_draws_the_same_mixes():
    music = (melody(seconds=4.0, rate_hz=48_000)[0] * 32767).astype(np.int16)

    first, second = (Mixer(music, [], [], seed=3).draw(2, seconds=0.3).noisy for _ in range(2))

    assert np.array_equal(first, second)


def test_the_learning_rate_rises_holds_and_falls_to_nothing():
    assert rate(0, 1000) < 0.1
    assert rate(500, 1000) == 1.0
    assert rate(900, 1000) == pytest.approx(0.4)
    assert rate(1000, 1000) == 0.0
