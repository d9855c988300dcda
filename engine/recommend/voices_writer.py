"""Draws the open notes of four voices, step by step, knowing what is given before, beside and after them."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.recommend import voices_grid as grids
from engine.recommend.capability import Tell
from engine.recommend.chance import choose
from engine.recommend.recall import STEPS_MAX
from engine.recommend.voices_echo import Listener
from engine.recommend.voices_grid import ORDER, Moment
from engine.recommend.voices_network import COUNTS, VoicesNetwork, network_of
from engine.recommend.voices_parts import RANGES, UNKNOWN, Grid
from engine.recommend.voices_rules import Place, cadence, faults
from engine.weights import tensors

MODEL: Final = "harmony-1"
CONTEXT: Final = 64  # steps before a single note that are read to weigh it
UNIT: Final = 48  # steps after which bars of three and of four quarters begin together
BEYOND: Final = 8  # steps after it that say how well it fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How notes are drawn.

    seed, variant : where chance stands; temperature_milli : 1000 draws as the model believes
    ends : (steps,) 0 elsewhere, 1 where the last chord of a phrase starts, 2 while it is held
    cadence_milli : how much of what a phrase's end asks for is added
    """

    seed: int
    variant: int
    temperature_milli: int
    ends: NDArray[np.int64]
    cadence_milli: int


@cache
def network() -> VoicesNetwork:
    """The shipped network."""
    return network_of(tensors.read(MODEL))


def fill(given: Grid, wishes: Wishes, *, attempts: int, tell: Tell) -> tuple[list[Grid], list[float]]:
    """Every open note drawn, `attempts` times over; attempts do not touch each other.

    Parameters
    ----------
    given : (4, steps) MIDI numbers, 0 for silence, UNKNOWN where a note is to be drawn; at least one is

    Returns
    -------
    grids (4, steps) without UNKNOWN, and ln P of what was drawn in each
    """
    pen = _Pen(given, attempts)
    for step in range(pen.first, pen.last + 1):
        tell((step - pen.first) / (pen.last + 1 - pen.first), "Writing")
        pen.write(step, wishes)
    return [grid.numpy() for grid in pen.grid], pen.likely


class _Pen:
    """Some rows of the same given notes, written from the first open note to the last."""

    def __init__(self, given: Grid, rows: int) -> None:
        open_ = np.flatnonzero((given == UNKNOWN).any(axis=0))
        self.first, self.last = int(open_[0]), int(open_[-1])
        self._network, self._given = network(), torch.from_numpy(given)
        self._read = self._network.read_given(self._given[None]).expand(rows, -1, -1)
        self.grid = self._given[None].repeat(rows, 1, 1)
        self.likely = [0.0] * rows
        self._read_past()

    def _read_past(self) -> None:
        """Walk up to the first open note; what stands before it is the same in every row."""
        past = self.grid[:1, :, : self.first + 1].clamp(min=0)
        moments = grids.moments(past)
        states = self._network.walk(moments, torch.arange(self.first + 1), self._read[:1, : self.first + 1])
        rows = len(self.grid)
        self._listener = Listener(rows)
        for step in range(self.first):
            self._listener.hear(self.grid[:, :, step])
        self._state = states[:, -1].expand(rows, -1)
        self._moment = Moment(*(values[:, -1].expand(rows, -1) for values in moments))
        self._keys = self._network.recall.keys_of(states).expand(rows, -1, -1, -1)[:, -STEPS_MAX - 1 :]

    def write(self, step: int, wishes: Wishes) -> None:
        """Draw the open notes of one step, and go on to the next."""
        rows = len(self.grid)
        at = torch.full((rows,), step)
        if (self._given[:, step] == UNKNOWN).any():
            past = grids.one_hot(self.grid[:, :, max(0, step - STEPS_MAX) : step])
            recalled = self._network.recall.one(self._state, self._keys[:, :-1], past)
            state, echo = torch.cat([self._state, self._read[:, step]], 1), self._listener.echo()
            for voice in ORDER:
                if self._given[voice, step] == UNKNOWN:
                    seen = self.grid[:, :, step]
                    logits = self._network.decisions[voice](state, self._moment, seen, at, recalled, echo)
                    self._choose(logits, voice, step, wishes)
        self._moment = self._moment.after(self.grid[:, :, step])
        self._listener.hear(self.grid[:, :, step])
        if step < self.last:
            read = self._read[:, step + 1 : step + 2]
            moment = Moment(*(values[:, None] for values in self._moment))
            states = self._network.walk(moment, torch.tensor([step + 1]), read, self._state)
            self._state = states[:, -1]
            self._keys = torch.cat([self._keys, self._network.recall.keys_of(states)], 1)[:, -STEPS_MAX - 1 :]

    def _choose(self, logits: Tensor, voice: int, step: int, wishes: Wishes) -> None:
        sung = bool((self._given[:, step] > 0).any()) or not bool((self._given[:, step] == 0).any())
        after = self._given[:, step + 1] if step + 1 < self._given.shape[1] else torch.full((4,), UNKNOWN)
        place = Place(
            voice=voice,
            before=self._moment.sound.numpy(),
            now=self.grid[:, :, step].numpy(),
            after=after.numpy(),
        )
        plain = torch.log_softmax(logits.double(), 1).numpy()
        wanted = plain + faults(place)
        if wishes.ends[step]:
            wanted += wishes.cadence_milli / 1000 * cadence(place, is_start=wishes.ends[step] == 1)
        if sung:
            wanted[:, 0] = -np.inf  # no voice falls silent while another sings
        for row in range(len(wanted)):
            places = (wishes.seed, wishes.variant, row, step, voice)
            choice, _ = choose(wanted[row], *places, temperature_milli=wishes.temperature_milli)
            self.likely[row] += float(plain[row, choice])
            self.grid[row, voice, step] = choice - 1 + RANGES[voice][0] if choice else 0


def weigh_note(grid: Grid, voice: int, start: int, stop: int) -> NDArray[np.float64]:
    """How likely the whole passage is with each pitch of a voice held from step `start` to `stop`.

    Parameters
    ----------
    grid : (4, steps) without UNKNOWN

    Returns
    -------
    (choices,) nats, silence first: ln P of all voices from the note to a little after it, given what stands before
    """
    first, last = max(0, start - CONTEXT), min(grid.shape[1], stop + BEYOND)
    first -= first % UNIT
    rows = torch.from_numpy(grid[:, first:last])[None].repeat(COUNTS[voice] - 1, 1, 1)
    low, high = RANGES[voice]
    rows[:, voice, start - first : stop - first] = torch.arange(low, high + 1)[:, None]
    likely = network()(rows, torch.full_like(rows, UNKNOWN))[:, :, start - first :].sum((1, 2))
    return np.concatenate([[-np.inf], likely.double().numpy()])
