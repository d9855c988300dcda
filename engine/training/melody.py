"""Train the network that writes lead melodies over chords.

python -m engine.training melody --data FOLDER [--out FILE] [--seed N] [--epochs N]

FOLDER holds POP909. A run that was cut off goes on from the checkpoint beside --out.
"""

import argparse
import random
import sys
from pathlib import Path
from typing import Final

import torch

from engine.recommend.lead_events import contexts
from engine.training import pop909
from engine.training.fitting import Fit, Task
from engine.training.lead_data import Stretch, stretches
from engine.training.lead_loop import ROWS, LeadTwin, Line, batches, line_of, loss_of, mean_nats
from engine.weights import tensors

MODEL: Final = "melody-1"
SEED: Final = 909
EPOCHS: Final = 16
LEARNING_RATE: Final = 4e-3


def main() -> None:
    """Read the command line, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="engine.training melody", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of POP909")
    parser.add_argument("--out", type=Path, default=tensors.path_of(MODEL))
    parser.add_argument("--cache", type=Path, help="keep the songs, once read, in this file")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    songs = pop909.read_all(options.data, cache=options.cache)
    lines = {split: lines_of(stretches(pop909.of_split(songs, split))) for split in ("train", "valid")}
    train(lines["train"], lines["valid"], options.out, seed=options.seed, epochs=options.epochs)


def lines_of(found: list[Stretch]) -> list[Line]:
    """Stretches as arrays to learn from."""
    return [
        line_of(
            list(contexts(stretch.events, stretch.setting)),
            [event.token for event in stretch.events],
            [event.steps for event in stretch.events],
        )
        for stretch in found
    ]


def train(lines: list[Line], valid: list[Line], out: Path, *, seed: int, epochs: int) -> None:
    """Fit the network to `lines`; the weights that validate best are written to `out`."""
    torch.manual_seed(seed)
    fit = Fit(LeadTwin(), out.with_suffix(".checkpoint"), learning_rate=LEARNING_RATE)
    steps = sum(1 for _ in batches(lines, random.Random(seed)))  # noqa: S311 - shuffling music, not keys
    task = Task(
        batches=lambda epoch: batches(lines, random.Random(seed + epoch)),  # noqa: S311
        loss=loss_of,
        validate=lambda network: sum(mean_nats(network, valid)[:2]),
        keep=lambda network: _tell(f"sha256 {tensors.write(out, network.state_dict())}"),
    )
    _tell(f"{len(lines)} stretches, {steps} batches of {ROWS}")
    fit.run(task, epochs=epochs, steps_per_epoch=steps, tell=_tell)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
