"""Train the network of four voices that `harmony` draws from.

python -m engine.training voices --data FOLDER --out engine/weights/harmony-1.safetensors
"""

import argparse
import sys
from pathlib import Path

SEED = 1750


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m engine.training voices", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with Jsb16thSeparated.npz")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=12)
    options = parser.parse_args()

    import torch

    from engine.recommend.voices_network import Sizes, VoicesNetwork
    from engine.training import voices_data
    from engine.training.voices_loop import Plan, train
    from engine.weights import tensors

    torch.set_num_threads(1)  # sums in another order would end in other weights

    def keep(network: VoicesNetwork) -> None:
        tensors.write(options.out, network.state_dict())

    plan = Plan(seed=options.seed, epochs=options.epochs, batch=options.batch, sizes=Sizes())
    checkpoint = options.out.with_suffix(".checkpoint.pt")
    train(voices_data.read(options.data), plan, checkpoint=checkpoint, keep=keep, tell=_tell)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
