"""The loop that trains the verifier's network of onsets: seeded, the best epoch on the validation excerpts is kept."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.arrays import Floats
from engine.training.note_examples import of_excerpt
from engine.transcription.candidates import INPUTS
from engine.transcription.verifier import REACH_S

ONSET_WIDTHS: Final = (INPUTS, 160, 64, 3)
BATCH: Final = 512
LEARNING_RATE: Final = 2e-3
SPREAD_MIN: Final = 0.05  # an input that hardly moves in training is not blown up

Tell = Callable[[str], None]


Side = tuple[Floats, Floats]  # what is seen, and the truth


def train(cache: Path, *, seed: int, epochs: int, tell: Tell) -> dict[str, Tensor]:
    """Train on the excerpts in `cache` and return the weights under the names the verifier reads."""
    learn, choose = _side(cache, "train", seed), _side(cache, "valid", seed)
    tell(f"onset: {len(learn[0])} examples, {len(choose[0])} to validate")
    return _fit(learn, choose, seed=seed, epochs=epochs, tell=tell)


def _side(cache: Path, split: str, seed: int) -> Side:
    parts = [
        of_excerpt(path, np.random.default_rng([seed, index]), is_whole=split == "valid")
        for index, path in enumerate(sorted(cache.glob(f"{split}-*.npz")))
    ]
    seen = np.concatenate([part.onsets.astype(np.float16) for part in parts])
    return seen, np.concatenate([part.onset_truth for part in parts])


def onset_loss(out: Tensor, truth: Tensor) -> Tensor:
    """Cross entropy of being a note, and for notes the errors of onset (in 20 ms) and velocity."""
    is_note, distance_s, velocity, weight = truth.unbind(1)
    chance = functional.binary_cross_entropy_with_logits(out[:, 0], is_note, weight=weight, reduction="mean")
    late = ((REACH_S * torch.tanh(out[:, 1]) - distance_s) / 0.02).abs() * is_note
    touch = ((torch.sigmoid(out[:, 2]) - velocity) ** 2) * is_note
    return chance + 0.1 * late.mean() + touch.mean()


def _fit(learn: Side, choose: Side, *, seed: int, epochs: int, tell: Tell) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    seen, truth = (torch.from_numpy(part) for part in learn)
    sample = seen[:: max(len(seen) // 50_000, 1)].float()
    mean, spread = sample.mean(0), sample.std(0).clamp(min=SPREAD_MIN)
    network = nn.Sequential(*dense(ONSET_WIDTHS, 0.1))
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=0.02)
    steps = epochs * math.ceil(len(seen) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps + 1)
    best, kept = math.inf, {}
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for rows in torch.split(torch.from_numpy(draw.permutation(len(seen))), BATCH):
            loss = onset_loss(network((seen[rows].float() - mean) / spread), truth[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        valid = _valid(network, choose, mean, spread)
        tell(f"onset epoch {epoch + 1} train {total / len(seen):.4f} valid {valid:.4f}")
        if valid < best:
            best, kept = valid, folded(network, "onset", mean, spread)
    return kept


def dense(widths: tuple[int, ...], dropout: float) -> list[nn.Module]:
    """Linear layers with max(0, x) and dropout between them."""
    made: list[nn.Module] = []
    for index in range(len(widths) - 1):
        made.append(nn.Linear(widths[index], widths[index + 1]))
        if index < len(widths) - 2:
            made += [nn.ReLU(), nn.Dropout(dropout)]
    return made


@torch.no_grad()
def _valid(network: nn.Module, choose: Side, mean: Tensor, spread: Tensor) -> float:
    network.eval()
    seen, truth = (torch.from_numpy(part) for part in choose)
    losses = [
        float(onset_loss(network((part.float() - mean) / spread), true)) * len(true)
        for part, true in zip(torch.split(seen, 8192), torch.split(truth, 8192), strict=True)
    ]
    return sum(losses) / len(seen)


def folded(network: nn.Sequential, name: str, mean: Tensor, spread: Tensor) -> dict[str, Tensor]:
    """Weights by the verifier's names, the scaling of the inputs taken into the first layer."""
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    found = {}
    for index, layer in enumerate(layers):
        weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
        if index == 0:
            weight = weight / spread
            bias = bias - weight @ mean
        found[f"{name}.{index}.weight"], found[f"{name}.{index}.bias"] = weight, bias
    return found
