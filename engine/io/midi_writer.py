"""A `Score` to a Standard MIDI file of type 1: one track for the maps, one for each part."""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import count
from math import lcm
from typing import Final, TypeAlias

from engine.errors import OutOfRangeError
from engine.io import midi_remarks
from engine.score import CHANNEL_PRESSURE, PITCH_BEND, Control, Note, Part, Score, check_limits

TICKS_PER_QUARTER_MIN: Final = 480
TICKS_PER_QUARTER_MAX: Final = 32_767

# (tick, order at this tick, order of writing, message)
_Event: TypeAlias = tuple[int, int, int, bytes]
_SETUP, _OFF, _ON = 0, 1, 2


def write(score: Score) -> bytes:
    """Write a type 1 file; every onset and duration is exact if a quarter can be cut into at most 32,767 ticks.

    Otherwise times are rounded to 1/960 of a quarter note (no note is lost; a rounded duration may become 0) and the
    exact ones stand in remarks, as does all else that MIDI cannot say (`engine.io.midi_remarks`).
    """
    check_limits(score)
    ticks = ticks_per_quarter(score)
    channels = _channels(score.parts)
    tracks = [_map_track(score, ticks)]
    tracks += [_part_track(part, channel, ticks) for part, channel in zip(score.parts, channels, strict=True)]
    header = b"MThd" + (6).to_bytes(4, "big") + b"".join(n.to_bytes(2, "big") for n in (1, len(tracks), ticks))
    return header + b"".join(b"MTrk" + len(track).to_bytes(4, "big") + track for track in tracks)


def ticks_per_quarter(score: Score) -> int:
    """The finest division the score needs, as a multiple of a customary one where that fits."""
    needed = 1
    for time in _times(score):
        needed = lcm(needed, time.denominator)
        if needed > TICKS_PER_QUARTER_MAX:
            return 960
    comfortable = lcm(needed, TICKS_PER_QUARTER_MIN)
    return comfortable if comfortable <= TICKS_PER_QUARTER_MAX else needed


def _times(score: Score) -> Iterable[Fraction]:
    for note in score.notes():
        yield note.onset
        yield note.duration
    for part in score.parts:
        for control in part.controls:
            yield control.at
    for marks in (score.tempos, score.meters, score.keys):
        for mark in marks:
            yield mark.at


def _channels(parts: tuple[Part, ...]) -> list[int]:
    """A channel for each part: drums on 10, the others spread over 15; equal instruments share where there are more."""
    free = [channel for channel in range(16) if channel != 9]
    pitched = [part for part in parts if not part.is_drums]
    programs = {key: place for place, key in enumerate(dict.fromkeys((part.program, part.bank) for part in pitched))}
    scarce = len(pitched) > len(free)
    turn = count()
    chosen = []
    for part in parts:
        if part.is_drums:
            chosen.append(9)
        else:
            place = programs[part.program, part.bank] if scarce else next(turn)
            chosen.append(free[place % len(free)])
    return chosen


def _tick(time: Fraction, ticks: int) -> int:
    return round(time * ticks)


def _map_track(score: Score, ticks: int) -> bytes:
    events: list[_Event] = []
    if score.title:
        events.append((0, _SETUP, 0, _meta(0x03, score.title.encode("utf-8"))))
    for tempo in score.tempos:
        if not 0 < tempo.us_per_quarter < 1 << 24:
            raise OutOfRangeError(f"a tempo of {tempo.bpm:.3f} bpm cannot be written to MIDI")
        events.append((_tick(tempo.at, ticks), _SETUP, 1, _meta(0x51, tempo.us_per_quarter.to_bytes(3, "big"))))
    for meter in score.meters:
        power = meter.denominator.bit_length() - 1
        body = bytes((min(meter.numerator, 255), power, 24, 8))
        events.append((_tick(meter.at, ticks), _SETUP, 2, _meta(0x58, body)))
    for key in score.keys:
        body = bytes((key.fifths % 256, key.mode == "minor"))
        events.append((_tick(key.at, ticks), _SETUP, 3, _meta(0x59, body)))
    for bar in score.bars:
        events.append((_tick(bar, ticks), _SETUP, 4, midi_remarks.write("M", {"o": str(bar)})))
    return _track(events)


def _part_track(part: Part, channel: int, ticks: int) -> bytes:
    events: list[_Event] = []
    if part.name:
        events.append((0, _SETUP, 0, _meta(0x03, part.name.encode("utf-8"))))
    if part.bank:
        events.append((0, _SETUP, 1, bytes((0xB0 | channel, 0, part.bank >> 7))))
        events.append((0, _SETUP, 2, bytes((0xB0 | channel, 32, part.bank & 0x7F))))
    events.append((0, _SETUP, 3, bytes((0xC0 | channel, part.program))))
    for index, control in enumerate(part.controls):
        events.append((_tick(control.at, ticks), _SETUP, 4 + index, _control(control, channel)))
    nested = _nested(part.notes)
    for index, note in enumerate(part.notes):
        remark = midi_remarks.fields_of(note)
        is_rounded = ticks % note.onset.denominator or ticks % note.duration.denominator
        if is_rounded or index in nested:
            remark |= {"o": str(note.onset), "d": str(note.duration)}
        events += _note(note, index, channel, ticks, midi_remarks.write("N", remark) if remark else b"")
    for index, note in enumerate(part.cues + part.beyond):
        remark_bytes = midi_remarks.write("Q" if index < len(part.cues) else "B", midi_remarks.whole(note))
        events.append((_tick(note.onset, ticks), _ON, len(part.notes) + index, remark_bytes))
    return _track(events)


def _nested(notes: tuple[Note, ...]) -> set[int]:
    """Places of notes that sound while another of their pitch does: who ends first must be said."""
    found: set[int] = set()
    sounding: dict[int, list[int]] = defaultdict(list)
    for index, note in enumerate(notes):
        still = [place for place in sounding[note.pitch_midi] if notes[place].offset > note.onset]
        if still and note.duration:
            found |= {index, *still}
        sounding[note.pitch_midi] = [*still, index] if note.duration else still
    return found


def _note(note: Note, index: int, channel: int, ticks: int, remark: bytes) -> tuple[_Event, _Event]:
    start, stop = _tick(note.onset, ticks), _tick(note.offset, ticks)
    on = bytes((0x90 | channel, note.pitch_midi, note.velocity))
    on = remark + b"\0" + on if remark else on
    off = bytes((0x80 | channel, note.pitch_midi, 64))
    if start == stop:
        # A note without length ends at once, before longer ones of its pitch begin: a reader pairs first in, first out.
        return (start, _OFF, 1 + 2 * index, on), (stop, _OFF, 2 + 2 * index, off)
    return (start, _ON, index, on), (stop, _OFF, 0, off)


def _control(control: Control, channel: int) -> bytes:
    if control.controller == PITCH_BEND:
        return bytes((0xE0 | channel, control.value & 0x7F, control.value >> 7 & 0x7F))
    if control.controller == CHANNEL_PRESSURE:
        return bytes((0xD0 | channel, control.value & 0x7F))
    return bytes((0xB0 | channel, control.controller & 0x7F, control.value & 0x7F))


def _track(events: list[_Event]) -> bytes:
    chunks, now = [], 0
    for tick, _, _, message in sorted(events, key=lambda event: event[:3]):
        chunks += [_variable_length(tick - now), message]
        now = tick
    return b"".join(chunks) + b"\x00\xff\x2f\x00"


def _meta(kind: int, body: bytes) -> bytes:
    return bytes((0xFF, kind)) + _variable_length(len(body)) + body


def _variable_length(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))
