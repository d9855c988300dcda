"""The training loop of the progression network: seeded, resumable, the best epoch on the validation songs is kept."""

import copy
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from engine.recommend.chord_tokens import NO_CHORD, NO_ROOT
from engine.recommend.progression_network import Batch, Piece, ProgressionNetwork, as_batch

BATCH: Final = 12
LEARNING_RATE: Final = 2e-3
WARM_UP: Final = 0.05
AVERAGE_DECAY: Final = 0.995
WEIGHT_DECAY: Final = 0.1
GRADIENT_NORM_MAX: Final = 1.0
NO_BEATS_SHARE, KEY_SHARE, CROPPED_SHARE, SHIFTED_SHARE = 0.3, 0.3, 0.3, 0.3


@dataclass(slots=True, kw_only=True)
class State:
    """Everything that a stopped training needs to go on as if it had not been stopped."""

    network: ProgressionNetwork
    average: ProgressionNetwork
    optimiser: torch.optim.Optimizer
    chance: random.Random
    epoch: int = 0
    best_nats: float = math.inf


def train(
    pieces: dict[str, list[Piece]],
    *,
    seed: int,
    epochs: int,
    checkpoint: Path,
    tell: Callable[[str], None],
    keep: Callable[[ProgressionNetwork], object],
) -> None:
    """Fit the network; its averaged weights are kept whenever the validation loss falls."""
    torch.manual_seed(seed)
    state = _fresh(seed)
    if checkpoint.is_file():
        _load(state, checkpoint)
        tell(f"going on after epoch {state.epoch} of {checkpoint.name}")
    steps = epochs * math.ceil(len(pieces["train"]) / BATCH)
    started = time.monotonic()
    while state.epoch < epochs:
        losses = [_learn(state, batch, steps) for batch in _batches(pieces["train"], state)]
        state.epoch += 1
        valid = nats_per_chord(state.average, pieces["valid"])
        if valid < state.best_nats:
            state.best_nats = valid
            keep(state.average)
        _save(state, checkpoint)
        spent = time.monotonic() - started
        tell(f"epoch {state.epoch} train {sum(losses) / len(losses):.4f} valid {valid:.4f} nats a chord, {spent:.0f} s")


def _fresh(seed: int) -> State:
    network = ProgressionNetwork()
    plain = [p for p in network.parameters() if p.ndim < 2]
    shaped = [p for p in network.parameters() if p.ndim >= 2]
    groups: list[dict[str, Any]] = [
        {"params": shaped, "weight_decay": WEIGHT_DECAY},
        {"params": plain, "weight_decay": 0.0},
    ]
    return State(
        network=network,
        average=copy.deepcopy(network).eval().requires_grad_(False),
        optimiser=torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.98)),
        chance=random.Random(seed),  # noqa: S311 - shuffling music, not keys
    )


def _learn(state: State, batch: Batch, steps: int) -> float:
    state.network.train()
    step = int(state.optimiser.state_dict()["state"].get(0, {}).get("step", 0))
    for group in state.optimiser.param_groups:
        group["lr"] = LEARNING_RATE * _rate(step / steps)
    loss = loss_of(state.network, batch)
    state.optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), GRADIENT_NORM_MAX)
    state.optimiser.step()
    with torch.no_grad():
        # Young averages forget fast, or the random start would be remembered for many epochs.
        decay = min(AVERAGE_DECAY, (1 + step) / (10 + step))
        for slow, fast in zip(state.average.parameters(), state.network.parameters(), strict=True):
            slow.lerp_(fast, 1 - decay)
    return float(loss.detach())


def _rate(done: float) -> float:
    return (
        (done + 1e-3) / WARM_UP if done < WARM_UP else 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
    )


def loss_of(network: ProgressionNetwork, batch: Batch) -> Tensor:
    """-ln P of the next chord, averaged over every place that has a root to measure from."""
    targets = batch.targets.masked_fill(batch.anchors == NO_ROOT, -100)
    return functional.nll_loss(network(batch).flatten(0, 1), targets.flatten(), ignore_index=-100)


@torch.no_grad()
def nats_per_chord(network: ProgressionNetwork, pieces: Sequence[Piece]) -> float:
    """-ln P of a chord after a chord, told when chords change and not told the key, every chord counted alike."""
    total, count = 0.0, 0
    for first in range(0, len(pieces), BATCH):
        batch = as_batch([replace(piece, tonic=None) for piece in pieces[first : first + BATCH]])
        counted = (batch.targets >= 0) & (batch.targets != NO_CHORD) & (batch.anchors != NO_ROOT)
        picked = network(batch).gather(2, batch.targets.clamp(min=0)[..., None])[..., 0]
        total -= float(picked[counted].sum())
        count += int(counted.sum())
    return total / count


def _batches(pieces: Sequence[Piece], state: State) -> Iterator[Batch]:
    shown = [_shown(piece, state.chance) for piece in pieces]
    shown.sort(key=lambda piece: len(piece.changes) + state.chance.uniform(-20, 20))
    groups = [shown[first : first + BATCH] for first in range(0, len(shown), BATCH)]
    state.chance.shuffle(groups)
    for group in groups:
        yield as_batch(group)


def _shown(piece: Piece, chance: random.Random) -> Piece:
    """A piece as somebody might give it: from the middle, without lengths, in bars that count otherwise, in a key."""
    if chance.random() < CROPPED_SHARE and len(piece.changes) > 8:
        first = chance.randrange(len(piece.changes) - 8)
        passed = sum(change.beats or 0 for change in piece.changes[:first])
        piece = replace(piece, changes=piece.changes[first:], origin=piece.origin + passed)
    if chance.random() < SHIFTED_SHARE:
        piece = replace(piece, origin=piece.origin % piece.beats_per_bar + piece.beats_per_bar * chance.randrange(8))
    if chance.random() < NO_BEATS_SHARE:
        piece = replace(piece, changes=tuple(replace(change, beats=None) for change in piece.changes), beats_per_bar=0)
    return piece if chance.random() < KEY_SHARE else replace(piece, tonic=None)


def _save(state: State, path: Path) -> None:
    part = path.with_name(f"{path.name}.part")
    kept = {
        "network": state.network.state_dict(),
        "average": state.average.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "chance": state.chance.getstate(),
        "torch": torch.get_rng_state(),
        "epoch": state.epoch,
        "best_nats": state.best_nats,
    }
    torch.save(kept, part)
    part.replace(path)


def _load(state: State, path: Path) -> None:
    kept = torch.load(path, weights_only=True)
    state.network.load_state_dict(kept["network"])
    state.average.load_state_dict(kept["average"])
    state.optimiser.load_state_dict(kept["optimiser"])
    state.chance.setstate(kept["chance"])
    torch.set_rng_state(kept["torch"])
    state.epoch, state.best_nats = kept["epoch"], kept["best_nats"]
