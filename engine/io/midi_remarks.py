"""What MIDI has no word for, in sequencer-specific meta events that other programs step over.

A remark is the event FF 7F with the manufacturer's number 7D (kept free for such use), the letters LL1, one letter for
its kind and fields such as ``v2 c50 o1/3``. Before a note it completes that note (N); alone it is a cue (Q), a note
beyond MIDI's keys (B) or the start of a drawn bar (M). Fields: p pitch, e velocity, v voice, s staff, c cents above
the key, n spelling, g place in a run of grace notes, o exact onset and d exact duration in quarter notes.
"""

import re
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from engine.io import limits
from engine.score import Note

Kind = Literal["N", "Q", "B", "M"]
Fields: TypeAlias = dict[str, str]

_HEAD: Final = b"\x7dLL1"
_NUMBER: Final = r"[0-9]{1,9}"
_FIELD: Final = re.compile(
    rf"(?:([vsgpe])(-?[0-9]{{1,4}})|([od])({_NUMBER}(?:/{_NUMBER})?)|(c)(-?{_NUMBER}(?:/{_NUMBER})?)"
    r"|(n)(x?[A-G](?:#{0,3}|b{0,3})-?[0-9]{1,2}))"
)
_BODY_BYTES_MAX: Final = 160


def write(kind: Kind, fields: Fields) -> bytes:
    """The meta event of a remark."""
    body = _HEAD + kind.encode() + " ".join(name + value for name, value in fields.items()).encode()
    return b"\xff\x7f" + _length(len(body)) + body


def read(body: bytes) -> tuple[str, Fields] | None:
    """Kind and fields of a sequencer-specific event; None if it is not one of ours, or broken."""
    if not body.startswith(_HEAD) or len(body) > _BODY_BYTES_MAX:
        return None
    kind = body[len(_HEAD) : len(_HEAD) + 1].decode("latin-1")
    fields: Fields = {}
    for word in body[len(_HEAD) + 1 :].decode("latin-1").split():
        found = _FIELD.fullmatch(word)
        if not found:
            return None
        name, value = [group for group in found.groups() if group is not None]
        if "/0" in value:
            return None
        fields[name] = value
    return (kind, fields) if kind in "NQBM" and kind else None


def fields_of(note: Note) -> Fields:
    """What MIDI's own note messages do not say of a note."""
    fields: Fields = {}
    if note.voice != 1:
        fields["v"] = str(note.voice)
    if note.staff != 1:
        fields["s"] = str(note.staff)
    if note.detune_cents:
        fields["c"] = str(note.detune_cents)
    if note.spelling:
        fields["n"] = note.spelling
    if note.grace_index:
        fields["g"] = str(note.grace_index)
    return fields


def whole(note: Note) -> Fields:
    """All of a note that no note message carries."""
    own = {"p": note.pitch_midi, "e": note.velocity, "o": note.onset, "d": note.duration}
    return {name: str(value) for name, value in own.items()} | fields_of(note)


def completed(note: Note, fields: Fields, *, tick: Fraction) -> Note:
    """`note` with what its remark says; exact times count only where they lie within a tick of those played.

    A program that moved the note leaves the remark as it was: then the note is where it was moved to.
    """
    onset, duration = (Fraction(fields[name]) if name in fields else None for name in "od")
    offset = None if onset is None or duration is None else onset + duration
    if onset is None or offset is None or abs(onset - note.onset) > tick or abs(offset - note.offset) > tick:
        onset, offset = note.onset, note.offset
    return Note(
        onset=onset,
        duration=offset - onset,
        pitch_midi=note.pitch_midi,
        velocity=note.velocity,
        voice=_within(fields, "v", 1, 999, 1),
        staff=_within(fields, "s", 1, 999, 1),
        detune_cents=_detune(fields),
        spelling=fields.get("n", ""),
        grace_index=_within(fields, "g", 0, 9_999, 0),
    )


def unplayed(fields: Fields) -> Note | None:
    """The note that a remark is all there is of; None if something is missing or out of range."""
    if not {"p", "e", "o", "d"} <= fields.keys():
        return None
    onset, duration = Fraction(fields["o"]), Fraction(fields["d"])
    if onset + duration > limits.SCORE_QUARTERS_MAX or not -999 <= int(fields["p"]) <= 999:
        return None
    velocity = _within(fields, "e", 1, 127, 80)
    bare = Note(onset=onset, duration=duration, pitch_midi=int(fields["p"]), velocity=velocity)
    return completed(bare, {name: value for name, value in fields.items() if name not in "od"}, tick=Fraction(0))


def _detune(fields: Fields) -> Fraction:
    cents = Fraction(fields.get("c", "0"))
    return cents if abs(cents) <= 50 else Fraction(0)


def _within(fields: Fields, name: str, least: int, most: int, otherwise: int) -> int:
    value = int(fields.get(name, otherwise))
    return value if least <= value <= most else otherwise


def _length(value: int) -> bytes:
    return bytes((value,)) if value < 128 else bytes((value >> 7 | 128, value & 127))
