"""Train the chorale harmoniser, or measure the weights that are shipped.

python -m engine.training.harmony --out engine/weights/chorale-harmoniser-1.npz
python -m engine.training.harmony --evaluate
"""

import argparse
import sys
from pathlib import Path

from engine.recommend.chorale_grid import LOWER_VOICES
from engine.training.chorales import SPLITS, Chorale, read_all, split_of

SEED = 1685
EPOCHS = 36


def main() -> None:
    """Read the command line and do the one thing it asks for."""
    parser = argparse.ArgumentParser(prog="engine.training.harmony", description=__doc__)
    parser.add_argument("--out", type=Path, help="train, and write the weights here")
    parser.add_argument("--evaluate", action="store_true", help="measure the shipped weights on the test chorales")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--stop", type=int, help="end after this epoch of those the learning rate was planned for")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", type=Path, help="keep the chorales, once read, in this file")
    arguments = parser.parse_args()
    if arguments.out is None and not arguments.evaluate:
        parser.error("nothing to do: give --out or --evaluate")
    chorales = split_of(read_all(arguments.cache))
    _describe(chorales)
    if arguments.out is not None:
        _train(chorales, arguments.out, seed=arguments.seed, epochs=(arguments.epochs, arguments.stop))
    if arguments.evaluate:
        from engine.training import harmony_scores

        harmony_scores.print_scores(chorales, _tell)


def _train(chorales: dict[str, list[Chorale]], out: Path, *, seed: int, epochs: tuple[int, int | None]) -> None:
    import torch

    from engine.training.harmony_export import as_arrays
    from engine.training.harmony_loop import train
    from engine.training.harmony_network import HarmonyNetwork
    from engine.weights import files

    torch.set_num_threads(1)  # sums in another order would end in other weights

    def keep(network: HarmonyNetwork) -> None:
        _tell(f"sha256 {files.write(out, as_arrays(network))}")

    train(chorales, seed=seed, epochs=epochs[0], stop=epochs[1], tell=_tell, keep=keep)


def _describe(chorales: dict[str, list[Chorale]]) -> None:
    for name in SPLITS:
        steps = sum(chorale.steps for chorale in chorales[name])
        notes = sum(int(chorale.onsets[list(LOWER_VOICES)].sum()) for chorale in chorales[name])
        _tell(f"{name}: {len(chorales[name])} chorales, {steps} sixteenths, {notes} notes in the lower voices")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
