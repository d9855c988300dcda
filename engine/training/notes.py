"""Train the note verifier on rendered music, or go on where a cut-off run stopped.

python -m engine.training notes --data FOLDER [--cache FOLDER] [--out FILE]

FOLDER holds POP909 (its songs as NNN/NNN.mid). Songs ending in 5 are never touched here: they are for the benchmark.
"""

import argparse
import sys
from pathlib import Path

from engine.training import note_data
from engine.weights import tensors

SEED = 909
EXCERPTS, VALID_EXCERPTS = 230, 40  # of 20 s; the shipped weights saw as many
SLOW_EXCERPTS, SLOW_VALID_EXCERPTS = 90, 12  # with instruments that begin without a stroke
EPOCHS, END_EPOCHS = 12, 7
MODEL = "note-verifier-1"


def main() -> None:
    """Read the command line, render what is missing, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="engine.training notes", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of POP909")
    parser.add_argument("--cache", type=Path, default=Path("var/note-excerpts"), help="rendered excerpts are kept here")
    parser.add_argument("--out", type=Path, default=tensors.path_of(MODEL))
    parser.add_argument("--excerpts", type=int, default=EXCERPTS)
    parser.add_argument("--slow-excerpts", type=int, default=SLOW_EXCERPTS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--end-epochs", type=int, default=END_EPOCHS)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    if not note_data.songs(options.data, "train"):
        parser.error(f"{options.data} holds no songs as NNN/NNN.mid")
    note_data.make(options.data, options.cache, "valid", VALID_EXCERPTS, _tell)
    note_data.make(options.data, options.cache, "valid", SLOW_VALID_EXCERPTS, _tell, is_slow=True)
    note_data.make(options.data, options.cache, "train", options.excerpts, _tell)
    note_data.make(options.data, options.cache, "train", options.slow_excerpts, _tell, is_slow=True)

    import torch

    from engine.training import note_endings, note_verifier

    torch.set_num_threads(1)  # sums in another order would end in other weights
    state = note_verifier.train(options.cache, seed=options.seed, epochs=options.epochs, tell=_tell)
    learn, choose = (sorted(options.cache.glob(f"{split}-*.npz")) for split in ("train", "valid"))
    lives = [note_endings.read_lives(paths, seed=options.seed) for paths in (learn, choose)]
    state |= note_endings.train(*lives, seed=options.seed, epochs=options.end_epochs, tell=_tell)
    _tell(f"sha256 {tensors.write(options.out, state)}")


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
