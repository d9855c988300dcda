"""Train the network that puts chords under a melody, on the lead sheets of POP909.

python -m engine.training chords --data FOLDER [--out FILE] [--seed N] [--epochs N]
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import torch

from engine.training import pop909
from engine.training.chords_data import sheets_of
from engine.training.chords_loop import train
from engine.weights import tensors

SEED: Final = 909
EPOCHS: Final = 14
MODEL: Final = "pop-chords-1"


def main() -> None:
    """Read the command line, train, and write the weights whenever they got better."""
    parser = argparse.ArgumentParser(prog="engine.training chords", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of POP909")
    parser.add_argument("--out", type=Path, default=tensors.path_of(MODEL), help="where the weights go")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    torch.set_num_threads(1)  # sums in another order would end in other weights
    songs = pop909.read_all(options.data, cache=options.out.with_name("pop909.safetensors"))
    sheets = {split: sheets_of(pop909.of_split(songs, split)) for split in pop909.SPLITS}
    for split, found in sheets.items():
        _tell(f"{split}: {len(found)} songs, {sum(len(sheet.chords) for sheet in found)} half bars")
    train(
        sheets,
        seed=options.seed,
        epochs=options.epochs,
        checkpoint=options.out.with_suffix(".checkpoint"),
        tell=_tell,
        keep=lambda network: _tell(f"sha256 {tensors.write(options.out, network.state_dict())}"),
    )


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
