"""Train the network that continues chord progressions, on the chords of POP909.

python -m engine.training progression --data FOLDER [--out FILE] [--seed N] [--epochs N]
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from engine.recommend.progression_model import BESIDE, LENGTHS_FOUR, LENGTHS_SIX, MODEL, TRUST, TRUST_UNTIMED
from engine.recommend.progression_network import Piece, ProgressionNetwork
from engine.training import pop909
from engine.training.progression_blend import count_lengths, fit_trust
from engine.training.progression_data import pieces_of, untimed
from engine.training.progression_loop import train
from engine.weights import tensors

SEED: Final = 909
EPOCHS: Final = 10


def main() -> None:
    """Read the command line, train, and write the weights whenever they got better."""
    parser = argparse.ArgumentParser(prog="engine.training progression", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of POP909")
    parser.add_argument("--out", type=Path, default=tensors.path_of(MODEL), help="where the weights go")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    torch.set_num_threads(1)  # sums in another order would end in other weights
    songs = pop909.read_all(options.data, cache=options.out.with_name("pop909.safetensors"))
    pieces = {split: pieces_of(pop909.of_split(songs, split)) for split in pop909.SPLITS}
    for split, found in pieces.items():
        _tell(f"{split}: {len(found)} songs, {sum(len(piece.changes) for piece in found)} changes of chord")
    _train(pieces, options.out, seed=options.seed, epochs=options.epochs)
    _finish(pieces, options.out)


def _train(pieces: dict[str, list[Piece]], out: Path, *, seed: int, epochs: int) -> None:
    train(
        pieces,
        seed=seed,
        epochs=epochs,
        checkpoint=out.with_suffix(".checkpoint"),
        tell=_tell,
        keep=lambda network: _tell(f"sha256 {tensors.write(out, network.state_dict())}"),
    )


def _finish(pieces: dict[str, list[Piece]], out: Path) -> None:
    """Fit what stands beside the network, and write everything into one file."""
    state = {name: torch.from_numpy(array) for name, array in tensors.read_file(out).items() if name not in BESIDE}
    network = ProgressionNetwork(dropout=0.0).eval()
    network.load_state_dict(state)
    valid = [replace(piece, tonic=None) for piece in pieces["valid"]]
    state[TRUST] = fit_trust(network, valid)
    state[TRUST_UNTIMED] = fit_trust(network, [untimed(piece) for piece in valid])
    for name, beats_per_bar in ((LENGTHS_FOUR, 4), (LENGTHS_SIX, 6)):
        state[name] = torch.from_numpy(count_lengths(pieces["train"], beats_per_bar))
    _tell(f"with the memory of the song: sha256 {tensors.write(out, state)}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
