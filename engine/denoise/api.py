"""Whole signals: one call."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.arrays import Floats, Signal, as_signal
from engine.denoise.rule import WINDOW_S
from engine.denoise.stream import Denoiser, check_stream
from engine.dsp.stft import framing, stft
from engine.errors import OutOfRangeError

_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Denoised:
    """What is left and what was taken away; together they are what came in, to float32 precision.

    signal, residual : (channels, samples) float32
    """

    signal: Signal
    residual: Signal


def denoise(
    signal: Signal,
    *,
    sample_rate_hz: int,
    method: str,
    strength: float = 1.0,
    noise: tuple[float, float] | None = None,
    estimator: str | None = None,
    is_linked: bool = True,
) -> Denoised:
    """Take the noise out of a signal.

    Parameters
    ----------
    signal : (channels, samples) float32, 1..8 channels, any length, 0 included
    sample_rate_hz : 8,000..192,000
    method : one of `METHODS`
    strength : 0 (nothing changes, exactly), 1 (the method in full)
    noise : seconds (start, end) of a region with noise alone; without it an estimator follows the noise
    estimator : one of `ESTIMATORS`; not both with `noise`. The learned method needs neither and minds neither
    is_linked : one gain for all channels, so that the stereo image stays; otherwise each channel is heard alone

    Raises
    ------
    ShapeError
        If the signal has wrong axes or values that are not finite.
    OutOfRangeError
        If an argument is outside its range, or the region outside the signal or shorter than one window.
    """
    checked = as_signal(signal)
    check_stream(sample_rate_hz, checked.shape[0])
    if noise is not None and estimator is not None:
        raise OutOfRangeError("give a region of noise or an estimator, not both")
    stream = Denoiser(
        method=method,
        sample_rate_hz=sample_rate_hz,
        channels=checked.shape[0],
        strength=strength,
        noise_profile=None if noise is None else noise_profile(checked, sample_rate_hz=sample_rate_hz, noise=noise),
        estimator=estimator,
        is_linked=is_linked,
    )
    out, at = np.empty_like(checked), 0
    for start in range(0, checked.shape[1], _BLOCK):
        done = stream.process(checked[:, start : start + _BLOCK])
        out[:, at : at + done.shape[1]] = done
        at += done.shape[1]
    out[:, at:] = stream.flush()
    return Denoised(signal=out, residual=checked - out)


def noise_profile(signal: Signal, *, sample_rate_hz: int, noise: tuple[float, float]) -> Floats:
    """Mean power of the noise in a region, (channels, bins) float32, for `Denoiser`.

    Parameters
    ----------
    noise : seconds (start, end)

    Raises
    ------
    OutOfRangeError
        If the region lies outside the signal or is shorter than one window.
    """
    checked = as_signal(signal)
    check_stream(sample_rate_hz, checked.shape[0])
    first, last = region_samples(noise, sample_rate_hz=sample_rate_hz, samples=checked.shape[1])
    return profile_of(checked[:, first:last], sample_rate_hz=sample_rate_hz)


def region_samples(noise: tuple[float, float], *, sample_rate_hz: int, samples: int) -> tuple[int, int]:
    """The region in samples; errors as `noise_profile`."""
    start_s, end_s = noise
    length_s = samples / sample_rate_hz
    if not 0 <= start_s < end_s or end_s > length_s + 0.5 / sample_rate_hz:
        raise OutOfRangeError(f"the region of noise, {start_s}..{end_s} s, does not lie within 0..{length_s:.3f} s")
    first, last = round(start_s * sample_rate_hz), min(round(end_s * sample_rate_hz), samples)
    window = framing(sample_rate_hz, window_s=WINDOW_S).window
    if last - first < window:
        raise OutOfRangeError(
            f"the region of noise is {1000 * (last - first) / sample_rate_hz:.0f} ms long; it takes at least "
            f"{1000 * window / sample_rate_hz:.0f} ms"
        )
    return first, last


def profile_of(region: Signal, *, sample_rate_hz: int) -> Floats:
    """Mean power of every frame that lies wholly inside the region."""
    shape = framing(sample_rate_hz, window_s=WINDOW_S)
    lead = shape.window // shape.hop - 1
    whole = (region.shape[1] - shape.window) // shape.hop + 1
    spectra = stft(region, shape)[lead : lead + whole]
    return np.asarray(np.square(np.abs(spectra)).mean(axis=0), dtype=np.float32)
