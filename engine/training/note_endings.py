"""The loop that trains the network of a note's ends: note by note, over every frame in which it may end.

For each frame it says whether the note still sounds, and how likely its end, and the letting go of its key, fall there;
the last two are trained as one choice among all frames of the note.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.arrays import Floats
from engine.training.note_examples import read
from engine.training.note_verifier import Tell, dense, folded
from engine.transcription.endings import INPUTS, Sounding
from engine.transcription.features import FRAME_S
from engine.transcription.posteriors import KEYS, LOWEST_MIDI

WIDTHS: Final = (INPUTS, 128, 64, 3)
NOTES_A_STEP: Final = 64
LEARNING_RATE: Final = 2e-3
SPREAD_MIN: Final = 0.03  # an input that hardly moves in training is not blown up
PAST_FRAMES: Final = (10, 30, 100)  # frames after a note's end that are learned from, drawn note by note
LONGEST_FRAMES: Final = 260
_LATE: Final = 1  # a note's onset may be found so many frames off


@dataclass(frozen=True, slots=True)
class Lives:
    """Notes one after the other: what is seen in each frame, and for each note its frames, its end and its release."""

    seen: Tensor  # (frames, INPUTS) float16
    lengths: Tensor  # (notes,)
    ends: Tensor  # (notes,) frame of the note's own frames in which it ends
    releases: Tensor  # (notes,)


def read_lives(paths: list[Path], *, seed: int) -> Lives:
    """The notes of all excerpts."""
    seen, facts = [], []
    for index, path in enumerate(paths):
        for frames, fact in _lives(*read(path), np.random.default_rng([seed, index])):
            seen.append(frames.astype(np.float16))
            facts.append(fact)
    table = torch.tensor(facts, dtype=torch.int64)
    return Lives(torch.from_numpy(np.concatenate(seen)), *table.unbind(1))


def _lives(
    keys: Floats, levels: Floats, notes: Floats, draw: Generator
) -> Iterator[tuple[Floats, tuple[int, int, int]]]:
    sounding = Sounding(keys, levels)
    for row in notes:
        onset_s, offset_s, pitch, release_s = row[[0, 1, 2, 5]].tolist()
        key = int(pitch) - LOWEST_MIDI
        start = round(onset_s / FRAME_S) + int(draw.integers(-_LATE, _LATE + 1))
        if not 0 <= key < KEYS or start < 0:
            continue
        later = notes[(notes[:, 2] == pitch) & (notes[:, 0] > onset_s + 2 * FRAME_S), 0]
        again = math.ceil(float(later.min()) / FRAME_S) if len(later) else len(keys)
        past = int(draw.choice(PAST_FRAMES))
        stop = min(int(offset_s / FRAME_S) + past, again, start + LONGEST_FRAMES, len(keys) - 2)
        if stop - start < 3 or offset_s / FRAME_S > stop + 1:
            continue  # it ends outside of what can be seen
        frames = np.arange(start + 1, stop)
        end, release = (
            int(np.clip(round(at / FRAME_S) - start - 1, 0, len(frames) - 1)) for at in (offset_s, release_s)
        )
        yield sounding.along(start, key, frames), (len(frames), end, release)


def train(train_on: Lives, choose_by: Lives, *, seed: int, epochs: int, tell: Tell) -> dict[str, Tensor]:
    """Fit the dense layers; the epoch with the least loss on `choose_by` is kept, by the names the hearing reads."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    sample = train_on.seen[:: max(len(train_on.seen) // 50_000, 1)].float()
    mean, spread = sample.mean(0), sample.std(0).clamp(min=SPREAD_MIN)
    network = nn.Sequential(*dense(WIDTHS, 0.25))
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=0.02)
    steps = epochs * math.ceil(len(train_on.lengths) / NOTES_A_STEP)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps + 1)
    best, kept = math.inf, {}
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for part in _batches(train_on, draw.permutation(len(train_on.lengths))):
            loss = life_loss(network((part.seen.float() - mean) / spread), part)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(part.lengths)
        network.eval()
        with torch.no_grad():
            parts = _batches(choose_by, np.arange(len(choose_by.lengths), dtype=np.int64))
            losses = [
                float(life_loss(network((part.seen.float() - mean) / spread), part)) * len(part.lengths)
                for part in parts
            ]
        valid = sum(losses) / len(choose_by.lengths)
        tell(f"ends epoch {epoch + 1} train {total / len(train_on.lengths):.4f} valid {valid:.4f}")
        if valid < best:
            best, kept = valid, folded(network, "end", mean, spread)
    return kept


def _batches(lives: Lives, order: NDArray[np.int64]) -> Iterator[Lives]:
    firsts = torch.cumsum(lives.lengths, 0) - lives.lengths
    for chosen in torch.split(torch.from_numpy(order), NOTES_A_STEP):
        rows = torch.cat([torch.arange(int(firsts[i]), int(firsts[i] + lives.lengths[i])) for i in chosen])
        yield Lives(lives.seen[rows], lives.lengths[chosen], lives.ends[chosen], lives.releases[chosen])


def life_loss(out: Tensor, lives: Lives) -> Tensor:
    """Cross entropy of still sounding, and of the frames of end and release among each note's frames."""
    count, longest = len(lives.lengths), int(lives.lengths.max())
    places = torch.arange(longest)
    inside = places < lives.lengths[:, None]  # (notes, frames)
    spread = out.new_full((count, longest, 3), -30.0)
    spread[inside] = out
    sounds = (places < lives.ends[:, None])[inside].float()
    still = functional.binary_cross_entropy_with_logits(out[:, 0], sounds)
    end = functional.cross_entropy(spread[..., 1], lives.ends)
    release = functional.cross_entropy(spread[..., 2], lives.releases)
    return still + 0.5 * (end + release)
