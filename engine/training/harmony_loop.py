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

from engine.recommend.chorale_grid import (
    LOWER_VOICES,
    RANGES,
    SOPRANO,
    interval_symbols,
    melody_symbols,
    motion_symbols,
    sounds_of,
    tokens_of,
)
from engine.training.chorales import Chorale
from engine.training.harmony_network import Batch, HarmonyNetwork

SHIFT_MAX = 6  # semitones a chorale is moved by, at most, and only while every voice stays in its range
BATCH = 12
LEARNING_RATE = 3e-3
WARM_UP = 0.05  # of all steps
AVERAGE_DECAY = 0.995
GRADIENT_NORM_MAX = 1.0
PADDING = -100


def train(
    chorales: dict[str, list[Chorale]],
    *,
    seed: int,
    epochs: int,
    stop: int | None = None,
    tell: Callable[[str], None],
    keep: Callable[[HarmonyNetwork], object],
) -> None:
    """Fit the network to the training chorales; its averaged weights are kept whenever the validation loss falls.

    epochs : how many the learning rate is planned for
    stop : how many are run, all by default
    """
    torch.manual_seed(seed)
    generator = random.Random(seed)  # noqa: S311 - shuffling music, not keys
    network = HarmonyNetwork()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.1)
    steps = epochs * math.ceil(len(chorales["train"]) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step / steps))
    best_nats, started = math.inf, time.monotonic()
    for epoch in range(epochs if stop is None else stop):
        network.train()
        losses = []
        for batch in batches(chorales["train"], generator):
            loss = nats_per_step(network, batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM_MAX)
            optimiser.step()
            schedule.step()
            _follow(average, network, schedule.last_epoch)
            losses.append(float(loss.detach()))
        valid = mean_nats(average, chorales["valid"])
        if valid < best_nats:
            best_nats = valid
            keep(average)
        spent = time.monotonic() - started
        tell(f"epoch {epoch + 1} train {np.mean(losses):.4f} valid {valid:.4f} nats a step, {spent:.0f} s")


def _rate(done: float) -> float:
    return done / WARM_UP if done < WARM_UP else 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


@torch.no_grad()
def _follow(average: HarmonyNetwork, network: HarmonyNetwork, step: int) -> None:
    # Young averages forget fast, or the random start would be remembered for many epochs.
    decay = min(AVERAGE_DECAY, (1 + step) / (10 + step))
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, 1 - decay)


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
    """Chorales, each moved by some semitones, padded with silence to the longest."""
    steps = max(chorale.steps for chorale, _ in moved)
    pitches = np.zeros((len(moved), len(RANGES), steps), np.int64)
    onsets = np.zeros((len(moved), len(RANGES), steps), np.bool_)
    levels = np.zeros((len(moved), steps), np.int64)
    tokens = np.full((len(moved), len(LOWER_VOICES), steps), PADDING, np.int64)
    for row, (chorale, shift) in enumerate(moved):
        n = chorale.steps
        pitches[row, :, :n] = np.where(chorale.pitches > 0, chorale.pitches + shift, 0)
        onsets[row, :, :n], levels[row, :n] = chorale.onsets, chorale.levels
        for rank, voice in enumerate(LOWER_VOICES):
            tokens[row, rank, :n] = tokens_of(pitches[row, voice, :n], onsets[row, voice, :n], voice)
    tune, lower = pitches[:, SOPRANO], pitches[:, list(LOWER_VOICES)]
    late = np.concatenate([np.zeros_like(lower[..., :1]), lower[..., :-1]], axis=2)
    return Batch(
        tune=torch.from_numpy(tune),
        melody=torch.from_numpy(melody_symbols(tune, onsets[:, SOPRANO])),
        motion=torch.from_numpy(motion_symbols(tune)),
        levels=torch.from_numpy(levels),
        pitches=torch.from_numpy(lower),
        sounds=torch.from_numpy(np.stack([sounds_of(pitches[:, v], v) for v in LOWER_VOICES], axis=1)),
        now=torch.from_numpy(interval_symbols(tune[:, None], lower)),
        before=torch.from_numpy(interval_symbols(tune[:, None], late)),
        tokens=torch.from_numpy(tokens),
    )


def nats_per_step(network: HarmonyNetwork, batch: Batch) -> Tensor:
    """-log P of the three lower voices at a sixteenth, averaged over all steps of the batch."""
    tokens = batch.tokens
    total = torch.zeros(())
    for rank, logits in enumerate(network(batch)):
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
