"""The training loop of a polyphony network: seeded, resumable; the best epoch on the validation pieces is kept."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.recommend.polyphony_network import FrameNetwork, Sizes
from engine.training.averaged import Averaged
from engine.training.polyphony_data import Frames

# Windows start on multiples of 48 steps, where even and triple bars both begin, so a window's phases are the piece's.
UNIT: Final = 48
WINDOW: Final = 144  # steps that count; one unit before them is read without counting
SHIFT_MIN, SHIFT_MAX = -5, 6
SHIFT_CHANCE: Final = 0.5

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


class Trainer(Averaged[FrameNetwork]):
    """The network with its pieces and its plan."""

    def __init__(self, pieces: dict[str, list[Frames]], plan: Plan, start: FrameNetwork | None) -> None:
        torch.manual_seed(plan.seed)
        self.pieces, self.plan = pieces, plan
        network = FrameNetwork(plan.sizes)
        if start is not None:
            network.load_state_dict(start.state_dict())
        count = len(windows(pieces["train"], random.Random(0)))  # noqa: S311
        super().__init__(network, updates=plan.epochs * math.ceil(count / plan.batch))

    def run_epoch(self) -> tuple[float, float]:
        """Once through the training pieces; nats a step on them (with dropout) and on the validation pieces."""
        generator = random.Random(self.plan.seed * 100_003 + self.epoch)  # noqa: S311 - shuffling music, not keys
        torch.manual_seed(generator.randrange(1 << 31))
        total, steps = 0.0, 0
        for frames, counted in batches(self.pieces["train"], self.plan.batch, generator):
            counts = int(counted.sum())
            loss = nats(self.network.train(), frames, counted) / counts
            self.learn(loss)
            total, steps = total + float(loss.detach()) * counts, steps + counts
        self.epoch += 1
        return total / steps, mean_nats(self.average, self.pieces["valid"])


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
