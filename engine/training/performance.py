"""Train the network that says how loud each note of a piece is played.

python -m engine.training performance --data FOLDER [--out FILE] [--seed N] [--epochs N]

FOLDER holds POP909. A run that was cut off goes on from the checkpoint beside --out.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.recommend.performance_network import VELOCITY_CENTRE, VELOCITY_SPAN
from engine.training import performance_spread
from engine.training.fitting import Fit, Task
from engine.training.performance_data import Played, read
from engine.training.performance_network import PerformanceTwin
from engine.weights import tensors

MODEL: Final = "performance-1"
SEED: Final = 909
EPOCHS: Final = 12
SONGS: Final = 6  # in a batch
LEARNING_RATE: Final = 3e-3
TRANSPOSE_MAX: Final = 4  # semitones
LEVEL_WEIGHT: Final = 0.1  # of the loudness of a whole song, which nothing on the page tells
AGREEMENT_WEIGHT: Final = 0.5  # of 1 - r

Batch = tuple[Tensor, Tensor, Tensor, Tensor]  # seen, bar, velocity in spans, mask


def main() -> None:
    """Read the command line, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="engine.training performance", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of POP909")
    parser.add_argument("--out", type=Path, default=tensors.path_of(MODEL))
    parser.add_argument("--cache", type=Path, help="keep the songs, once read, in this file")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    songs = {split: read(options.data, split, cache=options.cache) for split in ("train", "valid")}
    train(songs["train"], songs["valid"], options.out, seed=options.seed, epochs=options.epochs)


def train(songs: list[Played], valid: list[Played], out: Path, *, seed: int, epochs: int) -> None:
    """Fit the network to `songs`; the weights that validate best are written to `out`."""
    torch.manual_seed(seed)

    def keep(network: PerformanceTwin) -> None:
        spread = performance_spread.measure(network, valid)
        _tell(f"sha256 {tensors.write(out, {**network.state_dict(), **spread})}")

    fit = Fit(PerformanceTwin(), out.with_suffix(".checkpoint"), learning_rate=LEARNING_RATE)
    task = Task(
        batches=lambda epoch: batches(songs, random.Random(seed + epoch)),  # noqa: S311 - shuffling music, not keys
        loss=loss_of,
        validate=lambda network: 1 - float(np.mean([agreement(network, song) for song in valid])),
        keep=keep,
    )
    fit.run(task, epochs=epochs, steps_per_epoch=-(-len(songs) // SONGS), tell=_tell)


def batches(songs: Sequence[Played], chance: random.Random) -> Iterator[Batch]:
    """Every song once, in another key, with others of about its length."""
    order = sorted(songs, key=lambda song: len(song.bar) * chance.uniform(0.8, 1.25))
    groups = [order[start : start + SONGS] for start in range(0, len(order), SONGS)]
    chance.shuffle(groups)
    for group in groups:
        yield as_batch(group, [chance.randint(-TRANSPOSE_MAX, TRANSPOSE_MAX) for _ in group])


def as_batch(songs: Sequence[Played], moves: Sequence[int]) -> Batch:
    """Songs, each moved by some semitones, padded to the longest; padding repeats the last bar and is masked."""
    longest = max(len(song.bar) for song in songs)
    seen = np.zeros((len(songs), longest, songs[0].seen.shape[1]), np.float32)
    bar = np.zeros((len(songs), longest), np.int64)
    velocity, mask = np.zeros((len(songs), longest), np.float32), np.zeros((len(songs), longest), np.float32)
    for row, (song, move) in enumerate(zip(songs, moves, strict=True)):
        n = len(song.bar)
        seen[row, :n], bar[row, :n], bar[row, n:] = song.seen, song.bar, song.bar[-1] + 1
        seen[row, :n, PITCH_COLUMN] += move / 12
        velocity[row, :n], mask[row, :n] = (song.velocity - VELOCITY_CENTRE) / VELOCITY_SPAN, 1
    return torch.from_numpy(seen), torch.from_numpy(bar), torch.from_numpy(velocity), torch.from_numpy(mask)


PITCH_COLUMN: Final = 20  # of the features: the one that changes with the key


def loss_of(network: PerformanceTwin, batch: Batch) -> Tensor:
    """Negative log likelihood of each note about its song's level, the level itself a little, and 1 - r."""
    seen, bar, velocity, mask = batch
    mean, log_spread = network(seen, bar)
    count = mask.sum(dim=1, keepdim=True)
    error = velocity - mean
    level = (error * mask).sum(dim=1, keepdim=True) / count
    inside = (error - level) * mask
    # The spread of a note is learned apart from its mean: a certain wrong guess would otherwise pull at both.
    surprise = 0.5 * (inside.detach() * torch.exp(-log_spread)).square() + log_spread
    nats = ((surprise + 0.5 * inside.square()) * mask).sum() / mask.sum()
    loss: Tensor = (
        nats + LEVEL_WEIGHT * level.square().mean() + AGREEMENT_WEIGHT * (1 - _r(mean, velocity, mask)).mean()
    )
    return loss


def _r(first: Tensor, second: Tensor, mask: Tensor) -> Tensor:
    """Pearson's r of each row, (rows,)."""
    count = mask.sum(dim=1, keepdim=True)
    a = (first - (first * mask).sum(dim=1, keepdim=True) / count) * mask
    b = (second - (second * mask).sum(dim=1, keepdim=True) / count) * mask
    return (a * b).sum(dim=1) / (a.square().sum(dim=1) * b.square().sum(dim=1) + 1e-6).sqrt()


@torch.no_grad()
def agreement(network: PerformanceTwin, song: Played) -> float:
    """Pearson's r between how loud the song was played and the network's mean, over all notes of its three tracks."""
    seen, bar, velocity, mask = as_batch([song], [0])
    mean, _ = network(seen, bar)
    return float(_r(mean, velocity, mask)[0])


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
