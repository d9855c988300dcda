"""Effects: a chain of plugins under the published schema of mix settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from production.errors import BadParameterError, UnsuitableError
from production.processes.base import Parameter, Process
from production.processes.sound import Processed, Take, Tell

if TYPE_CHECKING:
    from engine.arrays import Signal

NAME = "effects"
DIFFUSE = "diffuse"
IMPULSE = Parameter(
    name="impulse",
    words="Impulse response",
    kind="element",
    takes=("wave", "sound"),
    media=("wav", "aiff", "flac", "ogg", "mp3"),
)
"""A recording that a convolution uses as its room: the plugin names the element by its id."""


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


def further(parameters: Mapping[str, Any]) -> list[tuple[Parameter, str]]:
    """The elements that the chain needs beside the take: each impulse response once, in the order of the plugins.

    Raises
    ------
    BadParameterError
        If a convolution names something that is no element.
    """
    return [(IMPULSE, IMPULSE.read(name)) for name in _impulses_of(parameters["plugins"])]


def run(process: str, take: Take, parameters: Mapping[str, Any], tell: Tell) -> Processed:
    """The stretch, with its run-up, through the chain."""
    from engine import mixing

    tell(0.2, "Making its rooms")
    rate = take.sample_rate_hz
    plugins = setting_of(parameters["plugins"])["plugins"]
    names = _impulses_of(plugins)
    impulses = {name: response_of(data, rate) for name, data in zip(names, take.extras, strict=True)}
    lasts = mixing.Chain.from_settings(plugins, rate, 2, impulses=impulses).length(1000) == 1000
    tell(0.3, "Playing it through the chain")
    heard = take.with_lead() if lasts else take.stretch
    through = mixing.apply(heard, plugins, sample_rate_hz=rate, impulses=impulses)
    return Processed(signal=through[:, take.lead :] if lasts else through)


def response_of(data: bytes, rate_hz: int) -> Signal:
    """A recording as the impulse response of a chain at `rate_hz`: at most 12 s of it, in one channel or two.

    Raises
    ------
    UnsuitableError
        If it is silent.
    """
    from engine.dsp.resample import resample
    from engine.io import audio
    from engine.mixing.plugins.convolution import IMPULSE_S_MAX

    signal, from_hz = audio.read(data)
    signal = signal[:, : int(IMPULSE_S_MAX * from_hz)]
    if not signal.any():
        raise UnsuitableError("The impulse response is silent: there is no room in it.")
    if signal.shape[0] > 2:
        signal = signal.mean(axis=0, keepdims=True)
    return signal if from_hz == rate_hz else resample(signal, from_hz=from_hz, to_hz=rate_hz)


def _impulses_of(plugins: Any) -> list[str]:
    """Names of the impulse responses in a checked chain, each once, in order."""
    listed = plugins if isinstance(plugins, Sequence) and not isinstance(plugins, str) else []
    named = (one.get("impulse") for one in listed if isinstance(one, Mapping) and one.get("type") == "convolution")
    return list(dict.fromkeys(str(name) for name in named if name not in (None, DIFFUSE)))


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
