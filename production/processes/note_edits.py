"""Changes to notes as a piano roll tells them, in seconds, and what they make of a score, which counts in quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from production.errors import BadParameterError

if TYPE_CHECKING:
    from engine.score import Note, Score, TempoClock

_SAME_S = 0.00015
"""The roll rounds to a tenth of a millisecond: what differs by less was not moved."""
_SHORTEST = Fraction(1, 32)
_SECONDS_MAX = 36_000.0
_NOTHING = "Nothing was changed: move, add or delete a note first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """changed : (id, onset_s, duration_s, pitch, velocity); removed : ids; added : as changed, a part for the id"""

    changed: tuple[tuple[int, float, float, int, int], ...] = ()
    removed: frozenset[int] = frozenset()
    added: tuple[tuple[int, float, float, int, int], ...] = ()


def read_edits(said: Any) -> Edits:
    """Edits from JSON.

    Raises
    ------
    BadParameterError
        If they are none, or one is no note; the message says which.
    """
    if said is None:
        raise BadParameterError(_NOTHING)
    if not isinstance(said, dict) or set(said) - {"changed", "removed", "added"}:
        raise BadParameterError("Edits are an object with changed, removed and added.")
    rows = {name: said.get(name) or [] for name in ("changed", "removed", "added")}
    if not all(isinstance(each, list) for each in rows.values()):
        raise BadParameterError("Changed, removed and added are lists.")
    found = Edits(
        changed=tuple(_row(row, ends_with_part=False) for row in rows["changed"]),
        removed=frozenset(_whole(one, "A removed note", 0, 1 << 31) for one in rows["removed"]),
        added=tuple(_row(row, ends_with_part=True) for row in rows["added"]),
    )
    if not (found.changed or found.removed or found.added):
        raise BadParameterError(_NOTHING)
    return found


def edited(score: Score, edits: Edits, *, per_quarter: int) -> Score:
    """The score with the edits; notes that are not named stay exactly as they are.

    per_quarter : of the grid on which moved and added notes begin and end; 0 leaves them where they are

    Raises
    ------
    BadParameterError
        If a change names no note, or an added note no part.
    """
    from engine.score import make_part

    clock = score.clock()
    places = places_of(score)
    unknown = [one for one in (*edits.removed, *(row[0] for row in edits.changed)) if one >= len(places)]
    if unknown:
        raise BadParameterError(f"There is no note {unknown[0]}: there are {len(places)}.")
    parts = [list(part.notes) for part in score.parts]
    for number, *rest in edits.changed:
        part, index = places[number]
        parts[part][index] = _changed(parts[part][index], rest, clock, per_quarter)
    gone = {places[one] for one in edits.removed}
    kept = [[note for index, note in enumerate(notes) if (part, index) not in gone] for part, notes in enumerate(parts)]
    for part, *rest in edits.added:
        if part >= len(kept):
            raise BadParameterError(f"There is no part {part}: there are {len(kept)}.")
        kept[part].append(_added(rest, clock, per_quarter))
    made = tuple(replace(part, notes=make_part(notes).notes) for part, notes in zip(score.parts, kept, strict=True))
    return replace(score, parts=made)


def places_of(score: Score) -> list[tuple[int, int]]:
    """(part, index in it) of each note of the roll, in the roll's order: by onset, pitch, part."""
    every = [
        ((note.onset, note.pitch_midi, part), index)
        for part, one in enumerate(score.parts)
        for index, note in enumerate(one.notes)
    ]
    return [(key[2], index) for key, index in sorted(every, key=lambda pair: pair[0])]


def _changed(note: Note, rest: Sequence[Any], clock: TempoClock, per_quarter: int) -> Note:
    onset_s, duration_s, pitch, velocity = rest
    start_s, stop_s = clock.seconds(note.onset), clock.seconds(note.offset)
    onset, duration = note.onset, note.duration
    if abs(onset_s - start_s) > _SAME_S:
        onset = _place(clock, onset_s, per_quarter)
    if abs(duration_s - (stop_s - start_s)) > _SAME_S:
        duration = max(_place(clock, onset_s + duration_s, per_quarter) - onset, _least(per_quarter))
    spelling = note.spelling if pitch == note.pitch_midi else ""
    return replace(
        note, onset=onset, duration=duration, pitch_midi=pitch, velocity=velocity, spelling=spelling, grace_index=0
    )


def _added(rest: Sequence[Any], clock: TempoClock, per_quarter: int) -> Note:
    from engine.score import Note

    onset_s, duration_s, pitch, velocity = rest
    onset = _place(clock, onset_s, per_quarter)
    duration = max(_place(clock, onset_s + duration_s, per_quarter) - onset, _least(per_quarter))
    return Note(onset=onset, duration=duration, pitch_midi=pitch, velocity=velocity)


def _place(clock: TempoClock, seconds: float, per_quarter: int) -> Fraction:
    """Quarter notes at `seconds`, on the grid, or to the nearest 960th."""
    exact = clock.position(max(seconds, 0.0) + _SAME_S)
    return Fraction(round(exact * per_quarter), per_quarter) if per_quarter else exact


def _least(per_quarter: int) -> Fraction:
    return Fraction(1, per_quarter) if per_quarter else _SHORTEST


def _row(row: Any, *, ends_with_part: bool) -> tuple[int, float, float, int, int]:
    if not isinstance(row, list) or len(row) != 5:
        raise BadParameterError("A note is five numbers.")
    values = [row[4], *row[:4]] if ends_with_part else row
    return (
        _whole(values[0], "A note’s number or part", 0, 1 << 31),
        _seconds(values[1], least=0.0),
        _seconds(values[2], least=0.0),
        _whole(values[3], "A pitch", 0, 127),
        _whole(values[4], "A strength", 1, 127),
    )


def _whole(value: Any, what: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadParameterError(f"{what} is a whole number from {least} to {most}, not {value!r}.")
    return value


def _seconds(value: Any, *, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= _SECONDS_MAX:
        raise BadParameterError(f"A time in seconds lies between {least:g} and {_SECONDS_MAX:g}, not {value!r}.")
    return float(value)
