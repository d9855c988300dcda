"""One file a plugin; `PLUGINS` has them all by the name that settings call them by."""

from typing import Final

from engine.mixing.plugin import Plugin
from engine.mixing.plugins.chorus import Chorus
from engine.mixing.plugins.compressor import Compressor
from engine.mixing.plugins.convolution import Convolution
from engine.mixing.plugins.delay import Delay
from engine.mixing.plugins.eq import Equaliser
from engine.mixing.plugins.gain import Gain
from engine.mixing.plugins.gate import Gate
from engine.mixing.plugins.high_pass import HighPass
from engine.mixing.plugins.limiter import Limiter
from engine.mixing.plugins.low_pass import LowPass
from engine.mixing.plugins.pan import Pan
from engine.mixing.plugins.pitch_shift import PitchShift
from engine.mixing.plugins.reverb import Reverb
from engine.mixing.plugins.saturation import Saturation
from engine.mixing.plugins.time_stretch import TimeStretch
from engine.mixing.plugins.width import Width

_ALL: Final[tuple[type[Plugin], ...]] = (
    Equaliser, HighPass, LowPass, Compressor, Limiter, Gate, Reverb, Convolution, Delay, Chorus, Saturation, Gain, Pan,
    Width, PitchShift, TimeStretch,
)  # fmt: skip

PLUGINS: Final[dict[str, type[Plugin]]] = {plugin.kind: plugin for plugin in _ALL}
