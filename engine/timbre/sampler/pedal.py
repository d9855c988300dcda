"""The sustain pedal: how long notes sound whose keys are up while it is down.

The synthesiser knows no pedal, so ends of notes are moved instead.
"""

from fractions import Fraction
from typing import Final

from engine.score import Part, Score

SUSTAIN: Final = 64
_DOWN: Final = 64  # the pedal is down from this value on

Span = tuple[Fraction, Fraction]


def pedal_spans(part: Part) -> list[Span]:
    """From where to where the pedal is down, quarter notes; one never lifted is lifted where the part ends."""
    spans, down = [], None
    for control in part.controls:
        if control.controller != SUSTAIN:
            continue
        if control.value >= _DOWN and down is None:
            down = control.at
        elif control.value < _DOWN and down is not None:
            spans.append((down, control.at))
            down = None
    if down is not None:
        end = max([*(note.offset for note in part.notes), *(control.at for control in part.controls)])
        spans.append((down, end))
    return spans


def sounding_ends(part: Part) -> list[Fraction]:
    """Where each note of the part ends to sound: with its key, or with the pedal, or where its key is struck again."""
    spans = pedal_spans(part)
    if not spans:
        return [note.offset for note in part.notes]
    ends: list[Fraction] = []
    following: dict[int, Fraction] = {}
    place = len(spans) - 1
    order = sorted(range(len(part.notes)), key=lambda index: part.notes[index].offset, reverse=True)
    lifted: dict[int, Fraction] = {}
    for index in order:
        offset = part.notes[index].offset
        while place >= 0 and spans[place][0] > offset:
            place -= 1
        lifted[index] = max(spans[place][1], offset) if place >= 0 else offset
    for index in range(len(part.notes) - 1, -1, -1):
        note = part.notes[index]
        again = following.get(note.pitch_midi, lifted[index])
        if again > note.onset:
            following[note.pitch_midi] = note.onset
        ends.append(max(note.offset, min(lifted[index], again)))
    return ends[::-1]


def sounding_end(score: Score) -> Fraction:
    """Where the last note of the score ends to sound."""
    return max([score.end, *(end for part in score.parts for end in sounding_ends(part))])
