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
from engine.recommend.polyphony_frames import KEYS, Frames
from engine.recommend.polyphony_network import BACK, END, NONE, FrameNetwork, network_of
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
    """Where draws are made, and how boldly: `fullness` is added to the chance of one more note, 1/1000 nat."""

    seed: int
    variant: int
    temperature_milli: int
    fullness_milli: int = 0


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
        self._first = phase
        self._strands = [_Strand(network, self._past, phase) for network in networks]
        self.log_likelihood = 0.0

    @property
    def steps(self) -> int:
        """Frames there are."""
        return len(self._past)

    def draw(self, bounds: Bounds, chance: Chance) -> Frames:
        """The next frame, (88,) of 0 and 1; it becomes part of the piece."""
        before = torch.stack([self._past[-back] if back <= self.steps else torch.zeros(KEYS) for back in BACK])[None]
        ready = [strand.ready(self._past, before) for strand in self._strands]
        drawn, last = torch.zeros(1, KEYS), NONE
        for rank in range(NOTES_MAX + 1):
            logits = self._logits(ready, drawn, last, before[:, 0])
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
        for strand in self._strands:
            strand.walk(drawn[0], self._first + self.steps)
        return drawn[0].numpy()

    def _logits(self, ready: list[tuple[Tensor, Tensor]], drawn: Tensor, last: int, before: Tensor) -> Doubles:
        at = torch.tensor([last])
        chances = [
            torch.softmax(strand.network.decide(state, features, drawn, at, before), 1)
            for strand, (state, features) in zip(self._strands, ready, strict=True)
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

    def ready(self, past: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """The state, and what is known of every key, before the next frame."""
        known = self._keys[:-1]
        recalled = self.network.recall.one(self._state, known[None], past[None, len(past) - len(known) :])
        return self._state, self.network.key_features(self._state, before, recalled)

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
