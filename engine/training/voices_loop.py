"""The training loop of the four voices: seeded, resumable; the best epoch on the validation chorales is kept."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.recommend.voices_network import Sizes, VoicesNetwork
from engine.training.averaged import Averaged
from engine.training.voices_data import Grid, given_of, hidden, shifts

GIVEN_CHANCE: Final = 0.4  # of a chorale being learned with some notes given

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the network is trained: epochs are those the learning rate is planned for."""

    seed: int
    epochs: int
    batch: int
    sizes: Sizes


class Batch:
    """Chorales of about one length: `grid` and `given` (rows, 4, steps), `open_` what is to be found."""

    def __init__(self, pieces: Sequence[tuple[Grid, Grid]]) -> None:
        steps = max(grid.shape[1] for grid, _ in pieces)
        self.grid = torch.zeros(len(pieces), 4, steps, dtype=torch.int64)
        self.given = torch.zeros_like(self.grid)  # beyond the end silence is given, and counts for nothing
        for row, (grid, given) in enumerate(pieces):
            self.grid[row, :, : grid.shape[1]] = torch.from_numpy(grid)
            self.given[row, :, : grid.shape[1]] = torch.from_numpy(given)
        self.open_ = self.given < 0


class Trainer(Averaged[VoicesNetwork]):
    """The network with its pieces and its plan."""

    def __init__(self, pieces: dict[str, list[Grid]], plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.pieces, self.plan = pieces, plan
        updates = plan.epochs * math.ceil(len(pieces["train"]) / plan.batch)
        super().__init__(VoicesNetwork(plan.sizes), updates=updates)

    def run_epoch(self) -> tuple[float, float]:
        """Once through the training chorales; nats a note on them (with dropout) and on the validation ones."""
        generator = random.Random(self.plan.seed * 100_003 + self.epoch)  # noqa: S311 - shuffling music, not keys
        torch.manual_seed(generator.randrange(1 << 31))
        total, notes = 0.0, 0
        for batch in batches(self.pieces["train"], self.plan.batch, generator):
            count = int(batch.open_.sum())
            loss = -self.network.train()(batch.grid, batch.given).sum() / count
            self.learn(loss)
            total, notes = total + float(loss.detach()) * count, notes + count
        self.epoch += 1
        return total / notes, mean_nats(self.average, self.pieces["valid"])


def train(
    pieces: dict[str, list[Grid]],
    plan: Plan,
    *,
    checkpoint: Path,
    keep: Callable[[VoicesNetwork], object],
    tell: Tell,
) -> None:
    """Fit the network; its averaged weights are kept whenever the validation loss falls. Goes on from `checkpoint`."""
    trainer = Trainer(pieces, plan)
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
            f"epoch {trainer.epoch} train {train_nats:.4f} valid {valid_nats:.4f} nats a note, "
            f"{trainer.spent_s:.0f} s of processor"
        )


def batches(pieces: Sequence[Grid], size: int, generator: random.Random) -> Iterator[Batch]:
    """Every chorale once, in a random key, with others of about its length; of some, notes are given."""
    order = sorted(pieces, key=lambda piece: piece.shape[1] + generator.uniform(-32, 32))
    groups = [order[first : first + size] for first in range(0, len(order), size)]
    generator.shuffle(groups)
    for group in groups:
        yield Batch([_example(piece, generator) for piece in group])


def _example(piece: Grid, generator: random.Random) -> tuple[Grid, Grid]:
    moved = np.where(piece > 0, piece + generator.choice(shifts(piece)), 0)
    steps = piece.shape[1]
    some = generator.random() < GIVEN_CHANCE
    return moved, given_of(moved, hidden(steps, generator) if some else np.ones((4, steps), np.bool_))


@torch.no_grad()
def mean_nats(network: VoicesNetwork, pieces: Sequence[Grid], given_voices: tuple[int, ...] = ()) -> float:
    """-ln P a note and sixteenth over all chorales, in their own keys, of the voices that are not given."""
    total, notes = 0.0, 0
    for piece in pieces:
        open_ = np.array([[voice not in given_voices] * piece.shape[1] for voice in range(4)])
        batch = Batch([(piece, given_of(piece, open_))])
        total -= float(network.eval()(batch.grid, batch.given).sum())
        notes += int(batch.open_.sum())
    return total / notes
