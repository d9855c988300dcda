"""Repair: hum, clicks, clipping and a gate, over the engine's functions of these names."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from production.processes.base import Parameter, Process
from production.processes.sound import Processed, Take, Tell

HUM, CLICKS, CLIPPING, GATE = "repair.hum", "repair.clicks", "repair.clipping", "repair.gate"
_STRENGTH = Parameter(
    name="strength", words="Strength", default=1.0, step=0.05, hint="0 leaves the take as it is, 1 mends it in full."
)
_PEAK_MAX = 0.98


def processes() -> tuple[Process, ...]:
    """Four, if the engine has them."""
    if importlib.util.find_spec("engine.denoise.hum") is None:
        return ()
    return (
        _process(
            HUM,
            "Hum",
            "Takes mains hum and its overtones out. Notes that lie near them stay.",
            Parameter(
                name="mains_hz", words="Mains", unit="Hz", least=0.0, most=70.0, step=1.0, default=0.0,
                hint="50 or 60; 0 tries both.",
            ),
        ),
        _process(
            CLICKS,
            "Clicks",
            "Finds clicks and fills each gap with what stands around it.",
            Parameter(
                name="sensitivity", words="Sensitivity", default=0.5, step=0.05,
                hint="0 takes only what is plain, 1 crackle, too.",
            ),
        ),
        _process(
            CLIPPING,
            "Clipping",
            "Draws peaks that were cut off again. Where they pass full scale, the whole is turned down.",
        ),
        _process(
            GATE,
            "Gate",
            "Closes between phrases, where only the room is heard.",
            Parameter(
                name="threshold_db", words="Threshold", unit="dB", least=-90.0, most=0.0, step=0.5, default=0.0,
                hint="What is softer is turned down; 0 finds it by itself.",
            ),
            Parameter(
                name="range_db", words="Range", unit="dB", least=0.0, most=80.0, step=1.0, default=24.0,
                hint="How far pauses are turned down.",
            ),
            with_strength=False,
        ),
    )  # fmt: skip


def run(process: str, take: Take, parameters: Mapping[str, Any], tell: Tell) -> Processed:
    """The stretch with its run-up, mended."""
    from engine import denoise

    tell(0.3, "Looking for what is wrong")
    heard, rate = take.with_lead(), take.sample_rate_hz
    if process == HUM:
        mains = parameters["mains_hz"] or None
        found = denoise.remove_hum(heard, sample_rate_hz=rate, mains_hz=mains, strength=parameters["strength"])
    elif process == CLICKS:
        found = denoise.remove_clicks(
            heard, sample_rate_hz=rate, sensitivity=parameters["sensitivity"], strength=parameters["strength"]
        )
    elif process == CLIPPING:
        found = denoise.restore_clipping(heard, sample_rate_hz=rate, strength=parameters["strength"])
    else:
        found = denoise.gate(
            heard,
            sample_rate_hz=rate,
            threshold_db=parameters["threshold_db"] or None,
            range_db=parameters["range_db"],
        )
    signal = found.signal[:, take.lead :]
    peak = float(abs(signal).max(initial=0.0))
    down = _PEAK_MAX / peak if process == CLIPPING and peak > 1 else 1.0
    return Processed(signal=signal * down, residual=found.residual[:, take.lead :], facts={"found": int(found.found)})


def _process(name: str, title: str, words: str, *parameters: Parameter, with_strength: bool = True) -> Process:
    return Process(
        name=name,
        room="repair",
        title=title,
        words=words,
        has_residual=True,
        parameters=(*parameters, _STRENGTH) if with_strength else parameters,
    )
