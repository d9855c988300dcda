import numpy as np

from engine.dsp.resample import resample
from tests.helpers.music_files import tone

RATE_HZ = 44_100


def test_resampling_keeps_a_tone():
    out = resample(tone(1, rate=RATE_HZ), from_hz=RATE_HZ, to_hz=22_050)

    assert out.shape == (1, 22_050)
    assert np.abs(out - tone(1, rate=22_050))[:, 500:-500].max() < 1e-3
