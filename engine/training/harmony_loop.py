"""The training loop of the chorale harmoniser: seeded; the best epoch on the validation chorales is kept."""

import copy
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.recommend.chorale_grid import LOWER_VOICES, RANGES, SOPRANO, melody_symbols, sounds_of, tokens_of
from engine.training.chorales import Chorale
from engine.training.harmony_network import HarmonyNetwork

SHIFT_MAX = 6  # semitones a chorale is moved by, at most, and only while every voice stays in its range
BATCH = 12
LEARNING_RATE = 2e-3
WARM_UP = 0.05  # of all steps
AVERAGE_DECAY = 0.995
GRADIENT_NORM_MAX = 1.0
PADDING = -100

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def train(chorales: dict[str, list[Chorale]], *, seed: int, epochs: int, tell: Callable[[str], None]) -> HarmonyNetwork:
    """Fit the network to the training chorales and return its averaged weights at the best validation epoch."""
    torch.manual_seed(seed)
    generator = random.Random(seed)  # noqa: S311 - shuffling music, not keys
    network = HarmonyNetwork()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.01)
    steps = epochs * math.ceil(len(chorales["train"]) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step / steps))
    best, best_nats, started = copy.deepcopy(average), math.inf, time.monotonic()
    for epoch in range(epochs):
        network.train()
        losses = []
        for batch in batches(chorales["train"], generator):
            loss = nats_per_step(network, batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM_MAX)
            optimiser.step()
            schedule.step()
            _follow(average, network)
            losses.append(float(loss.detach()))
        valid = mean_nats(average, chorales["valid"])
        if valid < best_nats:
            best, best_nats = copy.deepcopy(average), valid
        spent = time.monotonic() - started
        tell(f"epoch {epoch + 1} train {np.mean(losses):.4f} valid {valid:.4f} nats a step, {spent:.0f} s")
    return best


def _rate(done: float) -> float:
    return done / WARM_UP if done < WARM_UP else 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


@torch.no_grad()
def _follow(average: HarmonyNetwork, network: HarmonyNetwork) -> None:
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, 1 - AVERAGE_DECAY)


def batches(chorales: Sequence[Chorale], generator: random.Random) -> Iterator[Batch]:
    """Every chorale once, in a random key, with others of about its length."""
    # Lengths are jittered before sorting, so the company changes from epoch to epoch.
    order = sorted(chorales, key=lambda chorale: chorale.steps + generator.uniform(-32, 32))
    groups = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    generator.shuffle(groups)
    for group in groups:
        yield as_batch([(chorale, generator.choice(shifts(chorale))) for chorale in group])


def shifts(chorale: Chorale) -> list[int]:
    """Semitones the chorale can move by with every voice in its range; 0 is always among them."""
    return [
        shift
        for shift in range(-SHIFT_MAX, SHIFT_MAX + 1)
        if all(
            low <= int(row[row > 0].min()) + shift and int(row.max()) + shift <= high
            for row, (low, high) in zip(chorale.pitches, RANGES, strict=True)
        )
    ]


def as_batch(moved: Sequence[tuple[Chorale, int]]) -> Batch:
    """Melody symbols and levels (batch, steps), sounds and tokens of the lower voices (batch, 3, steps)."""
    steps = max(chorale.steps for chorale, _ in moved)
    melody = np.zeros((len(moved), steps), np.int64)
    levels = np.zeros((len(moved), steps), np.int64)
    sounds = np.zeros((len(moved), len(LOWER_VOICES), steps), np.int64)
    tokens = np.full((len(moved), len(LOWER_VOICES), steps), PADDING, np.int64)
    for row, (chorale, shift) in enumerate(moved):
        pitches = np.where(chorale.pitches > 0, chorale.pitches + shift, 0)
        n = chorale.steps
        melody[row, :n] = melody_symbols(pitches[SOPRANO], chorale.onsets[SOPRANO])
        levels[row, :n] = chorale.levels
        for rank, voice in enumerate(LOWER_VOICES):
            sounds[row, rank, :n] = sounds_of(pitches[voice], voice)
            tokens[row, rank, :n] = tokens_of(pitches[voice], chorale.onsets[voice], voice)
    return torch.from_numpy(melody), torch.from_numpy(levels), torch.from_numpy(sounds), torch.from_numpy(tokens)


def nats_per_step(network: HarmonyNetwork, batch: Batch) -> Tensor:
    """-log P of the three lower voices at a sixteenth, averaged over all steps of the batch."""
    melody, levels, sounds, tokens = batch
    total = torch.zeros(())
    for rank, logits in enumerate(network(melody, levels, sounds)):
        total = total + functional.cross_entropy(
            logits.flatten(0, 1), tokens[:, rank].flatten(), ignore_index=PADDING, reduction="sum"
        )
    return total / (tokens[:, 0] != PADDING).sum()


@torch.no_grad()
def mean_nats(network: HarmonyNetwork, chorales: Sequence[Chorale]) -> float:
    """Nats a step in the original keys, every step of every chorale counted alike."""
    total, steps = 0.0, 0
    for chorale in chorales:
        total += float(nats_per_step(network, as_batch([(chorale, 0)]))) * chorale.steps
        steps += chorale.steps
    return total / steps
