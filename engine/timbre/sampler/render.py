"""Offline rendering: every event at its sample, sixteen channels at a time."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.arrays import Signal
from engine.errors import OutOfRangeError
from engine.io import limits
from engine.score import CHANNEL_PRESSURE, PITCH_BEND, Part, Score, TempoClock
from engine.timbre.sampler.bank import default_bank, open_font, warm_font
from engine.timbre.sampler.pedal import sounding_end, sounding_ends

DRUM_CHANNEL: Final = 9
TAIL_S: Final = 3.0  # room for releases; what of it is silent is cut off
SILENCE: Final = 1e-4  # -80 dBFS
_PEAK_MAX: Final = 0.98
_GRACE_S: Final = 0.07  # a note without duration sounds this long
_GAIN_DB: Final = 0.0
_VOICES_MAX: Final = 256
_MASTER_CONTROLLERS: Final = frozenset({1, 7, 10, 11, 64, 6, 38, 98, 99, 100, 101})
_OFF, _MOVE, _ON = 0, 1, 2


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    """One thing to do at `sample`; ends come before moves, moves before beginnings."""

    sample: int
    order: int
    index: int
    channel: int
    first: int
    second: int


def render(
    score: Score,
    *,
    sample_rate_hz: int = 44_100,
    program: int | None = None,
    bank: Path | bytes | None = None,
    seconds_max: float | None = None,
) -> Signal:
    """Play `score` and return what sounds; the same score and bank give the same samples.

    Parameters
    ----------
    program : General MIDI program for all pitched parts, in place of their own
    bank : a SoundFont as a file or as bytes; the library's bank if not given
    seconds_max : stop here, with a short fade

    Returns
    -------
    (2, samples) float32, peak at most 0.98. At least one sample long.

    Raises
    ------
    MissingBankError
        If the library's bank is not installed.
    LimitExceededError
        If the score is longer than can be rendered.
    """
    if not 8_000 <= sample_rate_hz <= limits.SAMPLE_RATE_HZ_MAX:
        raise OutOfRangeError(f"cannot render at {sample_rate_hz} Hz")
    clock = score.clock()
    length_s = clock.seconds(sounding_end(score)) + TAIL_S
    if seconds_max is not None:
        length_s = min(length_s, seconds_max)
    limits.check_count(int(length_s), limits.RENDER_SECONDS_MAX, "seconds to render")
    font = open_font(bank) if isinstance(bank, bytes) else warm_font(bank or default_bank())
    samples = max(int(length_s * sample_rate_hz), 1)
    sounding = [part for part in score.parts if part.notes]
    mix = np.zeros((samples, 2), dtype=np.float32)
    for group in _groups(sounding):
        play_group(font, group, clock, mix, sample_rate_hz, program)
    return _finished(mix, sample_rate_hz, cut=seconds_max is not None and length_s == seconds_max)


def _groups(parts: list[Part]) -> list[list[tuple[int, Part]]]:
    """Parts with their channels, as many as fit on sixteen at a time."""
    groups: list[list[tuple[int, Part]]] = []
    used: set[int] = set(range(16))
    for part in parts:
        wanted = {DRUM_CHANNEL} if part.is_drums else set(range(16)) - {DRUM_CHANNEL}
        if not wanted - used:
            groups.append([])
            used = set()
        channel = min(wanted - used)
        used.add(channel)
        groups[-1].append((channel, part))
    return groups


def play_group(
    font: Any, group: list[tuple[int, Part]], clock: TempoClock, mix: Signal, rate: int, program: int | None
) -> None:
    """Add what the parts of `group` play on their channels to `mix`, (samples, 2) float32."""
    from tinysoundfont import _tinysoundfont

    font.reset()
    font.set_output(_tinysoundfont.OutputMode.StereoInterleaved, rate, _GAIN_DB)
    font.set_max_voices(_VOICES_MAX)
    _hush(font, rate)
    for channel, part in group:
        _choose(font, channel, part, program)
    events = sorted(event for channel, part in group for event in _events(part, channel, clock, rate))
    out = np.zeros_like(mix) if mix.any() else mix
    position = 0
    for event in events:
        if event.sample >= len(mix):
            break
        if event.sample > position:
            font.render(_view(out[position : event.sample]))
            position = event.sample
        _play(font, event)
    font.render(_view(out[position:]))
    if out is not mix:
        mix += out


def _hush(font: Any, rate: int) -> None:
    """Let what a reset only fades out (10 ms) end, so that no render hears the one before it."""
    rest = np.ones((max(rate // 20, 1), 2), dtype=np.float32)
    for _ in range(100):
        font.render(_view(rest))
        if not rest.any():
            return


def _view(block: Signal) -> memoryview:
    return memoryview(block.data).cast("B")


def _choose(font: Any, channel: int, part: Part, program: int | None) -> None:
    """Set the part's sound; a font without it plays the nearest thing it has."""
    wanted = part.program if program is None or part.is_drums else program
    for bank, number in ((part.bank & 0x7F, wanted), (part.bank >> 7, wanted), (0, wanted)):
        try:
            font.channel_set_bank(channel, 128 if part.is_drums else bank)
            font.channel_set_preset_number(channel, number, part.is_drums)
        except RuntimeError:
            continue
        return
    font.channel_set_preset_index(channel, 0)


def _events(part: Part, channel: int, clock: TempoClock, rate: int) -> list[_Event]:
    at: dict[Fraction, int] = {}

    def sample(position: Fraction) -> int:
        if position not in at:
            at[position] = round(clock.seconds(position) * rate)
        return at[position]

    events = []
    for index, (note, end) in enumerate(zip(part.notes, sounding_ends(part), strict=True)):
        start = sample(note.onset)
        stop = max(sample(end), start + (1 if note.duration else int(_GRACE_S * rate)))
        events.append(_Event(start, _ON, index, channel, note.pitch_midi, note.velocity))
        events.append(_Event(stop, _OFF, index, channel, note.pitch_midi, 0))
    for index, control in enumerate(part.controls):
        if control.controller in _MASTER_CONTROLLERS or control.controller == PITCH_BEND:
            events.append(_Event(sample(control.at), _MOVE, index, channel, control.controller, control.value))
    return events


def _play(font: Any, event: _Event) -> None:
    if event.order == _ON:
        font.channel_note_on(event.channel, event.first, event.second / 127)
    elif event.order == _OFF:
        font.channel_note_off(event.channel, event.first)
    elif event.first == PITCH_BEND:
        font.channel_set_pitch_wheel(event.channel, event.second)
    elif event.first != CHANNEL_PRESSURE:
        font.channel_midi_control(event.channel, event.first, event.second)


def _finished(mix: Signal, rate: int, *, cut: bool) -> Signal:
    loud = np.flatnonzero(np.abs(mix).max(axis=1) > SILENCE)
    end = len(mix) if cut else min(int(loud[-1]) + 1 + rate // 100 if len(loud) else 1, len(mix))
    signal = np.ascontiguousarray(mix[:end].T)
    if cut:
        fade = min(rate // 20, end)
        signal[:, end - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    peak = float(np.abs(signal).max())
    return signal * np.float32(_PEAK_MAX / peak) if peak > _PEAK_MAX else signal
