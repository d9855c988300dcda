"""Train the drum ear on patterns of the library's kits: python -m engine.training drums [--out FILE]."""

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from engine.arrays import Doubles, Floats
from engine.score import Note, Score, TempoMark, make_part
from engine.timbre import sampler
from engine.training import note_data, rendered_notes
from engine.transcription import drums
from engine.transcription.posteriors import RATE_HZ
from engine.weights import tensors

SEED: Final = 909
PATTERNS: Final = 90  # a bank
EPOCHS: Final = 40
_KEYS: Final = ((35, 36), (38, 40), (42, 44), (46,), (41, 43, 45, 47, 48, 50), (49, 51, 52, 55, 57, 59))
_OFTEN: Final = (0.25, 0.14, 0.45, 0.08, 0.12, 0.07)  # how often each drum is struck, a sixteenth
_KITS: Final = (0, 0, 8, 16, 24, 25, 32, 40)


def main() -> None:
    """Read the command line, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="engine.training drums", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("var/drum-patterns"))
    parser.add_argument("--out", type=Path, default=tensors.path_of(drums.MODEL))
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    draw = np.random.default_rng(SEED)
    banks = note_data.banks(options.cache)
    parts = [example(bank, draw) for bank in banks for _ in range(PATTERNS)]
    held = len(parts) // 10
    seen, truth = (np.concatenate(side) for side in zip(*parts[held:], strict=True))
    valid = tuple(np.concatenate(side) for side in zip(*parts[:held], strict=True))
    sys.stdout.write(f"{len(seen)} onsets\n")
    state = train(seen, truth, (valid[0], valid[1]))
    sys.stdout.write(f"sha256 {tensors.write(options.out, state)}\n")


def example(bank: Path, draw: Generator) -> tuple[Floats, Floats]:
    """Candidates of one rendered pattern, and the drums struck at each."""
    score, hits = pattern(draw)
    mono = sampler.render(score, sample_rate_hz=RATE_HZ, bank=bank).mean(axis=0)
    heard = rendered_notes.heard_through(np.asarray(mono, np.float32), draw, sample_rate_hz=RATE_HZ)
    frames, seen = drums.candidates(drums.levels_of(heard))
    return seen, drums.truth_of(frames, hits)


def pattern(draw: Generator) -> tuple[Score, Doubles]:
    """Eight bars of random hits with the habits of a drummer, and their (onset_s, column) rows."""
    us = int(draw.integers(380_000, 800_000))
    busy, notes, hits = float(draw.uniform(0.5, 1.5)), [], []
    for step in range(96):
        strong = 1.6 if step % 4 == 0 else 0.7
        for column, often in enumerate(_OFTEN):
            if draw.random() < often * busy * strong:
                key = int(draw.choice(_KEYS[column]))
                at = Fraction(step, 4)
                velocity = int(draw.integers(35, 127))
                notes.append(Note(onset=at, duration=Fraction(1, 4), pitch_midi=key, velocity=velocity))
                hits.append((float(at) * us / 1e6, column))
    part = make_part(notes, is_drums=True, program=int(draw.choice(_KITS)))
    score = Score(parts=(part,), tempos=(TempoMark(at=Fraction(0), us_per_quarter=us),))
    return score, np.array(hits, np.float64).reshape(-1, 2)


def train(seen: Floats, truth: Floats, valid: tuple[Floats, Floats]) -> dict[str, Tensor]:
    """Fit two dense layers; the epoch with the least loss on the validation patterns is kept."""
    torch.manual_seed(SEED)
    inputs, answers = torch.from_numpy(seen), torch.from_numpy(truth)
    mean, spread = inputs.mean(0), inputs.std(0).clamp(min=0.05)
    first, second = nn.Linear(drums.INPUTS, 96), nn.Linear(96, len(drums.DRUMS))
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
