"""High pass: takes rumble away."""

from engine.mixing.plugins.passes import SLOPE, Pass, frequency


class HighPass(Pass):
    """Butterworth high pass of order slope / 6."""

    kind = "high_pass"
    title = "High pass"
    text = "Takes away what lies below a frequency."
    parameters = (frequency(80), SLOPE)
    passes = "high_pass"
