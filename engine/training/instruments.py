"""Train the ear for instruments on phrases played by the library's General MIDI banks.

python -m engine.training instruments [--cache FOLDER] [--out FILE] [--test BANK]

`--test` measures the weights on a bank that was not trained on.
"""

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.analysis import embedding
from engine.arrays import Floats
from engine.score import Note, Score, TempoMark, make_part
from engine.timbre import sampler
from engine.training import note_data, rendered_notes
from engine.weights import tensors

SEED: Final = 909
PHRASES: Final = 5  # a program and bank
EPOCHS: Final = 60
# General MIDI's sixteen groups of eight programs; effects, sounds of the world and percussive sounds are left out.
_GROUPS: Final = dict(enumerate(embedding.FAMILIES[:12]))
_RANGES: Final = {"bass": (28, 50), "guitar": (40, 76), "brass": (46, 76), "reed": (50, 79), "pipe": (60, 90)}
_DRUM_KEYS: Final = (35, 36, 38, 40, 42, 44, 46, 49, 51, 41, 45, 48, 39, 54)
_DRUM_PHRASES: Final = 60


def main() -> None:
    """Read the command line and train, or measure."""
    parser = argparse.ArgumentParser(prog="engine.training instruments", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("var/instrument-phrases"))
    parser.add_argument("--out", type=Path, default=tensors.path_of(embedding.MODEL))
    parser.add_argument("--test", type=Path, help="a SoundFont to measure on")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.test:
        _tell(report(*examples(options.test, options.cache)))
        return
    parts = [examples(bank, options.cache) for bank in note_data.banks(options.cache)]
    seen, families, _ = (np.concatenate(side) for side in zip(*parts, strict=True))
    _tell(f"{len(seen)} phrases; sha256 {tensors.write(options.out, train(seen, families))}")


