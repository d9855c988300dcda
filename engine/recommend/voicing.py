"""Chords as notes: tones placed so that every voice moves as little as it can, over a bass of the wished kind."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from engine.recommend.chord_tokens import NO_CHORD, tones_of

SPACINGS: Final = ("close", "open", "drop2")
BASSES: Final = ("root", "smooth", "none")
LOW, HIGH, CENTRE = 52, 79, 65  # E3 to G5, around F4
_BASS_LOW, _BASS_HIGH, _BASS_CENTRE = 36, 55, 43
_LEAP: Final = 7
Voicing = tuple[int, ...]


def voiced(tokens: Sequence[int], *, spacing: str = "close", bass: str = "root") -> list[Voicing]:
    """MIDI pitches of every chord, ascending, the bass first where there is one; empty for no chord.

    spacing : "close" within an octave, "open" with the second highest tone an octave lower (three tones) or alternate
        tones apart, "drop2" four tones with the second from the top an octave lower
    bass : "root", "smooth" (inversions where they make the line move by step), "none"

    The whole progression is weighed at once: the sum of all movements is the smallest there is (dynamic programming).
    """
    places = [index for index, token in enumerate(tokens) if token != NO_CHORD]
    upper = _smoothest([_uppers(tones_of(tokens[index]), spacing) for index in places], _moved, CENTRE)
    lines: list[Voicing] = [() for _ in places]
    if bass != "none":
        choices = [_basses(tones_of(tokens[at]), bass, at in (places[0], places[-1])) for at in places]
        lines = _smoothest(choices, _walked, _BASS_CENTRE)
    found: list[Voicing] = [() for _ in tokens]
    for index, low, high in zip(places, lines, upper, strict=True):
        found[index] = (*low, *(pitch for pitch in high if not low or pitch > low[0]))
    return found


def _uppers(tones: tuple[int, ...], spacing: str) -> list[Voicing]:
    """Every way to place the tones in the range."""
    classes = list(tones) if spacing != "drop2" or len(tones) > 3 else [*tones, tones[0]]
    found = set()
    for bottom in range(LOW, HIGH - 7):
        if bottom % 12 not in classes:
            continue
        chord = _stacked(bottom, classes)
        found.add(_spread(chord, spacing))
    return sorted(chord for chord in found if chord[0] >= LOW - 4 and chord[-1] <= HIGH)


def _stacked(bottom: int, classes: list[int]) -> list[int]:
    """The tones one above another, as close as can be, `bottom` lowest; a doubled tone is an octave above itself."""
    once = sorted(bottom + (tone - bottom) % 12 for tone in set(classes))
    return [*once, *(bottom + 12 for _ in range(len(classes) - len(once)))]


def _spread(chord: list[int], spacing: str) -> Voicing:
    if spacing == "close":
        return tuple(chord)
    dropped = len(chord) - 2  # the second from the top
    return tuple(sorted(pitch - 12 * (index == dropped) for index, pitch in enumerate(chord)))


def _basses(tones: tuple[int, ...], bass: str, is_edge: bool) -> list[Voicing]:
    classes = tones[:1] if bass == "root" or is_edge else tones[:3]
    return [(pitch,) for pitch in range(_BASS_LOW, _BASS_HIGH + 1) if pitch % 12 in classes]


def _moved(before: Voicing, after: Voicing) -> float:
    """Semitones all voices move; voices of chords of different size are paired from the top."""
    pairs = zip(reversed(before), reversed(after), strict=False)
    return sum(abs(a - b) + max(abs(a - b) - _LEAP, 0) for a, b in pairs)


def _walked(before: Voicing, after: Voicing) -> float:
    """A bass likes steps; standing still while the chord changes is as good as a third."""
    distance = abs(after[0] - before[0])
    return 3.0 if distance == 0 else distance + max(distance - _LEAP, 0)


def _smoothest(choices: list[list[Voicing]], cost: Callable[[Voicing, Voicing], float], centre: int) -> list[Voicing]:
    if not choices:
        return []
    totals = [_off(voicing, centre) for voicing in choices[0]]
    came: list[list[int]] = []
    for before, after in pairwise(choices):
        rows = [[total + cost(old, new) for old, total in zip(before, totals, strict=True)] for new in after]
        came.append([row.index(min(row)) for row in rows])
        totals = [min(row) + _off(new, centre) for row, new in zip(rows, after, strict=True)]
    index = totals.index(min(totals))
    path = [index]
    for back in reversed(came):
        index = back[index]
        path.append(index)
    return [options[at] for options, at in zip(choices, reversed(path), strict=True)]


def _off(voicing: Voicing, centre: int) -> float:
    return 0.3 * abs(sum(voicing) / len(voicing) - centre)
