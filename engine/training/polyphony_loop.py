"""The training loop of a polyphony network: seeded, resumable; the best epoch on the validation pieces is kept."""

import copy
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from engine.recommend.polyphony_network import FrameNetwork, Sizes
from engine.training.polyphony_data import Frames

# Windows start on multiples of 48 steps, where even and triple bars both begin, so a window's phases are the piece's.
UNIT: Final = 48
WINDOW: Final = 144  # steps that count; one unit before them is read without counting
SHIFT_MIN, SHIFT_MAX = -5, 6
SHIFT_CHANCE: Final = 0.5
LEARNING_RATE: Final = 2e-3
WARM_UP: Final = 0.03
WEIGHT_DECAY: Final = 0.05
AVERAGE_DECAY: Final = 0.998
GRADIENT_NORM_MAX: Final = 1.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one network is trained.

    seed : of weights, order, keys and dropout; epochs : that the learning rate is planned for
    batch : windows in a batch; sizes : widths of the network
    """

    seed: int
    epochs: int
    batch: int
    sizes: Sizes


class Trainer:
    """A network, its running average and its optimiser, saved after every epoch."""

    def __init__(self, pieces: dict[str, list[Frames]], plan: Plan, start: FrameNetwork | None) -> None:
        torch.manual_seed(plan.seed)
        self.pieces, self.plan = pieces, plan
        self.network = FrameNetwork(plan.sizes)
        if start is not None:
            self.network.load_state_dict(start.state_dict())
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY
        )
        self.epoch, self.update, self.best, self.spent_s = 0, 0, math.inf, 0.0
        self.updates = plan.epochs * math.ceil(len(windows(pieces["train"], random.Random(0))) / plan.batch)  # noqa: S311

    def run_epoch(self) -> tuple[float, float]:
        """Once through the training pieces; nats a step on them (with dropout) and on the validation pieces."""
        generator = random.Random(self.plan.seed * 100_003 + self.epoch)  # noqa: S311 - shuffling music, not keys
        torch.manual_seed(generator.randrange(1 << 31))
        total, steps = 0.0, 0
        for frames, counted in batches(self.pieces["train"], self.plan.batch, generator):
            counts = int(counted.sum())
            loss = nats(self.network.train(), frames, counted) / counts
            self._learn(loss)
            total, steps = total + float(loss.detach()) * counts, steps + counts
        self.epoch += 1
        return total / steps, mean_nats(self.average, self.pieces["valid"])

    def _learn(self, loss: Tensor) -> None:
        done = min(1.0, self.update / self.updates)
        for group in self.optimiser.param_groups:
            group["lr"] = LEARNING_RATE * rate(done)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM_MAX)
        self.optimiser.step()
        self.update += 1
        decay = min(AVERAGE_DECAY, (1 + self.update) / (10 + self.update))  # a young average forgets fast
        with torch.no_grad():
            for slow, fast in zip(self.average.parameters(), self.network.parameters(), strict=True):
                slow.lerp_(fast, 1 - decay)

    def state(self) -> dict[str, Any]:
        """All that a run needs to go on."""
        names = ("epoch", "update", "best", "spent_s")
        return {name: getattr(self, name) for name in names} | {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        for name in ("epoch", "update", "best", "spent_s"):
            setattr(self, name, state[name])
        for name in ("network", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])


def train(
    pieces: dict[str, list[Frames]],
    plan: Plan,
    *,
    checkpoint: Path,
    keep: Callable[[FrameNetwork], object],
    tell: Tell,
    start: FrameNetwork | None = None,
) -> None:
    """Fit a network; its averaged weights are kept whenever the validation loss falls. Goes on from `checkpoint`."""
    trainer = Trainer(pieces, plan, start)
    if checkpoint.exists():
        trainer.restore(torch.load(checkpoint, weights_only=True))
    while trainer.epoch < plan.epochs:
        began = time.process_time()
        train_nats, valid_nats = trainer.run_epoch()
        trainer.spent_s += time.process_time() - began
        if valid_nats < trainer.best:
            trainer.best = valid_nats
            keep(trainer.average)
        torch.save(trainer.state(), checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)
        tell(
            f"epoch {trainer.epoch} train {train_nats:.4f} valid {valid_nats:.4f} nats a step, "
            f"{trainer.spent_s:.0f} s of processor"
        )


def rate(done: float) -> float:
    """Share of the learning rate when `done` 0..1 of the updates are made: up in a line, down in a cosine."""
    return done / WARM_UP if done < WARM_UP else 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


def nats(network: FrameNetwork, frames: Tensor, counted: Tensor) -> Tensor:
    """-ln P of the counted frames, summed."""
    likely, found = network(frames, counted)
    total: Tensor = -likely.gather(1, found.target[:, None]).sum()
    return total


@torch.no_grad()
def mean_nats(network: FrameNetwork, pieces: Sequence[Frames]) -> float:
    """-ln P a step over all steps of all pieces, each read from its first step to its last."""
    network.eval()
    total = sum(float(nats(network, *alone(piece))) for piece in pieces)
    return total / sum(len(piece) for piece in pieces)


def alone(piece: Frames) -> tuple[Tensor, Tensor]:
    """A batch of one piece, all of which counts."""
    return torch.from_numpy(piece)[None], torch.ones(1, len(piece), dtype=torch.bool)


def windows(pieces: Sequence[Frames], generator: random.Random) -> list[tuple[Frames, int]]:
    """Every step of every piece once, as (frames, steps at the start that are read but do not count)."""
    found = []
    for piece in pieces:
        start, stop = 0, WINDOW - UNIT * generator.randrange(3)
        while start < len(piece):
            read = max(0, start - UNIT)
            found.append((piece[read:stop], start - read))
            start, stop = stop, stop + WINDOW
    return found


def batches(pieces: Sequence[Frames], size: int, generator: random.Random) -> Iterator[tuple[Tensor, Tensor]]:
    """All windows in random keys, with others of about their length: (batch, steps, 88) and (batch, steps) counted."""
    # Lengths are jittered before sorting, so the company changes from epoch to epoch.
    order = sorted(windows(pieces, generator), key=lambda window: len(window[0]) + generator.uniform(-16, 16))
    groups = [order[first : first + size] for first in range(0, len(order), size)]
    generator.shuffle(groups)
    for group in groups:
        steps = max(len(frames) for frames, _ in group)
        frames = np.zeros((len(group), steps, group[0][0].shape[1]), np.float32)
        counted = np.zeros((len(group), steps), np.bool_)
        for row, (window, skip) in enumerate(group):
            frames[row, : len(window)] = moved(window, generator)
            counted[row, skip : len(window)] = True
        yield torch.from_numpy(frames), torch.from_numpy(counted)


def moved(frames: Frames, generator: random.Random) -> Frames:
    """The frames in another key by chance, where no note falls off the keyboard."""
    shift = generator.randint(SHIFT_MIN, SHIFT_MAX) if generator.random() < SHIFT_CHANCE else 0
    other = np.roll(frames, shift, axis=1)
    edge = other[:, :shift] if shift > 0 else other[:, shift:] if shift < 0 else other[:0]
    return frames if edge.any() else other
