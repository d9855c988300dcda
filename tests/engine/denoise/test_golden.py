"""Every classic method against samples that a plain implementation without array libraries wrote down."""

import json

import numpy as np
import pytest

from engine.denoise import METHODS, denoise
from tests.engine.denoise.golden import plain

GOLDEN = json.loads(plain.FILE.read_text())["samples"]
SOUND = np.array([plain.sound()], dtype=np.float32)


def test_every_classic_method_has_golden_samples():
    assert [*GOLDEN, "learned"] == list(METHODS)


@pytest.mark.parametrize("method", GOLDEN)
def test_a_method_makes_the_golden_samples_of_the_plain_implementation(method: str):
    found = denoise(SOUND, sample_rate_hz=plain.RATE, method=method, noise=plain.NOISE_S).signal[0]
    wanted = np.array(GOLDEN[method])

    error = np.square(found[:: plain.STEP] - wanted).mean() / np.square(wanted).mean()

    assert 10 * np.log10(error) < -90
    assert np.abs(found - SOUND[0]).max() > 0.01, "the method does something here"


def test_the_golden_samples_are_what_the_plain_implementation_makes():
    frames = plain.spectra(plain.sound())
    power = plain.powers(frames)
    gains = plain.wiener(power, plain.noise_of(power))
    changed = [[g * v for g, v in zip(*pair, strict=True)] for pair in zip(gains, frames, strict=True)]

    again = plain.joined(changed, plain.SAMPLES)[:: plain.STEP]

    assert again == pytest.approx(GOLDEN["wiener"], abs=1e-7)
    assert plain.joined(frames, plain.SAMPLES) == pytest.approx(plain.sound(), abs=1e-12)
