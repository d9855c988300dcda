"""The paper's equations on noise, each a function of one line, in the paper's own letters.

y is what was recorded, s the clean sound, w the noise; powers are |.|^2 of one frequency of one frame.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.arrays import Floats

AT_ZERO_DB: Final = 4.0  # lambda_0 and alpha_0: what is subtracted at an SNR of 0 dB
SNR_DB_MIN: Final = -5.0
SNR_DB_MAX: Final = 20.0


def noisy(clean: Floats, noise: Floats) -> Floats:
    """Eq. (1): y(n) = s(n) + w(n)."""
    return np.asarray(clean + noise, dtype=np.float32)


def clean_power(noisy_power: Floats, noise_power: Floats, factor: npt.ArrayLike = 1.0) -> Floats:
    """Eq. (2), (3) and (5): |s|^2 = |y|^2 - lambda |w|^2; may be negative."""
    return np.asarray(noisy_power - np.asarray(factor, dtype=np.float32) * noise_power, dtype=np.float32)


def subtraction_factor(snr_db: npt.ArrayLike, *, at_zero_db: float = AT_ZERO_DB) -> Floats:
    """Eq. (4) and (6): lambda = lambda_0 - 3/20 SNR between -5 and 20 dB, and held beyond.

    With lambda_0 = 4 that is 4.75 at -5 dB and 1 at 20 dB, eq. (6)'s own values, so it has no jumps.
    """
    clipped = np.clip(np.asarray(snr_db, dtype=np.float32), SNR_DB_MIN, SNR_DB_MAX)
    return np.asarray(at_zero_db - 3 / 20 * clipped, dtype=np.float32)


def magnitude_gain(noisy_magnitude: Floats, noise_magnitude: Floats) -> Floats:
    """Eq. (7): l = (|y| - |w|) / |y|, 0 where nothing is left or nothing was there."""
    left = np.maximum(noisy_magnitude - noise_magnitude, 0)
    return np.asarray(left / np.maximum(noisy_magnitude, np.float32(1e-20)), dtype=np.float32)


def floored_power(noisy_power: Floats, noise_power: Floats, factor: npt.ArrayLike, floor: float) -> Floats:
    """Eq. (8): |y|^2 - alpha |w|^2 where that is above beta |w|^2, and beta |w|^2 elsewhere."""
    left = clean_power(noisy_power, noise_power, factor)
    return np.asarray(np.maximum(left, np.float32(floor) * noise_power), dtype=np.float32)


def over_subtraction(
    snr_db: npt.ArrayLike, *, at_zero_db: float = AT_ZERO_DB, snr_one_db: float = SNR_DB_MAX
) -> Floats:
    """Eq. (9): alpha = alpha_0 + SNR (1 - alpha_0) / SNR_1, which is 1 at SNR_1; SNR is held to -5 dB..SNR_1."""
    # Not np.clip: this is asked once or more a frame for one number, where its ways are most of the time.
    held = np.minimum(np.maximum(np.asarray(snr_db, dtype=np.float32), np.float32(SNR_DB_MIN)), np.float32(snr_one_db))
    return np.asarray(at_zero_db + held * np.float32((1 - at_zero_db) / snr_one_db), dtype=np.float32)


def snr_db(noisy_power: Floats, noise_power: Floats) -> Floats:
    """Ratio of the noisy to the noise power over the last axis, dB: the SNR that the equations ask for."""
    above = np.add.reduce(noisy_power, axis=-1, keepdims=True) + np.float32(1e-20)
    below = np.add.reduce(noise_power, axis=-1, keepdims=True) + np.float32(1e-20)
    return np.asarray(np.float32(10) * np.log10(above / below), dtype=np.float32)
