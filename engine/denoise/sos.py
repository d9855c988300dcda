"""Spectral over-subtraction."""

from typing import ClassVar, Final

from engine.arrays import Floats
from engine.denoise.equations import floored_power, over_subtraction, snr_db
from engine.denoise.rule import About, Rule, gain_of

_FLOOR: Final = 0.02  # beta of eq. (8)


class OverSubtraction(Rule):
    """Eq. (8) and (9): more than the noise is taken off where the SNR is low, and a floor of noise is left.

    Source: M. Berouti, R. Schwartz, J. Makhoul, "Enhancement of speech corrupted by acoustic noise", ICASSP 1979.
    """

    about: ClassVar = About(
        title="Over-subtraction (Berouti)",
        source="M. Berouti, R. Schwartz, J. Makhoul, Enhancement of speech corrupted by acoustic noise, ICASSP, 1979",
        good_for="loud steady noise; the floor it leaves hides the chirping of plain subtraction",
        text="Takes off more than the noise while the sound is weak, and leaves a little of the noise everywhere.",
    )

    def gains(self, power: Floats, noise: Floats) -> Floats:
        """One factor a frame, from its SNR."""
        return gain_of(floored_power(power, noise, over_subtraction(snr_db(power, noise)), _FLOOR), power)
