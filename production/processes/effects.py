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
        If they break the published schema, or a plugin refuses a value; the message names the place.
    """
    from engine.errors import EngineError
    from engine.io import mix_setting
    from engine.mixing import Chain

    try:
        setting = mix_setting.read(mix_setting.write({"version": mix_setting.VERSION, "plugins": plugins}))
        if any(one["type"] not in SLOW for one in setting["plugins"]):
            Chain.from_settings([one for one in setting["plugins"] if one["type"] not in SLOW], 48_000, 2)
    except (EngineError, TypeError, ValueError) as error:
        raise BadParameterError(f"The chain does not fit its schema: {error}.") from error
    return setting


def check(process: Process, parameters: Mapping[str, Any]) -> None:
    """Refuse a chain that breaks the schema before anything is queued."""
    if not parameters["plugins"]:
        raise BadParameterError("The chain is empty. Add a plugin first.")
    setting_of(parameters["plugins"])


def run(process: str, take: Take, parameters: Mapping[str, Any], tell: Tell) -> Processed:
    """The stretch, with its run-up, through the chain."""
    from engine import mixing

    tell(0.3, "Playing it through the chain")
    plugins = setting_of(parameters["plugins"])["plugins"]
    lasts = mixing.Chain.from_settings(plugins, take.sample_rate_hz, 2).length(1000) == 1000
    heard = mixing.apply(take.with_lead() if lasts else take.stretch, plugins, sample_rate_hz=take.sample_rate_hz)
    return Processed(signal=heard[:, take.lead :] if lasts else heard)


def curves(plugins: Any) -> dict[str, Any]:
    """What a page draws of a chain: the gain over frequency, and level out for level in of each dynamics plugin.

    Raises
    ------
    BadParameterError
        As `setting_of`.
    """
    import numpy as np

    from engine.errors import EngineError
    from engine.mixing import curves as drawn

    setting = setting_of(plugins)["plugins"]
    frequencies = drawn.frequencies_hz(120)
    even = [one for one in setting if one["type"] not in SLOW]
    levels = np.linspace(-72.0, 0.0, 73)
    transfers = []
    for one in setting:
        try:
            found = None if one["type"] in SLOW else drawn.transfer_db(one, levels)
        except EngineError:
            found = None
        transfers.append(None if found is None else [round(float(value), 2) for value in found])
    response = drawn.response_db(even, frequencies) if even else np.zeros(len(frequencies))
    return {
        "frequencies_hz": [round(float(value), 1) for value in frequencies],
        "response_db": [round(float(value), 2) for value in response],
        "levels_db": [float(value) for value in levels],
        "transfers_db": transfers,
    }


SLOW = frozenset({"convolution", "reverb", "delay", "pitch_shift", "time_stretch"})
"""Plugins that make rooms or buffers when they are built, and have no curve: pages do without."""
