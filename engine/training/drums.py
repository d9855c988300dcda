"""Train the drum ear: python -m engine.training drums [--samples FOLDER] [--out FILE].

It learns from the kits of the library's banks, from kits that are made up, and from FOLDER if given: the samples of
Sonic Pi (CC0; the npm package supersonic-scsynth-samples holds them in its folder samples).
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from engine.arrays import Floats
from engine.training import drum_kits, drum_patterns, note_data, rendered_notes
from engine.training.drum_kits import Kit
from engine.transcription import drums
from engine.transcription.posteriors import RATE_HZ
from engine.weights import tensors

SEED: Final = 909
PATTERNS: Final = 900
VALID_PATTERNS: Final = 90
EPOCHS: Final = 30
_MADE: Final = 24  # kits made of noise and sines
_FOLDER_COUNTS: Final = 4  # as so many kits: it has many hits a drum
_HELD: Final = 6  # one kit of so many is kept for validation
_WIDTH: Final = 128


def main() -> None:
    """Read the command line, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="engine.training drums", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("var/drum-patterns"))
    parser.add_argument("--samples", type=Path, help="drum samples named as those of Sonic Pi are")
    parser.add_argument("--out", type=Path, default=tensors.path_of(drums.MODEL))
    parser.add_argument("--patterns", type=int, default=PATTERNS)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    draw = np.random.default_rng(SEED)
    kits = [kit for bank in note_data.banks(options.cache) for kit in drum_kits.of_bank(bank)]
    kits += [drum_kits.made(draw) for _ in range(_MADE)]
    held = [kit for index, kit in enumerate(kits) if index % _HELD == _HELD - 1]
    seen = [kit for index, kit in enumerate(kits) if index % _HELD != _HELD - 1]
    seen += [drum_kits.of_folder(options.samples)] * _FOLDER_COUNTS if options.samples else []
    sys.stdout.write(f"{len(seen)} kits to learn from, {len(held)} to choose by\n")
    examples = _examples(seen, options.patterns, draw)
    sys.stdout.write(f"{len(examples[0])} onsets\n")
    state = train(*examples, _examples(held, VALID_PATTERNS, draw))
    sys.stdout.write(f"sha256 {tensors.write(options.out, state)}\n")


def _examples(kits: list[Kit], count: int, draw: Generator) -> tuple[Floats, Floats]:
    parts = [example(kits, draw) for _ in range(count)]
    return np.concatenate([seen for seen, _ in parts]), np.concatenate([truth for _, truth in parts])


def example(kits: list[Kit], draw: Generator) -> tuple[Floats, Floats]:
    """Candidates of one pattern, and the drums struck at each."""
    mono, hits = drum_patterns.played(drum_patterns.pattern(draw), kits, draw)
    heard = rendered_notes.heard_through(mono, draw, sample_rate_hz=RATE_HZ)
    frames, seen = drums.candidates(drums.levels_of(heard))
    return seen, drums.truth_of(frames, hits)


def train(seen: Floats, truth: Floats, valid: tuple[Floats, Floats]) -> dict[str, Tensor]:
    """Fit two dense layers; the epoch with the least loss on the validation patterns is kept."""
    torch.manual_seed(SEED)
    inputs, answers = torch.from_numpy(seen), torch.from_numpy(truth)
    mean, spread = inputs.mean(0), inputs.std(0).clamp(min=0.05)
    first, second = nn.Linear(drums.INPUTS, _WIDTH), nn.Linear(_WIDTH, len(drums.DRUMS))
    optimiser = torch.optim.AdamW([*first.parameters(), *second.parameters()], lr=2e-3, weight_decay=0.03)
    best, kept = float("inf"), {}
    for epoch in range(EPOCHS):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - epoch / EPOCHS)
        for rows in torch.split(torch.randperm(len(inputs)), 128):
            x = functional.dropout(functional.relu(first((inputs[rows] - mean) / spread)), 0.2)
            loss = functional.binary_cross_entropy_with_logits(second(x), answers[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        with torch.no_grad():
            x = functional.relu(first((torch.from_numpy(valid[0]) - mean) / spread))
            lost = float(functional.binary_cross_entropy_with_logits(second(x), torch.from_numpy(valid[1])))
        if lost < best:
            weight = first.weight.detach() / spread
            best, kept = lost, {
                "0.weight": weight.clone(),
                "0.bias": (first.bias.detach() - weight @ mean).clone(),
                "1.weight": second.weight.detach().clone(),
                "1.bias": second.bias.detach().clone(),
            }  # fmt: skip
    sys.stdout.write(f"validation loss {best:.4f}\n")
    return kept


if __name__ == "__main__":
    main()
