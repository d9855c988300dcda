"""Fitting a small network: seeded, resumable from a checkpoint, the running average that validates best is kept."""

import copy
import csv
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import torch
from torch import Tensor, nn

AVERAGE_DECAY: Final = 0.995
WARM_UP: Final = 0.03  # of all steps
GRADIENT_NORM_MAX: Final = 1.0

Network = TypeVar("Network", bound=nn.Module)
Example = TypeVar("Example")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[Network, Example]):
    """What is to be learned.

    batches : the batches of one epoch, given its number: the same number draws the same batches
    loss : of one batch, a scalar
    validate : the figure to make small, on data that is not trained on
    keep : writes the weights of the best average so far
    """

    batches: Callable[[int], Iterator[Example]]
    loss: Callable[[Network, Example], Tensor]
    validate: Callable[[Network], float]
    keep: Callable[[Network], object]


class Fit(Generic[Network]):
    """A network, its running average and its optimiser; what they are after each epoch lies in `checkpoint`."""

    def __init__(self, network: Network, checkpoint: Path, *, learning_rate: float, weight_decay: float = 0.05) -> None:
        self.network, self.checkpoint, self._learning_rate = network, checkpoint, learning_rate
        self.average = copy.deepcopy(network).eval().requires_grad_(False)
        self._optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=weight_decay)
        self._step, self._epoch, self._spent_s, self._best = 0, 0, 0.0, math.inf
        if checkpoint.exists():
            self._load(torch.load(checkpoint, weights_only=True))

    def run(self, task: Task[Network, Example], *, epochs: int, steps_per_epoch: int, tell: Tell) -> None:
        """Train up to `epochs`, for which the learning rate is planned; the curve is added to a .csv beside."""
        while self._epoch < epochs:
            self.network.train()
            started, total, count = time.process_time(), 0.0, 0
            for batch in task.batches(self._epoch):
                rate = _rate(self._step / (epochs * steps_per_epoch)) * self._learning_rate
                total += self._learn(task.loss(self.network, batch), rate)
                count += 1
            self._epoch += 1
            self._spent_s += time.process_time() - started
            self._finish(task, total / max(count, 1), tell)

    def _finish(self, task: Task[Network, Example], loss: float, tell: Tell) -> None:
        valid = task.validate(self.average)
        if valid < self._best:
            self._best = valid
            task.keep(self.average)
        self._save()
        row = (self._epoch, round(loss, 4), round(valid, 4), round(self._spent_s / 60, 1))
        with self.checkpoint.with_suffix(".csv").open("a", newline="") as file:
            csv.writer(file).writerow(row)
        tell("epoch {} train {} valid {}, {} processor minutes".format(*row))

    def _learn(self, loss: Tensor, rate: float) -> float:
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM_MAX)
        self._optimiser.step()
        self._step += 1
        with torch.no_grad():
            decay = min(AVERAGE_DECAY, (1 + self._step) / (10 + self._step))
            for slow, fast in zip(self.average.parameters(), self.network.parameters(), strict=True):
                slow.lerp_(fast, 1 - decay)
        return float(loss.detach())

    def _save(self) -> None:
        aside = self.checkpoint.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "progress": (self._step, self._epoch, self._spent_s, self._best),
                "chance": torch.get_rng_state(),
            },
            aside,
        )
        aside.replace(self.checkpoint)

    def _load(self, whole: dict[str, Any]) -> None:
        self.network.load_state_dict(whole["network"])
        self.average.load_state_dict(whole["average"])
        self._optimiser.load_state_dict(whole["optimiser"])
        self._step, self._epoch, self._spent_s, self._best = whole["progress"]
        torch.set_rng_state(whole["chance"])


def _rate(done: float) -> float:
    if done < WARM_UP:
        return done / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
