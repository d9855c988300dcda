"""Notes moved in time by a player's hand, without changing what follows what."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from engine.score import Note

LATE_MAX: Final = Fraction(1, 8)  # of a quarter note
_GAP_SHARE: Final = Fraction(2, 5)  # of the way to the neighbour, so that two neighbours never meet
DURATION_MIN: Final = Fraction(1, 64)


def moved(notes: Sequence[Note], late: Sequence[Fraction]) -> tuple[Note, ...]:
    """The notes of one part, each begun later by its own `late` quarter notes, earlier where negative.

    No note passes the onset before or after it in the part; one that ended where another began still does; notes on
    one key do not run into each other. Grace notes stay with their onset.
    """
    onsets = sorted({note.onset for note in notes})
    bounds = _bounds(onsets)
    begun = [_within(note.onset, by, bounds[note.onset]) for note, by in zip(notes, late, strict=True)]
    first_at: dict[Fraction, Fraction] = {}
    on_key: dict[int, list[Fraction]] = {}
    for note, onset in zip(notes, begun, strict=True):
        first_at[note.onset] = min(first_at.get(note.onset, onset), onset)
        on_key.setdefault(note.pitch_midi, []).append(onset)
    for times in on_key.values():
        times.sort()
    found = []
    for note, onset in zip(notes, begun, strict=True):
        offset = first_at.get(note.offset, note.offset)
        times = on_key[note.pitch_midi]
        index = bisect_right(times, onset)
        after = times[index] if index < len(times) else offset
        # What sounded on over its own key before still does: only a new collision is taken away.
        if after < offset and after - onset >= DURATION_MIN and offset - after <= LATE_MAX * 2:
            offset = after
        duration = max(offset - onset, DURATION_MIN) if note.duration else Fraction(0)
        found.append(replace(note, onset=onset, duration=duration))
    return tuple(sorted(found, key=lambda note: (note.onset, note.pitch_midi, note.duration, note.velocity)))


def _within(onset: Fraction, by: Fraction, bounds: tuple[Fraction, Fraction]) -> Fraction:
    return onset + min(max(by, bounds[0]), bounds[1])


def _bounds(onsets: Sequence[Fraction]) -> dict[Fraction, tuple[Fraction, Fraction]]:
    """Of each onset, how far it may move either way."""
    found = {}
    for index, onset in enumerate(onsets):
        before = onset - onsets[index - 1] if index else onset / _GAP_SHARE
        after = onsets[index + 1] - onset if index + 1 < len(onsets) else LATE_MAX / _GAP_SHARE
        found[onset] = (-min(before * _GAP_SHARE, LATE_MAX), min(after * _GAP_SHARE, LATE_MAX))
    return found
