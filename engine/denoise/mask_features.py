"""What the learned denoiser hears: power in bands, as it is against the past second and against its own floor."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Floats

SAMPLE_RATE_HZ: Final = 48_000
WINDOW: Final = 2048
HOP: Final = 512
BINS: Final = WINDOW // 2 + 1
FEATURES: Final = 3
# (bands, bins a band): single bins up to 3 kHz, where the partials of music lie close, then ever wider ones.
_LAYOUT: Final = ((128, 1), (40, 2), (40, 4), (24, 8))
_LAST_BANDS: Final = 24  # over the rest, as even as whole bins allow

_FRAMES_PER_S: Final = SAMPLE_RATE_HZ / HOP
_POWER_FLOOR: Final = 1e-7  # of |X|^2 under a square-root Hann window of full scale 1: about -100 dBFS a bin
_QUICK: Final = 0.75  # smoothing before the floor is looked for, about 40 ms
_SLOW: Final = 1.0 / _FRAMES_PER_S  # the mean forgets over a second
_RISE: Final = 0.3 / _FRAMES_PER_S  # the floor may rise by 3 dB a second, in log10 of power
_SCALE: Final = np.array([0.5, 0.5, 0.5], dtype=np.float32)  # brings the three features to about unit variance


def band_edges() -> NDArray[np.int64]:
    """First bin of every band, and the end of the last: (bands + 1,)."""
    edges = [0]
    for count, width in _LAYOUT:
        edges += [edges[-1] + width * (index + 1) for index in range(count)]
    edges += [int(edge) for edge in np.linspace(edges[-1], BINS, _LAST_BANDS + 1).round()[1:]]
    return np.array(edges, dtype=np.int64)


BANDS: Final = len(band_edges()) - 1


def bins_to_bands(power: Floats) -> Floats:
    """Mean power in each band: (..., bins) -> (..., bands)."""
    edges = band_edges()
    return np.asarray(np.add.reduceat(power, edges[:-1], axis=-1) / np.diff(edges), dtype=np.float32)


def bands_to_bins(gains: Floats) -> Floats:
    """Every bin gets its band's gain: (..., bands) -> (..., bins)."""
    return np.repeat(gains, np.diff(band_edges()), axis=-1)


class FeatureState:
    """The running mean and floor of some channels; the same frames give the same features in any portions."""

    def __init__(self, channels: int) -> None:
        shape = (channels, BANDS)
        self._mean = np.zeros(shape, dtype=np.float32)
        self._quick = np.zeros(shape, dtype=np.float32)
        self._floor = np.zeros(shape, dtype=np.float32)
        self._level = np.zeros((channels, 1), dtype=np.float32)
        self._count = 0

    def features(self, bands: Floats) -> Floats:
        """Three values a band and frame, none of which depends on the overall gain.

        Parameters
        ----------
        bands : (frames, channels, bands) mean power

        Returns
        -------
        (frames, channels, FEATURES, bands) float32: log power against the level of the past second over all bands,
        against the band's own mean, and against the band's own floor (a minimum that rises slowly)
        """
        logs = np.log10(bands + np.float32(_POWER_FLOOR))
        out = np.empty((len(logs), logs.shape[1], FEATURES, BANDS), dtype=np.float32)
        for frame, now in enumerate(logs):
            self._step(now)
            out[frame, :, 0] = now - self._level
            out[frame, :, 1] = now - self._mean
            out[frame, :, 2] = self._quick - self._floor
        return out * _SCALE[:, None]

    def _step(self, now: Floats) -> None:
        if self._count == 0:
            self._quick[:], self._floor[:] = now, now
        self._count += 1
        self._mean += np.float32(max(1.0 / self._count, _SLOW)) * (now - self._mean)
        self._quick += np.float32(1 - _QUICK) * (now - self._quick)
        self._floor = np.minimum(self._floor + np.float32(_RISE), self._quick)
        self._level = self._mean.mean(axis=1, keepdims=True)
