"""The training loop of a polyphony network: seeded, resumable; the best epoch on the validation pieces is kept."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.recommend.polyphony_echo import Echo, echoes
from engine.recommend.polyphony_frames import KEYS
from engine.recommend.polyphony_network import FrameNetwork, Sizes
from engine.training.averaged import Averaged
from engine.training.polyphony_data import Frames

# Windows start on multiples of 48 steps, where even and triple bars both begin, so a window's phases are the piece's.
UNIT: Final = 48
WINDOW: Final = 144  # steps that count; one unit before them is read without counting
SHIFT_MIN, SHIFT_MAX = -5, 6

Tell = Callable[[str], None]


class Piece(NamedTuple):
    """Frames (steps, 88), the echo at each of them, and the pitch class of the tonic."""

    frames: Frames
    echo: Echo
    home: int = 0

    def part(self, start: int, stop: int) -> "Piece":
        """Some of its steps."""
        return Piece(self.frames[start:stop], Echo(*(values[start:stop] for values in self.echo)), self.home)


class Window(NamedTuple):
    """A part of a piece: steps at its start that are read but do not count."""

    piece: Piece
    skip: int


class Batch(NamedTuple):
    """Windows side by side, as a network takes them."""

    frames: Tensor
    counted: Tensor
    echoed: Tensor
    told: Tensor
    home: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one network is trained.

    seed : of weights, order, keys and dropout; epochs : that the learning rate is planned for
    batch : windows in a batch; sizes : widths of the network
    moves : share of the windows that are moved to another key
    """

    seed: int
    epochs: int
    batch: int
    sizes: Sizes
    moves: float = 0.5


class Trainer(Averaged[FrameNetwork]):
    """The network with its pieces and its plan."""

    def __init__(self, pieces: dict[str, list[Frames]], plan: Plan, start: FrameNetwork | None) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.pieces = {
            split: [Piece(frames, echoes(frames)) for frames in pieces[split]] for split in ("train", "valid")
        }
        network = FrameNetwork(plan.sizes)
        if start is not None:
            network.load_state_dict(start.state_dict())
        count = len(windows(self.pieces["train"], random.Random(0)))  # noqa: S311
        super().__init__(network, updates=plan.epochs * math.ceil(count / plan.batch))

    def run_epoch(self) -> tuple[float, float]:
        """Once through the training pieces; nats a step on them (with dropout) and on the validation pieces."""
        generator = random.Random(self.plan.seed * 100_003 + self.epoch)  # noqa: S311 - shuffling music, not keys
        torch.manual_seed(generator.randrange(1 << 31))
        total, steps = 0.0, 0
        for batch in batches(self.pieces["train"], self.plan.batch, generator, moves=self.plan.moves):
            counts = int(batch.counted.sum())
            loss = nats(self.network.train(), batch) / counts
            self.learn(loss)
            total, steps = total + float(loss.detach()) * counts, steps + counts
        self.epoch += 1
        return total / steps, mean_nats(self.average, self.pieces["valid"])


def train(
    pieces: dict[str, list[Frames]],
    plan: Plan,
    *,
    checkpoint: Path,
    keep: Callable[[FrameNetwork], object],
    tell: Tell,
    start: FrameNetwork | None = None,
) -> None:
    """Fit a network; its averaged weights are kept whenever the validation loss falls. Goes on from `checkpoint`."""
    trainer = Trainer(pieces, plan, start)
    if checkpoint.exists():
        trainer.restore(torch.load(checkpoint, weights_only=True))
    while trainer.epoch < plan.epochs:
        began = time.process_time()
        train_nats, valid_nats = trainer.run_epoch()
        trainer.spent_s += time.process_time() - began
        if valid_nats < trainer.best:
            trainer.best = valid_nats
            keep(trainer.average)
        torch.save(trainer.state(), checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)
        tell(
            f"epoch {trainer.epoch} train {train_nats:.4f} valid {valid_nats:.4f} nats a step, "
            f"{trainer.spent_s:.0f} s of processor"
        )


def nats(network: FrameNetwork, batch: Batch) -> Tensor:
    """-ln P of the counted frames, summed."""
    likely, found = network(*batch)
    total: Tensor = -likely.gather(1, found.target[:, None]).sum()
    return total


@torch.no_grad()
def mean_nats(network: FrameNetwork, pieces: Sequence[Piece]) -> float:
    """-ln P a step over all steps of all pieces, each read from its first step to its last."""
    network.eval()
    total = sum(float(nats(network, side_by_side([Window(piece, 0)]))) for piece in pieces)
    return total / sum(len(piece.frames) for piece in pieces)


def windows(pieces: Sequence[Piece], generator: random.Random) -> list[Window]:
    """Every step of every piece once."""
    found = []
    for piece in pieces:
        start, stop = 0, WINDOW - UNIT * generator.randrange(3)
        while start < len(piece.frames):
            read = max(0, start - UNIT)
            found.append(Window(piece.part(read, stop), start - read))
            start, stop = stop, stop + WINDOW
    return found


def batches(pieces: Sequence[Piece], size: int, generator: random.Random, *, moves: float) -> Iterator[Batch]:
    """All windows, a share `moves` of them in random keys, with others of about their length."""
    # Lengths are jittered before sorting, so the company changes from epoch to epoch.
    order = sorted(windows(pieces, generator), key=lambda window: len(window.piece.frames) + generator.uniform(-16, 16))
    groups = [order[first : first + size] for first in range(0, len(order), size)]
    generator.shuffle(groups)
    for group in groups:
        yield side_by_side([Window(moved(window.piece, generator, moves), window.skip) for window in group])


def side_by_side(group: Sequence[Window]) -> Batch:
    """One batch of some windows."""
    steps = max(len(window.piece.frames) for window in group)
    parts = [(window.piece.frames, *window.piece.echo) for window in group]
    frames, echoed, told = (np.zeros((len(group), steps, *one.shape[1:]), np.float32) for one in parts[0])
    counted = np.zeros((len(group), steps), np.bool_)
    for row, (window, part) in enumerate(zip(group, parts, strict=True)):
        for rows, values in zip((frames, echoed, told), part, strict=True):
            rows[row, : len(values)] = values
        counted[row, window.skip : len(part[0])] = True
    home = np.array([window.piece.home for window in group], np.int64)
    return Batch(*(torch.from_numpy(values) for values in (frames, counted, echoed, told, home)))


def moved(piece: Piece, generator: random.Random, chance: float) -> Piece:
    """The piece in another key by chance, where no note falls off the keyboard."""
    shift = generator.randint(SHIFT_MIN, SHIFT_MAX) if generator.random() < chance else 0
    frames, echoed = (np.roll(values, shift, axis=-1) for values in (piece.frames, piece.echo.frames))
    edge = slice(0, shift) if shift > 0 else slice(shift if shift else KEYS, None)
    if frames[:, edge].any() or echoed[..., edge].any():
        return piece
    return Piece(frames, Echo(echoed, piece.echo.told), (piece.home + shift) % 12)
