r"""Train the networks that continue polyphony, one for each set of the ICML 2012 data, and bind them into one file.

python -m engine.training polyphony --data FOLDER --style chorale --out chorale.safetensors
python -m engine.training polyphony --bind chorale=chorale.safetensors folk=folk.safetensors ... \
    --out engine/weights/polyphony-1.safetensors
"""

import argparse
import sys
from pathlib import Path

from engine.training import polyphony_data

SEED = 2012


def main() -> None:
    """Read the command line and do the one thing it asks for."""
    parser = argparse.ArgumentParser(prog="python -m engine.training polyphony", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the .mat files")
    parser.add_argument("--style", choices=sorted(polyphony_data.FILES), help="the set to learn")
    parser.add_argument("--start", type=Path, help="weights to start from, those of another style")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--state", type=int, default=256)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--moves", type=float, default=0.5, help="share of the windows moved to another key")
    parser.add_argument("--bind", nargs="+", metavar="STYLE=WEIGHTS", help="join networks; a style may have several")
    options = parser.parse_args()
    if options.bind:
        _tell(f"sha256 {bind(options.bind, options.out)}")
    elif options.data is None or options.style is None:
        parser.error("give --data and --style, or --bind")
    else:
        _train(options)


def bind(named: list[str], out: Path) -> str:
    """Write networks as one file, `STYLE=WEIGHTS` each, and return its SHA-256."""
    import torch
    from safetensors.numpy import load_file

    from engine.weights import tensors

    state: dict[str, torch.Tensor] = {}
    for entry in named:
        style, _, path = entry.partition("=")
        member = len({name.split(".")[1] for name in state if name.startswith(f"{style}.")})
        state |= {f"{style}.{member}.{name}": torch.from_numpy(values) for name, values in load_file(path).items()}
    return tensors.write(out, state)


def _train(options: argparse.Namespace) -> None:
    import torch
    from safetensors.numpy import load_file

    from engine.recommend.polyphony_network import FrameNetwork, Sizes, network_of
    from engine.training.polyphony_loop import Plan, train
    from engine.weights import tensors

    torch.set_num_threads(1)  # sums in another order would end in other weights
    pieces = polyphony_data.read(options.data, options.style)
    sizes = Sizes(state=options.state, dropout=options.dropout)
    plan = Plan(seed=options.seed, epochs=options.epochs, batch=options.batch, sizes=sizes, moves=options.moves)
    start = None
    if options.start:
        start = network_of({name: values.astype("float32") for name, values in load_file(options.start).items()})

    def keep(network: FrameNetwork) -> None:
        tensors.write(options.out, network.state_dict())

    checkpoint = options.out.with_suffix(".checkpoint.pt")
    train(pieces, plan, checkpoint=checkpoint, keep=keep, tell=_tell, start=start)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
