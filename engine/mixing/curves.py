"""What pages draw of a chain: gain over frequency, and what a dynamics plugin makes of a level."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from engine.arrays import Doubles
from engine.dsp.biquad import magnitude_db
from engine.dsp.dynamics import compressor_gain_db
from engine.errors import OutOfRangeError
from engine.mixing.chain import Chain, entries
from engine.mixing.plugin import Plugin
from engine.mixing.plugins import PLUGINS
from engine.mixing.plugins.eq import Equaliser
from engine.mixing.plugins.gain import Gain
from engine.mixing.plugins.passes import Pass
from engine.mixing.plugins.saturation import Saturation, bend

POINTS: Final = 256
_DRAWN_RATE_HZ: Final = 48_000
_FLOOR_DB: Final = -140.0

Settings = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def frequencies_hz(count: int = POINTS, *, low_hz: float = 20.0, high_hz: float = 20_000.0) -> Doubles:
    """Frequencies of equal musical distance, (count,) Hz: the axis of a response."""
    return np.asarray(np.geomspace(low_hz, high_hz, count), dtype=np.float64)


def response_db(
    settings: Settings, frequencies: Doubles, *, sample_rate_hz: int = _DRAWN_RATE_HZ, at_s: float = 0.0
) -> Doubles:
    """Gain of the chain's equalisers, passes and gains at each frequency, dB: the curve of an equaliser's page.

    Parameters
    ----------
    settings : a mix setting, or its list of plugins; plugins that are bypassed count for nothing
    frequencies : (points,) Hz
    at_s : the moment, where parameters are automated

    Returns
    -------
    (points,) float64; the other plugins do not depend on frequency alone and are left out.
    """
    total = np.zeros(len(frequencies))
    # Only what is drawn is built: rooms take time, and the room of a convolution need not be at hand.
    drawn = [one for one in entries(settings) if issubclass(PLUGINS[one["type"]], Equaliser | Pass | Gain)]
    for plugin in Chain.from_settings(drawn, sample_rate_hz, 2).plugins:
        step = int(at_s * sample_rate_hz) // 32
        if isinstance(plugin, Equaliser | Pass):
            total += magnitude_db(plugin.sections(step, 1)[0], frequencies, sample_rate_hz=sample_rate_hz)
        elif isinstance(plugin, Gain):
            total += plugin.values.steps("gain_db", step, 1)[0]
    return total


def transfer_db(setting: Mapping[str, Any], levels_db: Doubles) -> Doubles:
    """Level out for each steady level in, dB, of one plugin: compressor, limiter, gate, saturation or gain.

    Parameters
    ----------
    setting : one entry of a setting's plugins
    levels_db : (points,) dB of a peak (saturation: the value that is bent)

    Returns
    -------
    (points,) float64. A gate is drawn as it opens: shut below its threshold.

    Raises
    ------
    OutOfRangeError
        If the plugin has no such curve.
    """
    plugin = Chain.from_settings([setting], _DRAWN_RATE_HZ, 2).plugins
    if not plugin:
        return np.array(levels_db, dtype=np.float64)
    levels = np.asarray(levels_db, dtype=np.float64)
    return _transfer(plugin[0], levels)


def _transfer(plugin: Plugin, levels: Doubles) -> Doubles:
    number = plugin.values.number
    if plugin.kind == "compressor":
        change = compressor_gain_db(levels, *(np.array(number(n)) for n in ("threshold_db", "ratio", "knee_db")))
        wet, mix = 10 ** ((change + number("makeup_db")) / 20), number("mix")
        return np.asarray(levels + 20 * np.log10(np.maximum(1 - mix + mix * wet, 1e-7)))
    if plugin.kind == "limiter":
        return np.minimum(levels + number("gain_db"), number("ceiling_db"))
    if plugin.kind == "gate":
        return np.where(levels > number("threshold_db"), levels, np.maximum(levels + number("range_db"), _FLOOR_DB))
    if isinstance(plugin, Saturation):
        bent = bend(10 ** ((levels + number("drive_db")) / 20), str(plugin.values["shape"]))
        return np.asarray(20 * np.log10(np.maximum(np.abs(bent), 1e-7)) + number("output_db"))
    if plugin.kind == "gain":
        return np.asarray(levels + number("gain_db"))
    raise OutOfRangeError(f"{plugin.where}: it has no curve from level to level")