def examples(bank: Path, cache: Path) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Features, families and programs (128 for drums) of the phrases that a bank plays; kept in `cache`."""
    kept = cache / f"{bank.stem}-phrases.npz"
    if not kept.exists():
        draw = np.random.default_rng(SEED)
        rows = [row for program in range(96) for row in _heard(bank, program, PHRASES, draw)]
        rows += _heard(bank, 128, _DRUM_PHRASES, draw)
        np.savez(
            kept,
            seen=np.stack([seen for seen, _, _ in rows]),
            families=np.array([family for _, family, _ in rows], np.int64),
            programs=np.array([program for _, _, program in rows], np.int64),
        )
    with np.load(kept) as archive:
        return archive["seen"], archive["families"], archive["programs"]


def _heard(bank: Path, program: int, count: int, draw: Generator) -> list[tuple[Floats, int, int]]:
    family = embedding.FAMILIES.index("drums" if program == 128 else _GROUPS[program // 8])
    rows = []
    for _ in range(count):
        signal = sampler.render(phrase(program, draw), sample_rate_hz=embedding.RATE_HZ, bank=bank, seconds_max=6.0)
        mono = rendered_notes.heard_through(signal.mean(axis=0), draw, sample_rate_hz=embedding.RATE_HZ)
        seen = embedding.features(mono, sample_rate_hz=embedding.RATE_HZ)
        if seen is not None:
            rows.append((seen, family, program))
    return rows


def phrase(program: int, draw: Generator) -> Score:
    """Some seconds of a tune, of chords, or of a drum pattern."""
    if program == 128:
        part = make_part(_drum_notes(draw), is_drums=True)
    else:
        low, high = _RANGES.get(_GROUPS[program // 8], (48, 84))
        size = 1 if low < 48 or draw.random() < 0.6 else int(draw.integers(2, 5))
        base, at, notes = int(draw.integers(low, high - 8)), Fraction(0), []
        while at < 8:
            length = Fraction(int(draw.choice([1, 2, 2, 4, 8])), 2)
            for step in draw.choice([0, 2, 4, 5, 7, 9, 11, 12], size, replace=False).tolist():
                pitch = min(base + int(step), high)
                notes.append(Note(onset=at, duration=length, pitch_midi=pitch, velocity=int(draw.integers(50, 120))))
            at += length
        part = make_part(notes, program=program)
    return Score(
        parts=(part,), tempos=(TempoMark(at=Fraction(0), us_per_quarter=int(draw.integers(400_000, 800_000))),)
    )


def _drum_notes(draw: Generator) -> list[Note]:
    density, notes = float(draw.uniform(0.3, 0.9)), []
    for step in range(32):
        if draw.random() < density:
            for pitch in draw.choice(_DRUM_KEYS, int(draw.integers(1, 3)), replace=False).tolist():
                velocity = int(draw.integers(50, 120))
                notes.append(
                    Note(onset=Fraction(step, 4), duration=Fraction(1, 4), pitch_midi=int(pitch), velocity=velocity)
                )
    return notes or [Note(onset=Fraction(0), duration=Fraction(1, 4), pitch_midi=36)]


class _Ear(nn.Module):
    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.mean, self.spread = mean, spread
        self.first = nn.Linear(embedding.INPUTS, 96)
        self.vector = nn.Linear(96, embedding.DIMENSIONS)
        self.answer = nn.Linear(embedding.DIMENSIONS, len(embedding.FAMILIES))

    def forward(self, seen: Tensor) -> Tensor:
        x = functional.relu(self.first((seen - self.mean) / self.spread))
        vector = functional.normalize(self.vector(functional.dropout(x, 0.3, self.training)), dim=1)
        answer: Tensor = self.answer(vector)
        return answer


def train(seen: Floats, families: NDArray[np.int64]) -> dict[str, Tensor]:
    """Fit the ear; noise on the inputs keeps it from learning one bank by heart."""
    torch.manual_seed(SEED)
    inputs, truth = torch.from_numpy(seen), torch.from_numpy(families)
    ear = _Ear(inputs.mean(0), inputs.std(0).clamp(min=0.02))
    optimiser = torch.optim.AdamW(ear.parameters(), lr=3e-3, weight_decay=0.05)
    for epoch in range(EPOCHS):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * (1 - epoch / EPOCHS)
        for rows in torch.split(torch.randperm(len(inputs)), 64):
            noisy = inputs[rows] + 0.25 * ear.spread * torch.randn(len(rows), inputs.shape[1])
            loss = functional.cross_entropy(ear(noisy), truth[rows], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    weight = ear.first.weight.detach() / ear.spread
    return {
        "0.weight": weight,
        "0.bias": ear.first.bias.detach() - weight @ ear.mean,
        "1.weight": ear.vector.weight.detach(),
        "1.bias": ear.vector.bias.detach(),
        "2.weight": ear.answer.weight.detach(),
        "2.bias": ear.answer.bias.detach(),
    }


def report(seen: Floats, families: NDArray[np.int64], programs: NDArray[np.int64]) -> str:
    """Share of phrases whose family is named right, and whose nearest neighbours are of the family or program."""
    w = tensors.read(embedding.MODEL)
    vectors = np.maximum(seen @ w["0.weight"].T + w["0.bias"], 0) @ w["1.weight"].T + w["1.bias"]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    named = np.argmax(vectors @ w["2.weight"].T + w["2.bias"], axis=1)
    near = vectors @ vectors.T
    np.fill_diagonal(near, -2)
    first = np.argmax(near, axis=1)
    top = np.argsort(-near, axis=1)[:, :5]
    lines = [
        f"family named right: {(named == families).mean():.3f} of {len(seen)}",
        f"nearest neighbour of the same family: {(families[first] == families).mean():.3f}",
        f"of the five nearest, same family: {(families[top] == families[:, None]).mean():.3f}",
        f"nearest neighbour of the same program: {(programs[first] == programs).mean():.3f}",
    ]
    lines += [
        f"  {name}: {(named[families == index] == index).mean():.2f}" for index, name in enumerate(embedding.FAMILIES)
    ]
    return "\n".join(lines)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
