"""Draws frames one after another from the networks of one style, and knows how likely each was."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.arrays import Bools, Doubles
from engine.recommend.chance import choose
from engine.recommend.polyphony_echo import Listener
from engine.recommend.polyphony_frames import KEYS, Frames
from engine.recommend.polyphony_network import BACK, END, NONE, FrameNetwork, Known, network_of
from engine.recommend.recall import STEPS_MAX
from engine.weights import tensors

MODEL: Final = "polyphony-1"
NOTES_MAX: Final = 16  # in one frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a frame must hold: keys that sound whatever is drawn, and the lowest and highest key there may be."""

    required: tuple[int, ...] = ()
    lowest: int = 0
    highest: int = KEYS - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Where draws are made, and how boldly.

    fullness_milli : added to the chance of one more note, 1/1000 nat
    repeats_milli : added to the odds of what came before coming again, 1/1000 nat
    """

    seed: int
    variant: int
    temperature_milli: int
    fullness_milli: int = 0
    repeats_milli: int = 0


@cache
def members(style: str) -> tuple[FrameNetwork, ...]:
    """The networks of one style; more than one are asked together and their chances averaged."""
    arrays = tensors.read(MODEL)
    found: list[FrameNetwork] = []
    while chosen := {
        name.removeprefix(prefix): values
        for prefix in (f"{style}.{len(found)}.",)
        for name, values in arrays.items()
        if name.startswith(prefix)
    }:
        found.append(network_of(chosen))
    return tuple(found)


class Player:
    """A piece so far, ready for its next frame."""

    def __init__(self, networks: Sequence[FrameNetwork], frames: Frames, *, phase: int = 0) -> None:
        self._past = torch.from_numpy(np.asarray(frames, np.float32))
        self._first, self._listener = phase, Listener()
        for frame in np.asarray(frames, np.float32):
            self._listener.hear(frame)
        self._strands = [_Strand(network, self._past, phase) for network in networks]
        self.log_likelihood = 0.0

    @property
    def steps(self) -> int:
        """Frames there are."""
        return len(self._past)

    def draw(self, bounds: Bounds, chance: Chance) -> Frames:
        """The next frame, (88,) of 0 and 1; it becomes part of the piece."""
        before = torch.stack([self._past[-back] if back <= self.steps else torch.zeros(KEYS) for back in BACK])[None]
        echo = tuple(torch.from_numpy(values)[None] for values in self._listener.echo())
        known = [strand.know(self._past, before, echo) for strand in self._strands]
        drawn, last = torch.zeros(1, KEYS), NONE
        for rank in range(NOTES_MAX + 1):
            logits = self._logits(known, drawn, last, chance.repeats_milli / 1000)
            allowed = _allowed(bounds, drawn[0].numpy(), last, is_full=rank == NOTES_MAX)
            logits[END] -= chance.fullness_milli / 1000
            places = (chance.seed, chance.variant, self.steps, rank)
            key, likely = choose(
                np.where(allowed, logits, -np.inf), *places, temperature_milli=chance.temperature_milli
            )
            self.log_likelihood += likely
            if key == END:
                break
            drawn[0, key], last = 1, key
        self._past = torch.cat([self._past, drawn])
        self._listener.hear(drawn[0].numpy())
        for strand in self._strands:
            strand.walk(drawn[0], self._first + self.steps)
        return drawn[0].numpy()

    def _logits(self, known: Sequence[Known], drawn: Tensor, last: int, repeats: float) -> Doubles:
        at = torch.tensor([last])
        chances = [
            strand.network.decide(one, drawn, at, repeats=repeats).exp()
            for strand, one in zip(self._strands, known, strict=True)
        ]
        mean = torch.stack(chances).mean(0)[0].double().numpy()
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(mean))


class _Strand:
    """One network's memory of the piece."""

    def __init__(self, network: FrameNetwork, past: Tensor, phase: int) -> None:
        self.network = network
        late = torch.cat([torch.zeros(1, KEYS), past])
        states = network.walk(late[None], first=phase)[0]
        self._state, self._keys = states[-1:], network.recall.keys_of(states[-STEPS_MAX - 1 :])

    def know(self, past: Tensor, before: Tensor, echo: tuple[Tensor, ...]) -> Known:
        """What is known of the next frame; `echo` is the piece's there."""
        keys = self._keys[:-1]
        recalled = self.network.recall.one(self._state, keys[None], past[None, len(past) - len(keys) :])
        return self.network.know(self._state, before, recalled, *echo)

    def walk(self, frame: Tensor, step: int) -> None:
        """Take in a frame that was drawn; `step` is the number of the next."""
        self._state = self.network.walk(frame[None, None], self._state, first=step)[0]
        self._keys = torch.cat([self._keys, self.network.recall.keys_of(self._state)])[-STEPS_MAX - 1 :]


def _allowed(bounds: Bounds, drawn: Frames, last: int, *, is_full: bool) -> Bools:
    """(89,) bool: keys that may come next, and whether the frame may end."""
    low = last + 1 if last < NONE else 0
    waiting = [key for key in bounds.required if key >= low]
    allowed = np.zeros(KEYS + 1, np.bool_)
    if not is_full:
        allowed[max(low, bounds.lowest) : min(bounds.highest, waiting[0] if waiting else KEYS - 1) + 1] = True
    if waiting:
        allowed[waiting[0]] = True
    allowed[END] = not waiting
    return allowed
