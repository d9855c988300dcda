"""Four voices on a grid of sixteenths, and what a network is told of them in whole numbers.

A grid is (..., 4, steps): soprano, alto, tenor, bass; MIDI numbers, 0 for silence, `UNKNOWN` where nothing is given.
Pitches alone are modelled, as in the usual chorale data; where a repeated pitch is struck again is decided later.
"""

from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from engine.recommend.voices_parts import RANGES, UNKNOWN

LOWEST, HIGHEST = min(low for low, _ in RANGES), max(high for _, high in RANGES)
# Voices are drawn in this order at each step: the outer ones first.
ORDER: Final = (0, 3, 1, 2)
SOUNDS: Final = HIGHEST - LOWEST + 2  # silence, and each pitch
PAIRS: Final = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
PHASES: Final = (16, 12)  # sixteenths are counted round both, since bars of four and of three quarters occur
HELD_MAX: Final = 16
_MOTION, _GAP_MIN, _GAP_MAX = 12, -12, 36
_MOTIONS, _GAPS, _SOUNDS = 2 * _MOTION + 2, _GAP_MAX - _GAP_MIN + 2, SOUNDS + 1
WALK_TABLE: Final = 4 * (_SOUNDS + _MOTIONS + HELD_MAX + 1) + len(PAIRS) * _GAPS + sum(PHASES)
DECISION_TABLE: Final = _SOUNDS + _MOTIONS + HELD_MAX + 1 + 3 * (_SOUNDS + 2 * _GAPS + _MOTIONS) + PHASES[0]


class Moment(NamedTuple):
    """The voices before a step; all (..., 4) int64.

    sound : what sounds; earlier : the last other sound before it; held : steps for which `sound` has sounded
    """

    sound: Tensor
    earlier: Tensor
    held: Tensor

    def after(self, chord: Tensor) -> "Moment":
        """The moment once `chord` (..., 4) has sounded for a step."""
        same = chord == self.sound
        held = torch.where(same, self.held + 1, 1).clamp(max=HELD_MAX)
        return Moment(chord, torch.where(same, self.earlier, self.sound), held)


def opening(rows: int) -> Moment:
    """Silence that has just begun."""
    return Moment(*(torch.zeros(rows, 4, dtype=torch.int64) for _ in range(3)))


def moments(grid: Tensor) -> Moment:
    """The moment before every step of a whole grid (rows, 4, steps), as (rows, steps, 4)."""
    now, found = opening(len(grid)), []
    for step in range(grid.shape[2]):
        found.append(now)
        now = now.after(grid[:, :, step])
    return Moment(*(torch.stack([getattr(one, name) for one in found], 1) for name in Moment._fields))


def sound_symbols(pitches: Tensor) -> Tensor:
    """0 for silence, 1.. for pitches from the lowest, SOUNDS for unknown."""
    heard = (pitches - LOWEST + 1).clamp(1, SOUNDS - 1)
    return torch.where(pitches > 0, heard, torch.where(pitches == UNKNOWN, SOUNDS, 0))


def walk_symbols(moment: Moment, at: Tensor) -> Tensor:
    """What the walker is told at a step: (..., 20) rows of one table; `at` (...) counts the steps."""
    columns: list[tuple[Tensor, int]] = []
    for voice in range(4):
        sound = moment.sound[..., voice]
        columns += [(sound_symbols(sound), _SOUNDS), (_motion(moment.earlier[..., voice], sound), _MOTIONS)]
        columns.append((moment.held[..., voice], HELD_MAX + 1))
    columns += [(_gap(moment.sound[..., upper], moment.sound[..., lower]), _GAPS) for upper, lower in PAIRS]
    columns += [(at % phase, phase) for phase in PHASES]
    return _stack(columns)


def decision_symbols(moment: Moment, seen: Tensor, voice: int, at: Tensor) -> Tensor:
    """What is told of one voice's choice: itself before, and what is `seen` (..., 4) of the others at this step."""
    own = moment.sound[..., voice]
    columns = [
        (sound_symbols(own), _SOUNDS),
        (_motion(moment.earlier[..., voice], own), _MOTIONS),
        (moment.held[..., voice], HELD_MAX + 1),
    ]
    for other in range(4):
        if other != voice:
            now, was = seen[..., other], moment.sound[..., other]
            upper, lower = (now, own) if other < voice else (own, now)
            upper_was, lower_was = (was, own) if other < voice else (own, was)
            columns += [(sound_symbols(now), _SOUNDS), (_gap(upper, lower), _GAPS)]
            columns += [(_gap(upper_was, lower_was), _GAPS), (_motion(was, now), _MOTIONS)]
    columns.append((at % PHASES[0], PHASES[0]))
    return _stack(columns)


def _motion(before: Tensor, now: Tensor) -> Tensor:
    moved = (now - before).clamp(-_MOTION, _MOTION) + _MOTION
    return torch.where((before > 0) & (now > 0), moved, _MOTIONS - 1)


def _gap(upper: Tensor, lower: Tensor) -> Tensor:
    gap = (upper - lower).clamp(_GAP_MIN, _GAP_MAX) - _GAP_MIN
    return torch.where((upper > 0) & (lower > 0), gap, _GAPS - 1)


def _stack(columns: list[tuple[Tensor, int]]) -> Tensor:
    first, found = 0, []
    for values, size in columns:
        found.append(values + first)
        first += size
    return torch.stack(torch.broadcast_tensors(*found), -1)  # type: ignore[no-untyped-call]


def one_hot(grid: Tensor) -> Tensor:
    """(rows, 4, steps) as (rows, steps, 4 * SOUNDS) of 0 and 1: what `Recall` looks up."""
    return functional.one_hot(sound_symbols(grid), SOUNDS).float().transpose(1, 2).flatten(2)
