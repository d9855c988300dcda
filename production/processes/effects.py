"""Effects: a chain of plugins under the published schema of mix settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from production.errors import BadParameterError
from production.processes.base import Parameter, Process
from production.processes.sound import Processed, Take, Tell

NAME = "effects"


def processes() -> tuple[Process, ...]:
    """One: the chain is its parameter."""
    return (
        Process(
            name=NAME,
            room="effects",
            title="Effects",
            words="Sends the recording through a chain of plugins. Keep the chain as a mix setting, or load one.",
            control="chain",
            parameters=(Parameter(name="plugins", words="Chain", kind="json", default=[]),),
        ),
    )


def setting_of(plugins: Any) -> dict[str, Any]:
    """The plugins as a checked mix setting.

    Raises
    ------
    BadParameterError
        If they break the published schema; the message names the place.
    """
    from engine.errors import EngineError
    from engine.io import mix_setting

    setting = {"version": 1, "plugins": plugins}
    try:
        return mix_setting.read(mix_setting.write(setting))
    except (EngineError, TypeError, ValueError) as error:
        raise BadParameterError(f"The chain does not fit its schema: {error}.") from error


def check(process: Process, parameters: Mapping[str, Any]) -> None:
    """Refuse a chain that breaks the schema before anything is queued."""
    if not parameters["plugins"]:
        raise BadParameterError("The chain is empty. Add a plugin first.")
    setting_of(parameters["plugins"])


def run(process: str, take: Take, parameters: Mapping[str, Any], tell: Tell) -> Processed:
    """The stretch, with its run-up, through the chain."""
    from engine.dsp.effects import apply_chain

    tell(0.3, "Playing it through the chain")
    heard = apply_chain(take.with_lead(), setting_of(parameters["plugins"]), sample_rate_hz=take.sample_rate_hz)
    return Processed(signal=heard[:, take.lead :])
