"""The training loop of the lead-sheet harmoniser: seeded, resumable, the best epoch on the validation songs is kept."""

import copy
import math
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.recommend.chord_tokens import NO_CHORD, moved
from engine.recommend.lead_sheet_grid import FEATURES
from engine.recommend.lead_sheet_network import LeadSheetNetwork
from engine.training.chords_data import Sheet

BATCH: Final = 16
LEARNING_RATE: Final = 3e-3
GRADIENT_NORM_MAX: Final = 1.0
FORGOTTEN_SHARE: Final = 0.1  # of the chords before are hidden from the walker, or it would trust nothing else
_PADDING: Final = -100


def train(
    sheets: dict[str, list[Sheet]],
    *,
    seed: int,
    epochs: int,
    checkpoint: Path,
    tell: Callable[[str], None],
    keep: Callable[[LeadSheetNetwork], object],
) -> None:
    """Fit the network; its weights are kept whenever the validation loss falls."""
    torch.manual_seed(seed)
    network = LeadSheetNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=0.02)
    epoch, best = _resumed(network, optimiser, checkpoint)
    steps = epochs * math.ceil(len(sheets["train"]) / BATCH)
    started = time.monotonic()
    while epoch < epochs:
        network.train()
        chance = random.Random(seed * 1000 + epoch)  # noqa: S311 - shuffling music, not keys
        losses = []
        for index, group in enumerate(_groups(sheets["train"], chance)):
            done = (epoch * math.ceil(len(sheets["train"]) / BATCH) + index) / steps
            optimiser.param_groups[0]["lr"] = LEARNING_RATE * min(1.0, 20 * done + 0.05) * (1 - done**2)
            loss = _loss(network, group)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM_MAX)
            optimiser.step()
            losses.append(float(loss.detach()))
        epoch += 1
        valid = nats_per_half_bar(network.eval(), sheets["valid"])
        if valid < best:
            best = valid
            keep(copy.deepcopy(network))
        state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "epoch": epoch, "best": best}
        torch.save(state, checkpoint)
        spent = time.monotonic() - started
        tell(f"epoch {epoch} train {np.mean(losses):.4f} valid {valid:.4f} nats a half bar, {spent:.0f} s")


def _resumed(network: LeadSheetNetwork, optimiser: torch.optim.Optimizer, checkpoint: Path) -> tuple[int, float]:
    if not checkpoint.is_file():
        return 0, math.inf
    kept = torch.load(checkpoint, weights_only=True)
    network.load_state_dict(kept["network"])
    optimiser.load_state_dict(kept["optimiser"])
    torch.manual_seed(kept["epoch"])
    return kept["epoch"], kept["best"]


def _groups(sheets: Sequence[Sheet], chance: random.Random) -> list[list[Sheet]]:
    order = sorted(sheets, key=lambda sheet: len(sheet.chords) + chance.uniform(-24, 24))
    groups = [order[first : first + BATCH] for first in range(0, len(order), BATCH)]
    chance.shuffle(groups)
    return groups


def as_batch(sheets: Sequence[Sheet]) -> tuple[Tensor, Tensor]:
    """Melodies (batch, places, FEATURES) and chords seen from home (batch, places), padded to the longest."""
    places = max(len(sheet.chords) for sheet in sheets)
    melody = np.zeros((len(sheets), places, FEATURES), np.float32)
    chords = np.full((len(sheets), places), _PADDING, np.int64)
    for index, sheet in enumerate(sheets):
        melody[index, : len(sheet.rows)] = sheet.rows
        chords[index, : len(sheet.chords)] = [moved(token, -sheet.home) for token in sheet.chords.tolist()]
    return torch.from_numpy(melody), torch.from_numpy(chords)


def _loss(network: LeadSheetNetwork, group: Sequence[Sheet]) -> Tensor:
    melody, chords = as_batch(group)
    shown = chords.clamp(min=0)
    if network.training:
        shown = shown.masked_fill(torch.rand(shown.shape) < FORGOTTEN_SHARE, NO_CHORD)
    predicted = network(melody, shown)
    return functional.nll_loss(predicted.flatten(0, 1), chords.flatten(), ignore_index=_PADDING)


@torch.no_grad()
def nats_per_half_bar(network: LeadSheetNetwork, sheets: Sequence[Sheet]) -> float:
    """-ln P(chord | melody, chords before), every half bar counted alike."""
    total, count = 0.0, 0
    for first in range(0, len(sheets), BATCH):
        group = sheets[first : first + BATCH]
        places = sum(len(sheet.chords) for sheet in group)
        total += float(_loss(network, group)) * places
        count += places
    return total / count
