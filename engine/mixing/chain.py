"""Plugins in a row: made from settings, fed block by block."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.arrays import Doubles, Signal, as_signal
from engine.errors import ChannelsError, LimitExceededError, OutOfRangeError, UnknownPluginError
from engine.io import limits
from engine.io.mix_setting import upcast
from engine.mixing.plugin import BLOCK, Place, Plugin
from engine.mixing.plugins import PLUGINS

_TAIL_S_MAX = 60.0
_PIECE = 8 * BLOCK


class Chain:
    """A row of plugins with its state.

    `process` takes any number of samples and returns those that are finished: perhaps fewer, perhaps more. `flush`
    returns the rest. All together are the input's samples, later by `latency_samples`, and the tail after them. How the
    input is cut into blocks changes no bit of what comes out.
    """

    def __init__(self, plugins: Sequence[Plugin], place: Place) -> None:
        self.sample_rate_hz = place.sample_rate_hz
        self.channels = place.channels
        self._stages: list[_Stage] = []
        late = 0
        for plugin in plugins:
            plugin.values.delay_samples = late
            self._stages.append(_Stage(plugin, late))
            late += plugin.latency_samples
        self._is_flushed = False

    @classmethod
    def from_settings(
        cls,
        settings: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        sample_rate_hz: int,
        channels: int,
        *,
        impulses: Mapping[str, Signal] | None = None,
    ) -> "Chain":
        """Build the chain that `settings` describe.

        Parameters
        ----------
        settings : a mix setting of any version, or its list of plugins; plugins with `bypass` are left out
        sample_rate_hz : 8,000..192,000
        channels : 1..8
        impulses : impulse responses that `convolution` may name, each (1 or channels, samples) at `sample_rate_hz`

        Raises
        ------
        UnknownPluginError, UnknownParameterError, OutOfRangeError, ChannelsError
            With the plugin's place, the parameter and its range in the message.
        """
        if not limits.SAMPLE_RATE_HZ_MIN <= sample_rate_hz <= limits.SAMPLE_RATE_HZ_MAX:
            raise OutOfRangeError(
                f"a sampling rate of {sample_rate_hz} Hz is outside "
                f"{limits.SAMPLE_RATE_HZ_MIN}..{limits.SAMPLE_RATE_HZ_MAX} Hz"
            )
        if not 1 <= channels <= limits.CHANNELS_MAX:
            raise ChannelsError(f"{channels} channels: a chain takes 1..{limits.CHANNELS_MAX}")
        place = Place(sample_rate_hz=sample_rate_hz, channels=channels, impulses=impulses or {})
        return cls(_plugins(settings, place), place)

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """The plugins in order."""
        return tuple(stage.plugin for stage in self._stages)

    @property
    def latency_samples(self) -> int:
        """By how many samples what comes out is late."""
        return sum(stage.plugin.latency_samples for stage in self._stages)

    @property
    def tail_samples(self) -> int:
        """How long the chain rings after its input has ended, at most a minute."""
        ringing = sum(stage.plugin.tail_samples for stage in self._stages)
        return min(ringing, int(_TAIL_S_MAX * self.sample_rate_hz))

    @property
    def side_chains(self) -> tuple[str, ...]:
        """Names of the signals that the chain listens to besides its input."""
        return tuple(dict.fromkeys(stage.key_name for stage in self._stages if stage.key_name))

    def length(self, samples: int) -> int:
        """How many samples an input of `samples` becomes, latency and tail left out."""
        for stage in self._stages:
            samples = stage.plugin.length(samples)
        return samples

    def process(self, block: Signal, keys: Mapping[str, Signal] | None = None) -> Signal:
        """Take the next samples, (channels, any) float32, and return what is finished, (channels, any) float32.

        keys : the same stretch of each signal in `side_chains`; one that is missing is replaced by the plugin's input
        """
        checked = self._checked(block)
        listened = {name: self._checked(key) for name, key in (keys or {}).items() if name in self.side_chains}
        for name, key in listened.items():
            if key.shape[1] != checked.shape[1]:
                raise LimitExceededError(f"the side chain {name!r} has {key.shape[1]} samples, not {checked.shape[1]}")
        return np.asarray(self.push(checked, listened), dtype=np.float32)

    def flush(self) -> Signal:
        """What is still inside, the tail included; nothing can be processed after it."""
        return np.asarray(self.finish(), dtype=np.float32)

    def push(self, block: Doubles, keys: Mapping[str, Doubles]) -> Doubles:
        """As `process`, in float64 and unchecked: for who has checked already."""
        for stage in self._stages:
            block = stage.push(block, keys.get(stage.key_name))
        return block

    def finish(self) -> Doubles:
        """As `flush`, in float64."""
        self._is_flushed = True
        rest = np.zeros((self.channels, 0))
        for stage in self._stages:
            rest = np.concatenate([stage.push(rest), stage.finish()], axis=1)
        return rest

    def _checked(self, block: Signal) -> Doubles:
        if self._is_flushed:
            raise LimitExceededError("the chain was flushed; build another for another signal")
        signal = as_signal(block)
        if signal.shape[0] != self.channels:
            raise ChannelsError(f"the chain was built for {self.channels} channels, the block has {signal.shape[0]}")
        return signal.astype(np.float64)


class _Stage:
    """One plugin, fed with whole blocks."""

    def __init__(self, plugin: Plugin, late_samples: int) -> None:
        self.plugin = plugin
        self.key_name = str(plugin.values["side_chain"]) if plugin.takes_side_chain else ""
        self._waiting = np.zeros((plugin.channels, 0))
        # What a side chain brings is as late as what the plugins before this one hand on.
        self._keys: Doubles | None = None
        self._late = late_samples
        self._taken = 0
        self._given = 0

    def push(self, block: Doubles, key: Doubles | None = None) -> Doubles:
        self._taken += block.shape[1]
        if key is not None:
            before = np.zeros((self.plugin.channels, self._late)) if self._keys is None else self._keys
            self._keys = np.concatenate([before, key], axis=1)
        return self._run(block)

    def finish(self) -> Doubles:
        """Feed silence until the last sample, late and ringing as it is, has come out."""
        plugin = self.plugin
        wanted = plugin.length(self._taken) + plugin.latency_samples + plugin.tail_samples - self._given
        done: list[Doubles] = [np.zeros((plugin.channels, 0))]
        there = 0
        while there < wanted:
            done.append(self._run(np.zeros((plugin.channels, BLOCK))))
            there += done[-1].shape[1]
        return np.concatenate(done, axis=1)[:, :wanted]

    def _run(self, block: Doubles) -> Doubles:
        waiting = np.concatenate([self._waiting, block], axis=1) if self._waiting.shape[1] else block
        whole = waiting.shape[1] // BLOCK * BLOCK
        self._waiting = waiting[:, whole:]
        done = [self.plugin.process(waiting[:, at : at + BLOCK], self._key()) for at in range(0, whole, BLOCK)]
        out = np.concatenate(done, axis=1) if len(done) > 1 else done[0] if done else waiting[:, :0]
        self._given += out.shape[1]
        return out

    def _key(self) -> Doubles | None:
        if self._keys is None:
            return None
        key, self._keys = self._keys[:, :BLOCK], self._keys[:, BLOCK:]
        return np.pad(key, ((0, 0), (0, BLOCK - key.shape[1])))


def apply(
    signal: Signal,
    settings: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    sample_rate_hz: int,
    impulses: Mapping[str, Signal] | None = None,
    keeps_tail: bool = False,
) -> Signal:
    """`signal` through the chain of `settings` in one go, latency taken out.

    Parameters
    ----------
    signal : (channels, samples) float32; mono is made stereo first
    keeps_tail : let reverberation and echoes ring out; cut where the input ends if not

    Returns
    -------
    (channels, samples) float32; as long as the input but for a time stretch and a kept tail

    Raises
    ------
    EngineError
        As `Chain.from_settings`; ShapeError if the signal is not finite.
    """
    checked = as_signal(signal)
    wide = np.repeat(checked, 2, axis=0) if checked.shape[0] == 1 else checked
    chain = Chain.from_settings(settings, sample_rate_hz, wide.shape[0], impulses=impulses)
    length = chain.length(wide.shape[1]) + (chain.tail_samples if keeps_tail else 0)
    # In pieces, so that only the answer is ever as long as the signal: the same bits, and far fewer new pages.
    out = np.empty((wide.shape[0], length), dtype=np.float32)
    at = -chain.latency_samples
    for start in range(0, wide.shape[1], _PIECE):
        at = _put(out, at, chain.process(wide[:, start : start + _PIECE]))
    _put(out, at, chain.flush())
    return out


def _put(out: Signal, at: int, piece: Signal) -> int:
    """Write a piece at a place in `out`, as far as it lies in it; the place after it."""
    first, last = max(at, 0), min(at + piece.shape[1], out.shape[1])
    if last > first:
        out[:, first:last] = piece[:, first - at : last - at]
    return at + int(piece.shape[1])


def _plugins(settings: Mapping[str, Any] | Sequence[Mapping[str, Any]], place: Place) -> list[Plugin]:
    made = []
    for index, given in enumerate(entries(settings)):
        values = dict(given)
        is_bypassed = values.pop("bypass", False)
        kind = values["type"]
        plugin = PLUGINS[kind](values, place, where=f"plugin {index + 1} ({kind})")
        if not is_bypassed:
            made.append(plugin)
    return made


def entries(settings: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The list of plugins, each of a known type, as version 2 has it."""
    given = settings.get("plugins") if isinstance(settings, Mapping) else settings
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise OutOfRangeError("the settings hold no list of plugins")
    limits.check_count(len(given), limits.MIX_PLUGINS_MAX, "plugins")
    for index, one in enumerate(given):
        kind = one.get("type") if isinstance(one, Mapping) else None
        if not isinstance(kind, str) or kind not in PLUGINS:
            raise UnknownPluginError(f"plugin {index + 1}: {kind!r} is not known; there are {', '.join(PLUGINS)}")
    if isinstance(settings, Mapping):
        upcasted: list[Mapping[str, Any]] = upcast({**settings, "plugins": given})["plugins"]
        return upcasted
    return given
