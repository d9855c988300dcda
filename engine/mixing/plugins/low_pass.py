"""Low pass: takes hiss and brilliance away."""

from engine.mixing.plugins.passes import SLOPE, Pass, frequency


class LowPass(Pass):
    """Butterworth low pass of order slope / 6."""

    kind = "low_pass"
    title = "Low pass"
    text = "Takes away what lies above a frequency."
    parameters = (frequency(12_000), SLOPE)
    passes = "low_pass"
