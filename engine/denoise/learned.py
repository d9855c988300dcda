"""The learned denoiser: a small network that was shown music with noise, and hears both sides of the past second."""

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from engine.arrays import Floats
from engine.denoise.mask_features import (
    BINS,
    HOP,
    SAMPLE_RATE_HZ,
    WINDOW,
    FeatureState,
    bands_to_bins,
    bins_to_bands,
)
from engine.denoise.rule import About, Rule, Spec
from engine.dsp.stft import Framing
from engine.weights import tensors

if TYPE_CHECKING:
    from engine.denoise.mask_network import MaskNetwork

MODEL: Final = "music-denoiser-1"


class Learned(Rule):
    """Gains of 256 bands from a causal network with 0.76 million weights; its card is beside them.

    The network lives at 48 kHz in frames of 42.7 ms. At any other rate the frames are as long, so the bins lie at the
    same frequencies and nothing is resampled: bins that a lower rate lacks are silent, and those above 24 kHz share the
    gain of the highest band.
    """

    needs_noise: ClassVar = False
    about: ClassVar = About(
        title="Learned for music",
        source="this project, engine/weights/music-denoiser-1.md; bands after J.-M. Valin, A hybrid DSP/deep learning "
        "approach to real-time full-band speech enhancement, MMSP, 2018",
        good_for="music in rain, wind, hum, hiss or street noise, without choosing anything",
        text="Has heard thousands of pieces with and without noise and keeps what sounds like music.",
    )

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        self._network = _network()
        self._features = FeatureState(spec.channels)
        self._state = self._network.first_state(spec.channels)
        self._scale = np.float32((WINDOW / spec.framing.window) ** 2)

    @classmethod
    def spec_for(cls, sample_rate_hz: int, channels: int) -> Spec:
        """Frames as long as the network's."""
        window = 4 * round(HOP * sample_rate_hz / SAMPLE_RATE_HZ)
        return Spec(sample_rate_hz=sample_rate_hz, channels=channels, framing=Framing(window=window))

    def gains(self, power: Floats, noise: Floats) -> Floats:
        """The noise is not asked for."""
        frames, channels, bins = power.shape
        known = np.zeros((frames, channels, BINS), dtype=np.float32)
        shared = min(bins, BINS)
        known[..., :shared] = power[..., :shared] * self._scale
        features = self._features.features(bins_to_bands(known)).transpose(1, 2, 0, 3)
        gains = bands_to_bins(self._run(np.ascontiguousarray(features)).transpose(1, 0, 2))
        return np.pad(gains, ((0, 0), (0, 0), (0, max(bins - BINS, 0))), mode="edge")[..., :bins]

    def _run(self, features: Floats) -> Floats:
        """(channels, FEATURES, frames, bands) to gains (channels, frames, bands)."""
        import torch

        threads = torch.get_num_threads()
        # A frame is small: threads would wait for each other longer than they work.
        torch.set_num_threads(1)
        try:
            with torch.inference_mode():
                gains, self._state = self._network(torch.from_numpy(features), self._state)
        finally:
            torch.set_num_threads(threads)
        return np.asarray(gains.numpy(), dtype=np.float32)


@lru_cache(maxsize=1)
def _network() -> "MaskNetwork":
    import torch

    from engine.denoise.mask_network import MaskNetwork

    network = MaskNetwork().eval()
    network.load_state_dict({name: torch.from_numpy(values) for name, values in tensors.read(MODEL).items()})
    return network
