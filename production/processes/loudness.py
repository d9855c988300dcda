"""Loudness of a whole recording: integrated, range, true peak, and all of it over time."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from production.processes.base import Process
from production.processes.sound import Take, Tell

if TYPE_CHECKING:
    from engine.arrays import Doubles

NAME = "loudness.measured"
POINTS = 400
_DIGITS = 2


def processes() -> tuple[Process, ...]:
    """One, if the engine has meters."""
    if importlib.util.find_spec("engine.mixing.meters") is None:
        return ()
    return (
        Process(
            name=NAME,
            room="loudness",
            title="Loudness",
            words="Measures the whole after ITU-R BS.1770 and EBU R 128: integrated, range, true peak, and over time.",
            makes="figures",
            control="loudness",
        ),
    )


def measure(take: Take, tell: Tell) -> dict[str, Any]:
    """Figures of the whole, and lines over time; None for silence."""
    import numpy as np

    from engine.dsp import loudness
    from engine.mixing.meters import meters

    tell(0.2, "Measuring")
    read = loudness.measure(take.signal, sample_rate_hz=take.sample_rate_hz)
    lines = meters(take.signal, sample_rate_hz=take.sample_rate_hz, points=POINTS)
    names = (
        "integrated_lufs", "loudness_range_lu", "momentary_max_lufs", "short_term_max_lufs", "true_peak_dbtp",
        "sample_peak_dbfs", "duration_s",
    )  # fmt: skip
    values = {name: float(getattr(read, name)) for name in names}
    step = max(len(lines.loudness_at_s) // POINTS, 1)
    return {
        **{name: round(value, _DIGITS) if np.isfinite(value) else None for name, value in values.items()},
        "at_s": _list(lines.loudness_at_s[::step]),
        "momentary_lufs": _list(lines.momentary_lufs[::step]),
        "short_term_lufs": _list(lines.short_term_lufs[::step]),
        "peak_at_s": _list(lines.at_s),
        "peak_dbfs": _list(lines.peak_dbfs.max(axis=0)),
    }


def _list(values: Doubles) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
