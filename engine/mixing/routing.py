"""Plays a mix: strip after strip in an order in which nothing is heard before it is there, latencies taken out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from engine.arrays import Doubles, Signal, as_signal
from engine.errors import EngineError, RoutingError
from engine.mixing.chain import Chain
from engine.mixing.mix import MASTER, Mix, Strip
from engine.mixing.plugin import BLOCK

Source: TypeAlias = Signal | Callable[[], Signal]  # sound, or what makes it when its turn comes
_PIECE: Final = 16 * BLOCK
_SILENCE: Final = 1e-5  # -100 dBFS: what is softer at the end is cut off


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a strip puts out.

    before_fader, after_fader : (2, samples) float32
    latency_samples : of its plugins, taken out already
    """

    before_fader: Signal
    after_fader: Signal
    latency_samples: int


def order(mix: Mix) -> list[Strip]:
    """Tracks and buses, each after all that it hears.

    Raises
    ------
    RoutingError
        If a strip sends to, or listens to, one that is not there, or the mix runs in a circle; the message names it.
    """
    strips = {strip.name: strip for strip in (*mix.tracks, *mix.buses)}
    hears = _hears(mix, strips)
    done: list[Strip] = []
    placed: set[str] = set()
    while len(done) < len(strips):
        ready = [strip for name, strip in strips.items() if name not in placed and hears[name] <= placed]
        if not ready:
            raise RoutingError(f"the mix runs in a circle: {' -> '.join(_circle(hears, placed))}")
        done += ready
        placed |= {strip.name for strip in ready}
    return done


def mixdown(
    mix: Mix,
    sources: Mapping[str, Source],
    *,
    sample_rate_hz: int,
    impulses: Mapping[str, Signal] | None = None,
    keep_stem: Callable[[str, Signal], None] | None = None,
) -> Signal:
    """All tracks through their strips, the buses and the master.

    Parameters
    ----------
    sources : by track name, (1 or 2, samples) float32; mono goes to both sides. One that is a function is called when
        its track's turn comes, so that not all tracks are in memory at once.
    keep_stem : called with the name and the sound, (2, samples) float32, of each strip whose output is the master. The
        stems' sum is what the master's plugins hear.

    Returns
    -------
    (2, samples) float32, left and right, not limited; at least one sample.

    Raises
    ------
    RoutingError
        As `order`, or if a track has no source.
    EngineError
        As `Chain.from_settings`, with the strip's name in front.
    """
    console = _Console(mix, sample_rate_hz, impulses or {})
    for strip in order(mix):
        source = sources.get(strip.name)
        if source is None and strip in mix.tracks:
            raise RoutingError(f"there is no sound for the track {strip.name!r}")
        arrived = console.arrived(strip.name)
        signal = arrived if source is None else _two_channels(source() if callable(source) else source)
        heard = console.play(strip, signal)
        if keep_stem is not None and strip.output == MASTER:
            keep_stem(strip.name, heard.after_fader)
    out = console.play(mix.master, console.arrived(MASTER)).after_fader
    return out if out.shape[1] else np.zeros((2, 1), dtype=np.float32)


