"""The training loop of the four voices: seeded, resumable; the best epoch on the validation chorales is kept."""

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

from engine.recommend.voices_network import Sizes, VoicesNetwork
from engine.training.voices_data import Grid, given_of, hidden, shifts

GIVEN_CHANCE: Final = 0.4  # of a chorale being learned with some notes given
LEARNING_RATE: Final = 2e-3
WARM_UP: Final = 0.03
WEIGHT_DECAY: Final = 0.05
AVERAGE_DECAY: Final = 0.998
GRADIENT_NORM_MAX: Final = 1.0

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


class Trainer:
    """A network, its running average and its optimiser, saved after every epoch."""

    def __init__(self, pieces: dict[str, list[Grid]], plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.pieces, self.plan = pieces, plan
        self.network = VoicesNetwork(plan.sizes)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY
        )
        self.epoch, self.update, self.best, self.spent_s = 0, 0, math.inf, 0.0
        self.updates = plan.epochs * math.ceil(len(pieces["train"]) / plan.batch)

    def run_epoch(self) -> tuple[float, float]:
        """Once through the training chorales; nats a note on them (with dropout) and on the validation ones."""
        generator = random.Random(self.plan.seed * 100_003 + self.epoch)  # noqa: S311 - shuffling music, not keys
        torch.manual_seed(generator.randrange(1 << 31))
        total, notes = 0.0, 0
        for batch in batches(self.pieces["train"], self.plan.batch, generator):
            count = int(batch.open_.sum())
            loss = -self.network.train()(batch.grid, batch.given).sum() / count
            self._learn(loss)
            total, notes = total + float(loss.detach()) * count, notes + count
        self.epoch += 1
        return total / notes, mean_nats(self.average, self.pieces["valid"])

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


def rate(done: float) -> float:
    """Share of the learning rate when `done` 0..1 of the updates are made: up in a line, down in a cosine."""
    return done / WARM_UP if done < WARM_UP else 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


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
