"""A method over a stream: blocks in, blocks out."""

from typing import Final, Protocol

import numpy as np

from engine.arrays import Floats, Signal, as_signal
from engine.denoise.methods import DEFAULT_ESTIMATOR, estimator_named, rule_named
from engine.denoise.noise_estimate import FixedNoise, NoiseEstimator
from engine.denoise.rule import Rule, Spec
from engine.dsp.stft import OverlapAdd, Spectra
from engine.errors import EngineError, OutOfRangeError, ShapeError
from engine.io import limits

STRENGTH_MAX: Final = 1.0


class Stream(Protocol):
    """What passes blocks on, changed; the sum of what comes out is as long as what went in."""

    @property
    def latency_samples(self) -> int:
        """The most samples that are held back."""
        ...

    def process(self, block: Signal) -> Signal:
        """(channels, any) in, (channels, what is finished) out."""
        ...

    def flush(self) -> Signal:
        """The rest."""
        ...


class Denoiser:
    """Takes noise out of a stream: block by block gives the same samples as the whole at once.

    `process` returns what is finished, which may be more or less than the block; the first sample out belongs to the
    first sample in, and at most `latency_samples` are held back until `flush`. After `flush` it is used up.

    Parameters
    ----------
    method : one of `METHODS`
    sample_rate_hz : 8,000..192,000
    channels : 1..8
    strength : 0 lets everything through untouched, 1 is the method as published; it scales the reduction in dB, so 0.5
        takes away half the decibels
    noise_profile : (channels, bins), as `noise_profile` measures a region; then no estimator is used
    estimator : one of `ESTIMATORS`, which one follows the noise where no profile is given
    is_linked : one gain for all channels, from their mean power, so that nothing moves from side to side; otherwise
        each channel is heard alone, as suits channels that are different recordings

    Raises
    ------
    OutOfRangeError
        If an argument is outside its range.
    """

    def __init__(
        self,
        *,
        method: str,
        sample_rate_hz: int,
        channels: int = 1,
        strength: float = 1.0,
        noise_profile: Floats | None = None,
        estimator: str | None = None,
        is_linked: bool = True,
    ) -> None:
        rule = rule_named(method)
        check_stream(sample_rate_hz, channels)
        if not 0.0 <= strength <= STRENGTH_MAX:
            raise OutOfRangeError(f"strength is between 0 and {STRENGTH_MAX:g}, not {strength}")
        self._channels, self._ended = channels, False
        spec = rule.spec_for(sample_rate_hz, 1 if is_linked else channels)
        self._stream: Stream = (
            Untouched(channels)
            if strength == 0
            else Subtraction(
                rule,
                spec,
                channels=channels,
                strength=strength,
                source=(_heard_as(spec, noise_profile, channels) if rule.needs_noise else None, estimator),
            )
        )

    @property
    def latency_samples(self) -> int:
        """The most samples that are held back at any time."""
        return self._stream.latency_samples

    def process(self, block: Signal) -> Signal:
        """Take a block in, (channels, samples) or (samples,) for one channel, and return what is finished.

        Raises
        ------
        ShapeError
            If the block has other channels than the stream, or values that are not finite.
        """
        checked = as_signal(block)
        if self._ended:
            raise EngineError("the stream has ended: make a new Denoiser for the next one")
        if checked.shape[0] != self._channels:
            raise ShapeError(f"the block has {checked.shape[0]} channels, the stream {self._channels}")
        return self._stream.process(checked)

    def flush(self) -> Signal:
        """What was held back; the stream has ended."""
        self._ended = True
        return self._stream.flush()


class Untouched:
    """Strength 0: the very samples that came in."""

    latency_samples = 0

    def __init__(self, channels: int) -> None:
        self._channels = channels

    def process(self, block: Signal) -> Signal:
        """A copy of the block."""
        return block.copy()

    def flush(self) -> Signal:
        """Nothing is held back."""
        return np.zeros((self._channels, 0), dtype=np.float32)


class Subtraction:
    """Spectrum, noise, gain, and back. Where `spec` has one channel and the signal more, they share their gains."""

    def __init__(
        self, rule: type[Rule], spec: Spec, *, channels: int, strength: float, source: tuple[Floats | None, str | None]
    ) -> None:
        self._rule, self._strength, self._heard = rule(spec), np.float32(strength), spec.channels
        self._noise = _noise_of(spec, *source) if rule.needs_noise else FixedNoise(spec, np.zeros(1, dtype=np.float32))
        self._overlap = OverlapAdd(channels, spec.framing)

    @property
    def latency_samples(self) -> int:
        """One window."""
        return self._overlap.latency_samples

    def process(self, block: Signal) -> Signal:
        """Whatever is finished."""
        return self._overlap.process(block, self._change)

    def flush(self) -> Signal:
        """The rest."""
        return self._overlap.flush(self._change)

    def _change(self, spectra: Spectra) -> Spectra:
        power = np.square(spectra.real) + np.square(spectra.imag)
        if self._heard < power.shape[1]:
            power = power.mean(axis=1, keepdims=True)
        gains = self._rule.gains(power, self._noise.track(power))
        return np.asarray(spectra * (gains if self._strength == 1 else gains**self._strength), dtype=np.complex64)


def check_stream(sample_rate_hz: int, channels: int) -> None:
    """Refuse a rate or a number of channels that recordings here do not have."""
    if not limits.SAMPLE_RATE_HZ_MIN <= sample_rate_hz <= limits.SAMPLE_RATE_HZ_MAX:
        raise OutOfRangeError(
            f"a sampling rate is between {limits.SAMPLE_RATE_HZ_MIN:,} and {limits.SAMPLE_RATE_HZ_MAX:,} Hz, "
            f"not {sample_rate_hz:,}"
        )
    if not 1 <= channels <= limits.CHANNELS_MAX:
        raise OutOfRangeError(f"a signal has 1 to {limits.CHANNELS_MAX} channels here, not {channels}")


def _heard_as(spec: Spec, profile: Floats | None, channels: int) -> Floats | None:
    """The profile of as many channels as the rule hears."""
    if profile is None:
        return None
    if profile.shape != (channels, spec.framing.bins):
        raise ShapeError(f"the noise profile is {profile.shape}, expected {(channels, spec.framing.bins)}")
    return np.asarray(profile.mean(axis=0, keepdims=True) if spec.channels < channels else profile, dtype=np.float32)


def _noise_of(spec: Spec, profile: Floats | None, estimator: str | None) -> NoiseEstimator:
    return estimator_named(estimator or DEFAULT_ESTIMATOR, spec) if profile is None else FixedNoise(spec, profile)