class _Console:
    """What is on its way to each strip, and what side chains still want to hear."""

    def __init__(self, mix: Mix, rate: int, impulses: Mapping[str, Signal]) -> None:
        self._rate, self._impulses = rate, impulses
        self._buses: dict[str, Doubles] = {}
        strips = (*mix.tracks, *mix.buses, mix.master)
        self._wanted = {name for strip in strips for name in strip.side_chains}
        self._keys: dict[str, Signal] = {}
        self._tracks = {strip.name for strip in mix.tracks}
        self._has_solo = any(strip.is_soloed for strip in mix.tracks)

    def arrived(self, name: str) -> Signal:
        """The sum of what was sent to a strip; it is given away, and forgotten."""
        return np.asarray(self._buses.pop(name, np.zeros((2, 0))), dtype=np.float32)

    def play(self, strip: Strip, signal: Signal) -> Heard:
        heard = self._through(strip, signal)
        if strip.name in self._wanted:
            self._keys[strip.name] = heard.before_fader
        is_heard = not strip.is_muted and (strip.is_soloed or not self._has_solo or strip.name not in self._tracks)
        if not is_heard:
            silent = heard.after_fader[:, :0]
            return Heard(before_fader=silent, after_fader=silent, latency_samples=heard.latency_samples)
        if strip.name != MASTER:
            self._add(strip.output, heard.after_fader, 1.0)
        for send in strip.sends:
            sent = heard.before_fader if send.is_pre_fader else heard.after_fader
            self._add(send.to, sent, 10 ** (send.gain_db / 20))
        return heard

    def _through(self, strip: Strip, signal: Signal) -> Heard:
        before, late = self._played(strip, strip.plugins, signal, strip.side_chains)
        if strip.automation:
            after = self._played(strip, strip.fader(), before, ())[0]
        elif strip.gain_db or strip.position:
            angle = (strip.position + 1) * np.pi / 4
            sides = np.sqrt(2) * 10 ** (strip.gain_db / 20) * np.array([[np.cos(angle)], [np.sin(angle)]])
            after = before * sides.astype(np.float32)
        else:
            after = before
        return Heard(before_fader=before, after_fader=after, latency_samples=late)

    def _played(
        self, strip: Strip, plugins: Sequence[Mapping[str, Any]], signal: Signal, names: tuple[str, ...]
    ) -> tuple[Signal, int]:
        try:
            chain = Chain.from_settings(plugins, self._rate, 2, impulses=self._impulses)
        except EngineError as error:
            raise type(error)(f"{strip.name}, {error.message}") from None
        keys = {name: _as_long(self._keys[name], signal.shape[1]) for name in names}
        return through(chain, signal, keys), chain.latency_samples

    def _add(self, name: str, signal: Signal, factor: float) -> None:
        total = self._buses.get(name, np.zeros((2, 0)))
        missing = signal.shape[1] - total.shape[1]
        if missing > 0:
            total = np.pad(total, ((0, 0), (0, missing)))
        total[:, : signal.shape[1]] += factor * signal
        self._buses[name] = total


def through(chain: Chain, signal: Signal, keys: Mapping[str, Signal]) -> Signal:
    """A whole signal through a chain, latency taken out, its tail kept as far as it can be heard."""
    late, length = chain.latency_samples, chain.length(signal.shape[1])
    pieces = []
    for at in range(0, signal.shape[1], _PIECE):
        listened = {name: key[:, at : at + _PIECE] for name, key in keys.items()}
        pieces.append(chain.process(signal[:, at : at + _PIECE], listened))
    out = np.concatenate([*pieces, chain.flush()], axis=1)[:, late:]
    tail = np.flatnonzero(np.abs(out[:, length:]).max(axis=0) > _SILENCE)
    return out[:, : length + (int(tail[-1]) + 1 if len(tail) else 0)]


def _hears(mix: Mix, strips: Mapping[str, Strip]) -> dict[str, set[str]]:
    """For each strip the names of those whose sound reaches it, or its side chains."""
    buses = {strip.name for strip in mix.buses}
    hears: dict[str, set[str]] = {name: set() for name in (*strips, MASTER)}
    for strip in strips.values():
        for target in (strip.output, *(send.to for send in strip.sends)):
            if target not in buses and target != MASTER:
                raise RoutingError(f"{strip.name!r} sends to {target!r}, and there is no such bus")
            hears[target].add(strip.name)
    for strip in (*strips.values(), mix.master):
        for name in strip.side_chains:
            if name not in strips:
                raise RoutingError(f"{strip.name!r} listens to {name!r}, and there is no such track or bus")
            hears[strip.name].add(name)
    return hears


def _circle(hears: Mapping[str, set[str]], placed: set[str]) -> list[str]:
    """One circle among the strips that cannot be placed, in the direction in which sound goes."""
    path = [min(name for name in hears if name not in placed and name != MASTER)]
    while path[-1] not in path[:-1]:
        path.append(min(hears[path[-1]] - placed))
    return path[path.index(path[-1]) :][::-1]


def _two_channels(source: Signal) -> Signal:
    signal = as_signal(source)
    if signal.shape[0] > 2:
        raise RoutingError(f"a track of a mix has one or two channels, not {signal.shape[0]}")
    return np.repeat(signal, 2, axis=0) if signal.shape[0] == 1 else signal


def _as_long(key: Signal, samples: int) -> Signal:
    return np.pad(key[:, :samples], ((0, 0), (0, max(samples - key.shape[1], 0))))
