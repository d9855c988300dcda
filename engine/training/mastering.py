"""Trains the network that hears which balance music should have: `python -m engine.training mastering --data POP909`.

Songs are mixed as they are meant, from the band powers of their stems; then the whole is equalised at random, and the
network, told how levels move and what is left of the balance, gives the meant balance and width back. Everything
follows from the seed; a run that was cut off goes on from the checkpoint beside `--out`.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from engine.analysis.band_powers import BANDS, decibels, k_weight
from engine.arrays import Doubles, Floats
from engine.mastering import learned
from engine.mastering.genres import levelled
from engine.mixing.auto_places import positions
from engine.mixing.hearing import FEATURES, features, recoloured
from engine.mixing.styles import GENRES
from engine.timbre import sampler
from engine.training.mixing_data import StemPowers, prepared
from engine.training.mixing_intent import colour_db, intent, low_cut_db, traits
from engine.weights import tensors

_HIDDEN: Final = 160
_ROWS: Final = 64
_FLOOR_DB: Final = -60.0
_CUT_SHARE: Final = 0.15  # of recordings that come from a lower sampling rate


class TargetNetwork(nn.Module):
    """Features and genre to a balance and a width; `engine.mastering.learned.forward` is the same in arrays."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(FEATURES + len(GENRES), _HIDDEN)
        self.second = nn.Linear(_HIDDEN, _HIDDEN)
        self.last = nn.Linear(_HIDDEN, BANDS + 1)

    def forward(self, values: Tensor) -> Tensor:
        """(rows, 100) to (rows, 31)."""
        hidden = torch.relu(self.second(torch.relu(self.first(values))))
        out = self.last(hidden)
        return torch.cat([out[:, :BANDS] + values[:, :BANDS], out[:, BANDS:]], dim=1)


class MeantMix:
    """A song's meant mix in powers: (frames, 30) middle and side, and (frames,) peaks."""

    def __init__(self, stems: StemPowers, draw: np.random.Generator | None = None) -> None:
        self.genre = stems.genre
        kept = _some(len(stems.roles), draw)
        meant = intent(traits(stems))
        powers = 10.0 ** (stems.middle[kept].astype(np.float64) / 10) + 10.0 ** (
            stems.side[kept].astype(np.float64) / 10
        )
        powers = powers * 10 ** (low_cut_db(meant.low_cut_hz[kept])[:, np.newaxis] / 10)
        weighted = powers @ k_weight()
        loud = weighted >= 0.1 * weighted.mean(axis=1, keepdims=True)
        loudness = decibels((weighted * loud).sum(axis=1) / np.maximum(loud.sum(axis=1), 1))
        level = meant.level_lu[kept] + (draw.normal(0, 1.0, len(kept)) if draw is not None else 0.0)
        gain = 10 ** ((level - loudness) / 10)
        angle = (positions(meant.away[kept]) + 1) * np.pi / 4
        mid, side = ((np.cos(angle) + sign * np.sin(angle)) ** 2 / 2 for sign in (1, -1))
        self.middle = np.einsum("s,sfb->fb", gain * mid, powers)
        self.side = np.einsum("s,sfb->fb", gain * side, powers)
        self.peak = np.sqrt((gain[:, np.newaxis] * 10.0 ** (stems.peak[kept].astype(np.float64) / 10)).sum(axis=0))

    def wanted(self) -> Doubles:
        """(31,): the balance and the width, on the network's scale."""
        weighted = (self.middle + self.side) @ k_weight()
        loud = weighted >= 0.1 * weighted.mean()
        middle, side = self.middle[loud].mean(axis=0), self.side[loud].mean(axis=0)
        balance = np.maximum(levelled(decibels(middle + side)), _FLOOR_DB)
        width = max(float(decibels(np.asarray(side @ k_weight())) - decibels(np.asarray(middle @ k_weight()))), -30.0)
        return np.append(balance, width) / learned.SCALE_DB + 1

    def spoilt(self, colour: Doubles, cut: int = BANDS) -> Floats:
        """What the network is given after an equaliser, (30,) dB, and with nothing from the band `cut` on."""
        factor = 10 ** (colour / 10) * (np.arange(BANDS) < cut)
        return learned.inputs(features((self.middle + self.side) * factor, self.peak), self.genre)


