"""What notes are made of, counted: of one version, and of many elements together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from production.models import NoteKeys

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
ROMANS = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
OCTAVE = 12
DURATIONS_TOLD = 8
CHORDS_TOLD = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStatistics:
    """Pairs of a name and how often; every tuple may be empty.

    pitch_classes : quarter notes that each of the twelve sounds
    intervals : steps of the melody in semitones, from an octave down to an octave up
    durations : note values as parts of a whole note ("1/8"), the most frequent, the shortest first
    chords : Roman numerals from the key's tonic, small ones minor, the most frequent first
    form : for each bar the first one (from 0) with the same notes; of one version only
    elements : how many were counted
    """

    pitch_classes: tuple[tuple[str, float], ...] = ()
    intervals: tuple[tuple[int, int], ...] = ()
    durations: tuple[tuple[str, int], ...] = ()
    chords: tuple[tuple[str, int], ...] = ()
    form: tuple[int, ...] = ()
    elements: int = 0


def note_statistics(version_id: UUID) -> NoteStatistics | None:
    """Of one version; None if it has no notes, or they have not been looked at yet."""
    row = NoteKeys.objects.filter(version_id=version_id).values_list("statistics", "chords", "tonic").first()
    if row is None or not row[0].get("pitch_class_quarters") or not any(row[0]["pitch_class_quarters"]):
        return None
    return _sum([row], form=tuple(row[0].get("form", ())))


def statistics_of_all(element_ids: Collection[UUID]) -> NoteStatistics:
    """Of the newest versions of these elements together; those without notes do not count."""
    wanted = set(element_ids)
    rows = NoteKeys.objects.filter(is_newest=True).values_list("element_id", "statistics", "chords", "tonic")
    return _sum(tuple(row[1:]) for row in rows.iterator() if row[0] in wanted)


def _sum(rows: Iterable[tuple[Mapping[str, Any], str, int | None]], *, form: tuple[int, ...] = ()) -> NoteStatistics:
    quarters, steps, elements = [0.0] * OCTAVE, [0] * (2 * OCTAVE + 1), 0
    durations: Counter[Fraction] = Counter()
    chords: Counter[str] = Counter()
    for counted, words, tonic in rows:
        if not any(counted.get("pitch_class_quarters") or ()):
            continue
        elements += 1
        quarters = [sum(pair) for pair in zip(quarters, counted["pitch_class_quarters"], strict=True)]
        steps = [sum(pair) for pair in zip(steps, counted["intervals"], strict=True)]
        durations.update({Fraction(quarter) / 4: count for quarter, count in counted["durations"]})
        if tonic is not None:  # without one nobody can say which degree a chord stands on
            chords.update(words)
    common = sorted(durations.items(), key=lambda pair: (-pair[1], pair[0]))[:DURATIONS_TOLD]
    return NoteStatistics(
        pitch_classes=tuple(zip(PITCH_CLASSES, quarters, strict=True)) if elements else (),
        intervals=tuple(enumerate(steps, -OCTAVE)) if any(steps) else (),
        durations=tuple((str(value), count) for value, count in sorted(common)),
        chords=tuple(
            (_numeral(letter), count)
            for letter, count in sorted(chords.items(), key=lambda pair: (-pair[1], pair[0]))[:CHORDS_TOLD]
        ),
        form=form,
        elements=elements,
    )


def _numeral(letter: str) -> str:
    """The numeral of a letter of `NoteKeys.chords`."""
    minor, root = divmod(ord(letter) - ord("a"), OCTAVE)
    return ROMANS[root].replace("I", "i").replace("V", "v") if minor else ROMANS[root]
