"""What a harmony teacher asks for, as nats to add to a voice's choices: never a wall, since given notes may force it.

The faults are those that `voice_leading` counts; cadences are what the end of a phrase asks for.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.arrays import Bools, Doubles
from engine.recommend.voice_leading import LEAP_MAX, PERFECT_INTERVALS, SPACING_MAX
from engine.recommend.voices_parts import RANGES, Grid

PARALLEL, CROSSING, SPACING, LEAP = 6.0, 4.0, 2.5, 4.0  # nats off for each
_HOLD, _ROOT, _TRIAD, _FIFTH_FALL = 3.0, 4.0, 4.0, 1.0  # nats added at full strength where a phrase ends
BASS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one voice is about to choose, in several drafts at once; MIDI numbers, 0 for silence.

    voice : 0 soprano ... 3 bass
    before : (rows, 4) what sounded one step ago; now : (rows, 4) what is drawn or given at this step, UNKNOWN elsewhere
    after : (4,) what is given for the next step, UNKNOWN elsewhere
    """

    voice: int
    before: Grid
    now: Grid
    after: Grid

    @property
    def pitches(self) -> Grid:
        """Every pitch of the voice: (1, pitches)."""
        low, high = RANGES[self.voice]
        return np.arange(low, high + 1)[None]


def faults(place: Place) -> Doubles:
    """(rows, choices) nats, 0 or less: silence first, which costs nothing, then every pitch of the voice."""
    voice, pitches = place.voice, place.pitches
    was = place.before[:, voice, None]
    found = -LEAP * ((was > 0) & (np.abs(pitches - was) > LEAP_MAX))
    for other in range(4):
        if other == voice:
            continue
        there, other_was = place.now[:, other, None], place.before[:, other, None]
        sign = 1 if other < voice else -1  # so that intervals are counted from the lower voice up
        gap = sign * (there - pitches)
        cost = CROSSING * (gap < 0) + PARALLEL * _parallel((was, pitches), (other_was, there), sign)
        if abs(other - voice) == 1 and BASS not in (other, voice):
            cost += SPACING * (gap > SPACING_MAX)
        if place.after[voice] > 0 and place.after[other] > 0:
            cost += PARALLEL * _parallel((pitches, place.after[voice]), (there, place.after[other]), sign)
        found = found - cost * (there > 0)
    return np.pad(found, ((0, 0), (1, 0)))


def _parallel(own: tuple[Grid, Grid], other: tuple[Grid, Grid], sign: int) -> Bools:
    """Whether two voices both move and stand in one perfect interval before and after; each as (before, after)."""
    before, after = (sign * (there - here) % 12 for here, there in zip(own, other, strict=True))
    moved = (own[0] != own[1]) & (other[0] != other[1]) & (own[0] > 0) & (other[0] > 0)
    perfect = (after == PERFECT_INTERVALS[0]) | (after == PERFECT_INTERVALS[1])
    return np.asarray(moved & (before == after) & perfect)


def cadence(place: Place, *, is_start: bool) -> Doubles:
    """(rows, choices) nats, 0 or more: what the last chord of a phrase asks for, at its start and while it is held.

    At its start: in the bass the root of a triad that holds the tune's note, reached by a fifth down or a fourth up if
    that may be; in the other voices a note of the triad on the bass. Afterwards: to stay.
    """
    pitches, was = place.pitches, place.before[:, place.voice, None]
    tune, bass = place.now[:, 0, None], place.now[:, BASS, None]
    if not is_start:
        wish = _HOLD * (pitches == was)
    elif place.voice == BASS:
        fall = pitches - was
        wish = _ROOT * (_in_triad(tune - pitches) & (tune > 0)) + _FIFTH_FALL * (
            ((fall == -7) | (fall == 5)) & (was > 0)
        )
    else:
        wish = _TRIAD * (_in_triad(pitches - bass) & (bass > 0))
    return np.pad(np.asarray(wish, np.float64), ((0, 0), (1, 0)))


def _in_triad(above_root: Grid) -> Bools:
    """Whether an interval above a root is in a major or a minor triad."""
    return np.asarray(np.isin(above_root % 12, (0, 3, 4, 7)))