def main() -> None:
    """Train, write the best weights, print scores on the validation songs."""
    parser = argparse.ArgumentParser(prog="python -m engine.training mastering", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="POP909, a folder a song")
    parser.add_argument("--cache", type=Path, required=True, help="where band powers of stems are kept")
    parser.add_argument("--out", type=Path, default=tensors.path_of(learned.MODEL))
    parser.add_argument("--bank", type=Path, help="a SoundFont in place of the library's")
    parser.add_argument("--songs", type=int, default=330, help="of the training split, at most")
    parser.add_argument("--steps", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    bank = options.bank or sampler.default_bank()
    parts = {
        split: list(prepared(options.data, options.cache, split=split, seeds=range(1, 2), bank=bank, most=most))
        for split, most in (("train", options.songs), ("valid", 24))
    }
    network = TargetNetwork()
    _train(network, parts, options.steps, options.seed, options.out)


def _train(network: TargetNetwork, parts: dict[str, list[StemPowers]], steps: int, seed: int, out: Path) -> None:
    checkpoint, first = out.with_suffix(".checkpoint.pt"), 0
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps + 1)
    best = np.inf
    if checkpoint.exists():
        state = torch.load(checkpoint)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        first, best = state["step"], state["best"]
    pools = {
        split: pool(songs, np.random.default_rng([seed, place])) for place, (split, songs) in enumerate(parts.items())
    }
    for step in range(first, steps):
        inputs, wanted = _drawn(pools["train"], np.random.default_rng([seed, step]))
        loss = (network(inputs) - wanted).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            best = _kept(network, pools["valid"], best, out)
            state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1}
            torch.save({**state, "schedule": schedule.state_dict(), "best": best}, checkpoint)
            print(f"step {step + 1}: train {float(loss) * learned.SCALE_DB:.3f} dB, valid {best:.3f} dB", flush=True)


def pool(songs: list[StemPowers], draw: np.random.Generator, *, mixes: int = 6) -> tuple[Floats, Floats]:
    """(rows, 100) inputs and (rows, 31) wanted: some mixes of every song, each under three equalisers."""
    inputs, wanted = [], []
    for stems in songs:
        for _ in range(mixes):
            mix = MeantMix(stems, draw)
            for colour in colour_db(draw, 3):
                cut = int(draw.integers(16, BANDS)) if draw.random() < _CUT_SHARE else BANDS
                inputs.append(mix.spoilt(colour, cut))
                wanted.append(mix.wanted())
    return np.stack(inputs), np.stack(wanted).astype(np.float32)


def _drawn(pool: tuple[Floats, Floats], draw: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Rows of the pool under one more equaliser: what moves and rises stays, the balance changes."""
    rows = draw.integers(len(pool[0]), size=_ROWS)
    inputs = pool[0][rows].copy()
    inputs[:, :FEATURES] = recoloured(inputs[:, :FEATURES], colour_db(draw, _ROWS, most_db=4.0))
    return torch.from_numpy(inputs), torch.from_numpy(pool[1][rows])


def _kept(network: TargetNetwork, held: tuple[Floats, Floats], best: float, out: Path) -> float:
    inputs, wanted = (torch.from_numpy(part) for part in held)
    with torch.no_grad():
        apart = (network(inputs) - wanted).abs()[:, 2 : BANDS - 1]
    found = float(apart.mean()) * learned.SCALE_DB
    if found < best:
        digest = tensors.write(out, network.state_dict())
        print(f"valid {found:.3f} dB, weights {digest}", flush=True)
    return min(best, found)


def _some(count: int, draw: np.random.Generator | None) -> list[int]:
    if draw is None or count < 3 or draw.random() < 0.5:
        return list(range(count))
    return sorted(draw.choice(count, int(draw.integers(2, count + 1)), replace=False).tolist())


if __name__ == "__main__":
    main()
