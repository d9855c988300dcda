"""Train the learned denoiser on music with real noise.

python -m engine.training denoiser --data FOLDER --out engine/weights/music-denoiser-1.safetensors

FOLDER holds `pop909/` (songs as MIDI) and `noise/` (clips of ESC-10 in one folder a class). Music is rendered once and
kept in the cache; training goes on from its last checkpoint there.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

SEED: Final = 1685
STEPS: Final = 3_000
TRAIN_EXCERPTS: Final = 320
VALID_EXCERPTS: Final = 20
VALID_ROWS: Final = 48


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, render what is missing, and train."""
    parser = argparse.ArgumentParser(prog="engine.training denoiser", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with pop909/ and noise/")
    parser.add_argument("--loops", type=Path, help="a folder of free loops (FLAC) to learn from as well")
    parser.add_argument("--out", type=Path, default=Path("engine/weights/music-denoiser-1.safetensors"))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "ledgerline-denoiser")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=SEED)
    train(parser.parse_args(arguments))


def train(options: argparse.Namespace) -> None:
    """Render, mix and fit; the weights file is written anew after every check."""
    import torch

    from engine.training import denoiser_data as data
    from engine.training.denoiser_loop import SECONDS, Trainer, bands_of
    from engine.training.denoiser_mix import Mixer
    from engine.weights import tensors

    torch.set_num_threads(1)
    counts = {"train": TRAIN_EXCERPTS, "valid": VALID_EXCERPTS}
    music = {
        split: np.load(
            data.render_music(options.data, options.cache, split=split, excerpts=count, seed=options.seed, tell=_tell),
            mmap_mode="r",
        )
        for split, count in counts.items()
    }
    noise = {split: data.read_noise(options.data, split=split) for split in counts}
    loops = data.read_loops(options.loops) if options.loops else []
    _tell(f"{len(noise['train'])} noises, {len(loops)} loops, {len(music['train']) / data.RATE_HZ / 60:.0f} minutes")
    valid = bands_of(Mixer(music["valid"], noise["valid"], [], seed=options.seed).draw(VALID_ROWS, seconds=SECONDS))
    trainer = Trainer(options.cache / "denoiser.pt", seed=options.seed, steps=options.steps)
    mixer = Mixer(music["train"], noise["train"], loops, seed=options.seed + 1 + trainer.step)
    trainer.run(mixer, valid, tell=_tell, keep=lambda network: _tell(tensors.write(options.out, network.state_dict())))


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
