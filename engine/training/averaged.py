"""What two training loops share: a network, its running average and its optimiser, saved and gone on from."""

import copy
import math
from typing import Any, Final, Generic, TypeVar

import torch
from torch import Tensor, nn

LEARNING_RATE: Final = 2e-3
WARM_UP: Final = 0.03
WEIGHT_DECAY: Final = 0.05
AVERAGE_DECAY: Final = 0.998
GRADIENT_NORM_MAX: Final = 1.0

Network = TypeVar("Network", bound=nn.Module)


class Averaged(Generic[Network]):
    """A network that is trained, and the average of its weights that is kept.

    updates : of the whole plan, that the learning rate is planned for
    """

    def __init__(self, network: Network, *, updates: int) -> None:
        self.network = network
        self.average = copy.deepcopy(network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY
        )
        self.epoch, self.update, self.best, self.spent_s = 0, 0, math.inf, 0.0
        self.updates = updates

    def learn(self, loss: Tensor) -> None:
        """One step down the slope of `loss`."""
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


def rate(done: float) -> float:
    """Share of the learning rate when `done` 0..1 of the updates are made: up in a line, down in a cosine."""
    return done / WARM_UP if done < WARM_UP else 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
