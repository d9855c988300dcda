"""The training loop of the note network: seeded, cut off at any step and taken up again from its checkpoint."""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.arrays import Floats
from engine.transcription.features import FRAME_S
from engine.transcription.note_network import OUTPUTS, NoteNetwork
from engine.transcription.posteriors import KEYS, LOWEST_MIDI

CROP: Final = 345  # frames, 8 s
BATCH: Final = 4
LEARNING_RATE: Final = 4e-3
WARM_UP_STEPS: Final = 40
AVERAGE_DECAY: Final = 0.995
REACH_FRAMES: Final = 2.0  # half width of the triangle that an onset is taught as
CHECK_STEPS: Final = 100
_WEIGHTS: Final = {"onset": 1.0, "sounding": 0.3, "offset": 0.5, "velocity": 0.5}


@dataclass(slots=True)
class Progress:
    """Everything that a cut-off run needs to go on."""

    network: NoteNetwork
    average: NoteNetwork
    optimiser: torch.optim.Optimizer
    step: int = 0
    best: float = math.inf

    def save(self, path: Path) -> None:
        """Write the checkpoint beside its place, then move it there."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "best": self.best,
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)

    def load(self, path: Path) -> None:
        """Go on where a checkpoint stopped."""
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best = int(state["step"]), float(state["best"])


def start(seed: int) -> Progress:
    """A fresh network and its optimiser."""
    torch.manual_seed(seed)
    network = NoteNetwork()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    return Progress(network=network, average=average, optimiser=optimiser)


def train(
    cache: Path,
    progress: Progress,
    *,
    steps: int,
    seed: int,
    tell: Callable[[str], None],
    keep: Callable[[NoteNetwork], object],
) -> None:
    """Fit the network to the excerpts in `cache` (those that are there; more may arrive meanwhile).

    The running average of the weights is kept whenever its loss on the validation excerpts falls.
    """
    started = time.monotonic()
    losses: list[float] = []
    while progress.step < steps:
        rate = _rate(progress.step, steps)
        for group in progress.optimiser.param_groups:
            group["lr"] = rate
        draw = np.random.default_rng([seed, progress.step])
        losses.append(_step(progress, _batch(_files(cache, "train", progress.step), draw)))
        progress.step += 1
        if progress.step % CHECK_STEPS == 0 or progress.step == steps:
            valid = valid_loss(progress.average, cache)
            better = valid < progress.best
            progress.best = min(valid, progress.best)
            if better:
                keep(progress.average)
            progress.save(cache / "checkpoint.pt")
            spent = time.monotonic() - started
            tell(f"step {progress.step} train {np.mean(losses):.4f} valid {valid:.4f} {spent:.0f} s{' *' * better}")
            losses.clear()


def _rate(step: int, steps: int) -> float:
    if step < WARM_UP_STEPS:
        return LEARNING_RATE * (step + 1) / WARM_UP_STEPS
    return LEARNING_RATE * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))


_listed: dict[tuple[str, str], tuple[int, list[Path]]] = {}


def _files(cache: Path, split: str, step: int) -> list[Path]:
    """Excerpts of a split; looked up anew every fifty steps, as a renderer may still be at work."""
    known = _listed.get((str(cache), split))
    if known is None or step >= known[0] + 50:
        known = (step, sorted(cache.glob(f"{split}-*.npz")))
        _listed[(str(cache), split)] = known
    return known[1]


def _step(progress: Progress, batch: tuple[Tensor, Tensor, Tensor]) -> float:
    keys, levels, targets = batch
    progress.network.train()
    with torch.autocast("cpu", torch.bfloat16):
        logits = progress.network(keys, levels)
    loss = note_loss(logits.float(), targets)
    progress.optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(progress.network.parameters(), 1.0)
    progress.optimiser.step()
    _follow(progress)
    return float(loss.detach())


@torch.no_grad()
def _follow(progress: Progress) -> None:
    decay = min(AVERAGE_DECAY, (1 + progress.step) / (10 + progress.step))
    for slow, fast in zip(progress.average.parameters(), progress.network.parameters(), strict=True):
        slow.lerp_(fast, 1 - decay)
    for kept, now in zip(progress.average.buffers(), progress.network.buffers(), strict=True):
        kept.copy_(now)


def note_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of the three activations and squared velocity error at onsets, a note of the batch."""
    notes = (targets[:, 0] > 0.5).sum() / 2 + 8
    total = torch.zeros(())
    for index, name in enumerate(OUTPUTS[:3]):
        cells = functional.binary_cross_entropy_with_logits(logits[:, index], targets[:, index], reduction="sum")
        total = total + _WEIGHTS[name] * cells
    heard = targets[:, 0]
    error = (torch.sigmoid(logits[:, 3]) - targets[:, 3]) ** 2 * heard
    return (total + 20 * _WEIGHTS["velocity"] * error.sum()) / notes


@torch.no_grad()
def valid_loss(network: NoteNetwork, cache: Path) -> float:
    """Mean loss of the validation excerpts."""
    network.eval()
    losses = []
    for path in _files(cache, "valid", 10**9)[:32]:
        keys, levels, targets = (torch.from_numpy(part[np.newaxis]) for part in _cut(path, 0, 800))
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(keys, levels)
        losses.append(float(note_loss(logits.float(), targets)))
    return float(np.mean(losses))


def _batch(files: list[Path], draw: Generator) -> tuple[Tensor, Tensor, Tensor]:
    cuts = [_cut(files[int(draw.integers(len(files)))], int(draw.integers(0, 500)), CROP) for _ in range(BATCH)]
    keys, levels, targets = (np.stack(parts) for parts in zip(*cuts, strict=True))
    return torch.from_numpy(keys), torch.from_numpy(levels), torch.from_numpy(targets)


_held: dict[Path, tuple[NDArray[Any], NDArray[Any], Floats]] = {}


def _cut(path: Path, start: int, frames: int) -> tuple[Floats, Floats, Floats]:
    """keys, levels and targets of `frames` frames of an excerpt, silence after its end."""
    if path not in _held:
        with np.load(path) as archive:
            _held[path] = (archive["keys"], archive["levels"], archive["notes"])
    keys, levels, notes = _held[path]
    start = min(start, max(len(keys) - frames, 0))
    missing = max(start + frames - len(keys), 0)
    cut: list[Floats] = [
        np.pad(part[start : start + frames].astype(np.float32) / np.float32(scale), ((0, missing), (0, 0), (0, 0)))
        for part, scale in ((keys, 255), (levels, 200))
    ]
    return cut[0], cut[1], targets_of(notes, start, frames)


def targets_of(notes: Floats, start: int, frames: int) -> Floats:
    """What the network is taught, (4, frames, 88) float32, from rows of onset_s, offset_s, pitch_midi, velocity."""
    targets = np.zeros((len(OUTPUTS), frames, KEYS), np.float32)
    for onset_s, offset_s, pitch, velocity in notes[:, :4].tolist():
        key = int(pitch) - LOWEST_MIDI
        begin, end = onset_s / FRAME_S - start, offset_s / FRAME_S - start
        if not 0 <= key < KEYS or end < -4 or begin > frames + 4:
            continue
        targets[1, max(math.ceil(begin), 0) : max(math.ceil(end), 0), key] = 1
        for row, place in ((0, begin), (2, end)):
            for frame in range(max(math.floor(place) - 1, 0), min(math.floor(place) + 3, frames)):
                height = 1 - abs(frame - place) / REACH_FRAMES
                targets[row, frame, key] = max(targets[row, frame, key], height)
                if row == 0:
                    targets[3, frame, key] = max(targets[3, frame, key], velocity / 127)
    return targets
