"""One track of a Standard MIDI file: messages to parts."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, TypeAlias

from engine.errors import UnreadableFileError
from engine.io import limits, midi_remarks
from engine.score import (
    CHANNEL_PRESSURE,
    PITCH_BEND,
    Control,
    KeyMark,
    MeterMark,
    Note,
    Part,
    Score,
    TempoMark,
    make_part,
)

DRUM_CHANNEL: Final = 9
_SYSTEM_COMMON_BYTES: Final = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # data bytes to step over; the other system bytes have none


@dataclass(slots=True)
class Piece:
    """What the tracks share while they are read."""

    ticks_per_quarter: int
    keeps_tempo: bool
    title: str = ""
    start_tick: int = 0  # where the next track begins: 0 but in files of type 2
    messages: int = 0
    moves: int = 0
    tempos: dict[int, int] = field(default_factory=dict)
    meters: dict[int, tuple[int, int]] = field(default_factory=dict)
    keys: dict[int, tuple[int, bool]] = field(default_factory=dict)
    bars: set[Fraction] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)

    def quarters(self, tick: int) -> Fraction:
        """Where a tick lies, quarter notes."""
        return Fraction(tick, self.ticks_per_quarter)

    def score(self) -> Score:
        """The piece as read so far."""
        at = self.quarters
        return Score(
            title=self.title,
            parts=tuple(self.parts),
            bars=tuple(sorted(self.bars)),
            tempos=tuple(TempoMark(at=at(tick), us_per_quarter=us) for tick, us in sorted(self.tempos.items())),
            meters=tuple(
                MeterMark(at=at(tick), numerator=top, denominator=bottom)
                for tick, (top, bottom) in sorted(self.meters.items())
            ),
            keys=tuple(
                KeyMark(at=at(tick), fifths=fifths, mode="minor" if is_minor else "major")
                for tick, (fifths, is_minor) in sorted(self.keys.items())
            ),
        )


@dataclass(slots=True)
class _Voice:
    """Notes of one channel of one track under one program."""

    channel: int
    program: int
    bank: int
    notes: list[Note] = field(default_factory=list)


# What sounds: the tick it began at, its velocity, its voice, and the remark that completes it.
_Sounding: TypeAlias = tuple[int, int, _Voice, midi_remarks.Fields]


class TrackReader:
    """Reads one track's messages into parts of the piece."""

    def __init__(self, data: bytes, start: int, stop: int, number: int, piece: Piece) -> None:
        self.data, self.at, self.start, self.stop = data, start, start, stop
        self.number, self.piece = number, piece
        self.tick = piece.start_tick
        self.name = ""
        # channel -> pitch -> what sounds, the oldest first
        self.sounding: list[dict[int, deque[_Sounding]]] = [defaultdict(deque) for _ in range(16)]
        self.remark: midi_remarks.Fields = {}
        self.cues: list[Note] = []
        self.beyond: list[Note] = []
        self.voices: dict[tuple[int, int, int], _Voice] = {}
        self.program = [0] * 16
        self.bank = [0] * 16
        self.moves: dict[int, list[Control]] = defaultdict(list)

    def run(self) -> int:
        """Read to the end of the track and return its last tick."""
        status = 0
        while self.at < self.stop:
            self.tick += self._variable_length()
            if self.at >= self.stop:
                break  # a last delta time without a message: the end of track is missing
            self._count_message()
            byte = self.data[self.at]
            if byte < 0x80:
                if status == 0:
                    raise self._broken("data without a message they belong to")
                self._channel_message(status)
                continue
            self.at += 1
            if byte < 0xF0:
                status = byte
                self._channel_message(status)
            elif byte == 0xFF:
                if self._meta():
                    break
            elif byte in (0xF0, 0xF7):
                self._take(self._variable_length(), "a system exclusive message")
            else:
                # System common and real-time bytes have no place in a file; players step over them, and so do we.
                self._take(min(_SYSTEM_COMMON_BYTES.get(byte, 0), self.stop - self.at), "a system message")
        self._close()
        return self.tick

    def _broken(self, what: str) -> UnreadableFileError:
        return UnreadableFileError(f"track {self.number}, byte {self.at} of the file: {what}")

    def _count_message(self) -> None:
        self.piece.messages += 1
        limits.check_count(self.piece.messages, limits.MIDI_MESSAGES_MAX, "MIDI messages")
        if self.tick > limits.SCORE_QUARTERS_MAX * self.piece.ticks_per_quarter:
            limits.check_count(
                self.tick // self.piece.ticks_per_quarter, limits.SCORE_QUARTERS_MAX, "quarter notes of length"
            )

    def _take(self, count: int, what: str) -> bytes:
        if self.at + count > self.stop:
            raise self._broken(f"{what} is cut off by the end of the track")
        taken = self.data[self.at : self.at + count]
        self.at += count
        return taken

    def _variable_length(self) -> int:
        value = 0
        for _ in range(4):
            (byte,) = self._take(1, "a variable-length number")
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise self._broken("a variable-length number has more than four bytes")

    def _channel_message(self, status: int) -> None:
        kind, channel = status & 0xF0, status & 0x0F
        body = self._take(1 if kind in (0xC0, 0xD0) else 2, "a channel message")
        if max(body) > 127:
            raise self._broken(f"a status byte stands inside a message {status:#04x}")
        first, second = body[0], body[-1]
        if kind == 0x90 and second > 0:
            self._note_on(channel, first, second)
        elif kind in (0x80, 0x90):
            self._note_off(channel, first)
        elif kind == 0xB0:
            self._control(channel, first, second)
        elif kind == 0xC0:
            self.program[channel] = first
        elif kind == 0xD0:
            self._move(channel, CHANNEL_PRESSURE, first)
        elif kind == 0xE0:
            self._move(channel, PITCH_BEND, first | second << 7)

    def _control(self, channel: int, controller: int, value: int) -> None:
        if controller == 0:
            self.bank[channel] = value << 7 | self.bank[channel] & 0x7F
        elif controller == 32:
            self.bank[channel] = self.bank[channel] & 0x3F80 | value
        elif controller in (120, 123, 124, 125, 126, 127):  # all sound off, all notes off, mode changes
            self._end_all(channel)
        else:
            self._move(channel, controller, value)

    def _move(self, channel: int, controller: int, value: int) -> None:
        self.moves[channel].append(Control(at=self.piece.quarters(self.tick), controller=controller, value=value))

    def _note_on(self, channel: int, pitch: int, velocity: int) -> None:
        key = (channel, self.program[channel], self.bank[channel])
        voice = self.voices.get(key)
        if voice is None:
            voice = self.voices[key] = _Voice(*key)
            limits.check_count(len(self.piece.parts) + len(self.voices), limits.PARTS_MAX, "parts")
        self.sounding[channel][pitch].append((self.tick, velocity, voice, self.remark))
        self.remark = {}

    def _note_off(self, channel: int, pitch: int) -> None:
        waiting = self.sounding[channel].get(pitch)
        if not waiting:
            return
        # First in, first out, unless a remark says that another one of the pitch ends here.
        place = 0
        if len(waiting) > 1 and any(begun[3] for begun in waiting):
            place = next((i for i, begun in enumerate(waiting) if self._ends_here(begun[3])), 0)
        begun = waiting[place]
        del waiting[place]
        self._end(pitch, begun)

    def _ends_here(self, remark: midi_remarks.Fields) -> bool:
        if "o" not in remark or "d" not in remark:
            return False
        exact = Fraction(remark["o"]) + Fraction(remark["d"])
        return abs(exact * self.piece.ticks_per_quarter - self.tick) <= 1

    def _end_all(self, channel: int) -> None:
        for pitch, waiting in self.sounding[channel].items():
            for begun in waiting:
                self._end(pitch, begun)
        self.sounding[channel].clear()

    def _end(self, pitch: int, begun: _Sounding) -> None:
        tick, velocity, voice, remark = begun
        onset, duration = self.piece.quarters(tick), self.piece.quarters(self.tick - tick)
        note = Note(onset=onset, duration=duration, pitch_midi=pitch, velocity=velocity)
        if remark:
            note = midi_remarks.completed(note, remark, tick=self.piece.quarters(1))
        voice.notes.append(note)

    def _meta(self) -> bool:
        """Read a meta event; True if it ends the track."""
        (kind,) = self._take(1, "a meta event")
        body = self._take(self._variable_length(), "a meta event")
        if kind == 0x2F:
            return True
        if kind == 0x03 and not self.name:
            self.name = _text(body)
        elif kind == 0x51 and len(body) == 3 and any(body) and self.piece.keeps_tempo:
            self.piece.tempos[self.tick] = int.from_bytes(body, "big")
        elif kind == 0x58 and len(body) >= 2 and body[0] > 0 and body[1] <= 6:
            self.piece.meters[self.tick] = (body[0], 2 ** body[1])
        elif kind == 0x59 and len(body) >= 2 and body[0] in _SIGNED_FIFTHS:
            self.piece.keys[self.tick] = (_SIGNED_FIFTHS[body[0]], body[1] == 1)
        elif kind == 0x7F:
            self._take_remark(body)
        return False

    def _take_remark(self, body: bytes) -> None:
        kind, fields = midi_remarks.read(body) or ("", {})
        if kind == "N":
            self.remark = fields
        elif kind == "M" and 0 < Fraction(fields.get("o", "0")) <= limits.SCORE_QUARTERS_MAX:
            self.piece.bars.add(Fraction(fields["o"]))
            limits.check_count(len(self.piece.bars), limits.MEASURES_MAX, "bars")
        elif kind in ("Q", "B") and (note := midi_remarks.unplayed(fields)):
            (self.cues if kind == "Q" else self.beyond).append(note)

    def _close(self) -> None:
        """End what still sounds and hand the parts over."""
        for channel in range(16):
            self._end_all(channel)
        if self.number == 1 and not self.voices:
            self.piece.title = self.name
        cues, beyond = self.cues, self.beyond
        if (cues or beyond) and not self.voices:
            self.voices[0, 0, 0] = _Voice(0, self.program[0], self.bank[0])
        for voice in self.voices.values():
            # Every instrument of a channel gets all its movements: few do in music, millions could in an attack.
            self.piece.moves += len(self.moves[voice.channel])
            limits.check_count(self.piece.moves, limits.MIDI_MESSAGES_MAX, "controller movements")
            part = make_part(
                voice.notes,
                name=self.name,
                program=voice.program,
                bank=voice.bank,
                is_drums=voice.channel == DRUM_CHANNEL,
                controls=self.moves[voice.channel],
                cues=cues,
                beyond=beyond,
            )
            self.piece.parts.append(part)
            cues, beyond = [], []


_SIGNED_FIFTHS: Final = {fifths % 256: fifths for fifths in range(-7, 8)}


def _text(body: bytes) -> str:
    """A name as text: UTF-8 where it is, Latin-1 otherwise, without control characters, at most 200 characters."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    return "".join(char for char in text if char.isprintable())[:200].strip()
