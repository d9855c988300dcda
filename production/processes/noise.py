"""Noise: the classic methods by their names and a learned one, over `engine.denoise`."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Mapping
from typing import Any

import structlog

from production.processes.base import Choice, Parameter, Process
from production.processes.sound import Processed, Take, Tell

log = structlog.get_logger()

NAME = "noise"


def processes() -> tuple[Process, ...]:
    """One, if the engine has it."""
    methods = _methods()
    if not methods:
        return ()
    names = {one.value for one in methods}
    return (
        Process(
            name=NAME,
            room="noise",
            title="Noise",
            words="Takes steady noise out of a recording. Audition a method, hear what it removes, then apply.",
            has_residual=True,
            parameters=(
                Parameter(
                    name="method",
                    words="Method",
                    kind="choice",
                    choices=methods,
                    default="wiener" if "wiener" in names else methods[0].value,
                ),
                Parameter(
                    name="strength", words="Strength", default=1.0, step=0.05,
                    hint="0 leaves the take as it is, 1 is the method in full.",
                ),
                Parameter(
                    name="noise", words="Noise alone", kind="region",
                    hint="A stretch in which nothing but noise is heard. Without one, the noise is followed.",
                ),
            ),
        ),
    )  # fmt: skip


def run(process: str, take: Take, parameters: Mapping[str, Any], tell: Tell) -> Processed:
    """Clean the stretch; a noise region outside of it is put before it and dropped again."""
    from engine import denoise

    tell(0.2, "Listening to the noise")
    region = parameters["noise"]
    lead = take.signal[:, :0]
    noise = None
    if region is not None:
        first, last = take.samples_of(region)
        if take.start <= first and last <= take.stop:
            noise = ((first - take.start) / take.sample_rate_hz, (last - take.start) / take.sample_rate_hz)
        else:
            lead = take.signal[:, first:last]
            noise = (0.0, lead.shape[1] / take.sample_rate_hz)
    whole = _joined(lead, take.stretch)
    cleaned = denoise.denoise(
        whole,
        sample_rate_hz=take.sample_rate_hz,
        method=parameters["method"],
        strength=parameters["strength"],
        noise=noise,
    )
    skip = lead.shape[1]
    return Processed(
        signal=cleaned.signal[:, skip:],
        residual=cleaned.residual[:, skip:],
        weights=weights_of(parameters["method"]),
    )


@functools.cache
def weights_of(method: str) -> dict[str, str]:
    """Name -> hash of the network behind a method, where there is one."""
    if method != "learned":
        return {}
    from engine.denoise.learned import MODEL
    from engine.weights import tensors

    return {MODEL: tensors.hash_of(MODEL)}


def _joined(lead: Any, stretch: Any) -> Any:
    import numpy as np

    return np.concatenate([lead, stretch], axis=1) if lead.shape[1] else stretch


@functools.cache
def _methods() -> tuple[Choice, ...]:
    """The engine's methods, each with its own sentence; none where it is not installed."""
    if importlib.util.find_spec("engine.denoise") is None:
        return ()
    try:
        from engine import denoise

        return tuple(_choice(name, denoise.describe(name)) for name in denoise.METHODS)
    except (ImportError, AttributeError) as error:
        log.warning("processes.absent", room="noise", error=str(error))
        return ()


def _choice(name: str, about: Any) -> Choice:
    return Choice(value=name, words=about.title, hint=f"{about.text} Good for {about.good_for}.")
