"""Trains the network that hears tracks and places them: `python -m engine.training mixing --data POP909 ...`.

Stems of songs are mis-mixed (any level, a random equaliser on each, some left out); the network gives back role,
level, place, send, compression and balance as they are meant (`mixing_intent`). Everything follows from the seed; a run
that was cut off goes on from the checkpoint beside `--out`.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from engine.analysis.band_powers import BANDS
from engine.arrays import Doubles, Floats
from engine.mastering.genres import levelled
from engine.mixing import listening
from engine.mixing.hearing import features, recoloured
from engine.mixing.styles import ROLES
from engine.timbre import sampler
from engine.training.mixing_data import StemPowers, prepared
from engine.training.mixing_intent import Traits, colour_db, intent, low_cut_db, traits
from engine.weights import tensors

_ALONE: Final = 128
_TOGETHER: Final = 160
_SONGS: Final = 32  # in a batch
_LEAST_DB: Final = -45.0  # bands fainter than this are not learned


class PlacesNetwork(nn.Module):
    """Tracks to places; `engine.mixing.listening.forward` is the same in arrays."""

    def __init__(self) -> None:
        super().__init__()
        self.alone_1 = nn.Linear(listening.INPUTS, _ALONE)
        self.alone_2 = nn.Linear(_ALONE, _ALONE)
        self.together_1 = nn.Linear(3 * _ALONE + listening.INPUTS, _TOGETHER)
        self.together_2 = nn.Linear(_TOGETHER, _TOGETHER)
        self.last = nn.Linear(_TOGETHER, listening.OUTPUTS)

    def forward(self, values: Tensor, there: Tensor) -> Tensor:
        """(songs, tracks, 101) and (songs, tracks, 1) 0 or 1 to (songs, tracks, 41)."""
        alone = torch.relu(self.alone_2(torch.relu(self.alone_1(values))))
        mean = (alone * there).sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True)
        most = (alone * there).amax(dim=1, keepdim=True)  # nothing is below 0
        common = torch.cat([mean, most], dim=2).expand(-1, values.shape[1], -1)
        hidden = torch.relu(self.together_1(torch.cat([alone, common, values], dim=2)))
        out = self.last(torch.relu(self.together_2(hidden)))
        return torch.cat([out[..., :-BANDS], out[..., -BANDS:] + values[..., :BANDS]], dim=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A song: what its stems are like, their features under equalisers, (equalisers, stems, 94), and meant balances."""

    traits: Traits
    told: Floats
    balance_db: Doubles


def main() -> None:
    """Train, write the best weights, print scores on the validation songs."""
    parser = argparse.ArgumentParser(prog="python -m engine.training mixing", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="POP909, a folder a song")
    parser.add_argument("--cache", type=Path, required=True, help="where band powers of stems are kept")
    parser.add_argument("--out", type=Path, default=tensors.path_of(listening.MODEL))
    parser.add_argument("--bank", type=Path, help="a SoundFont in place of the library's")
    parser.add_argument("--songs", type=int, default=330, help="of the training split, at most")
    parser.add_argument("--steps", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    bank = options.bank or sampler.default_bank()
    pools = {}
    for place, (split, most) in enumerate((("train", options.songs), ("valid", 24))):
        found = prepared(options.data, options.cache, split=split, seeds=range(1, 2), bank=bank, most=most)
        pools[split] = [pooled(stems, np.random.default_rng([options.seed, place, stems.song])) for stems in found]
    _train(PlacesNetwork(), pools, options.steps, options.seed, options.out)


def pooled(stems: StemPowers, draw: Generator, *, equalisers: int = 4) -> Pool:
    """Look at the stems as they are meant, and under equalisers."""
    powers = 10.0 ** (stems.middle.astype(np.float64) / 10) + 10.0 ** (stems.side.astype(np.float64) / 10)
    peaks = 10.0 ** (stems.peak.astype(np.float64) / 20)
    colours = colour_db(draw, equalisers, len(stems.roles), most_db=6.0)
    told = [features(powers * 10 ** (colour[:, np.newaxis] / 10), peaks) for colour in colours]
    song = traits(stems)
    meant = powers * 10 ** (low_cut_db(intent(song).low_cut_hz)[:, np.newaxis] / 10)
    plain = features(meant, peaks)[:, :BANDS].astype(np.float64) * listening.BALANCE_DB - listening.BALANCE_DB
    return Pool(traits=song, told=np.stack(told), balance_db=np.stack([levelled(row) for row in plain]))


def _train(network: PlacesNetwork, pools: dict[str, list[Pool]], steps: int, seed: int, out: Path) -> None:
    checkpoint, first, best = out.with_suffix(".checkpoint.pt"), 0, np.inf
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=3e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps + 1)
    if checkpoint.exists():
        state = torch.load(checkpoint)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        first, best = state["step"], state["best"]
    held = [batch(pools["valid"], np.random.default_rng([0, turn])) for turn in range(6)]
    for step in range(first, steps):
        values, there, wanted = batch(pools["train"], np.random.default_rng([seed, step]))
        loss = loss_of(network(values, there), there, wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            error, right = scored(network, held)
            if error < best:
                best = error
                print(f"weights {tensors.write(out, network.state_dict())}", flush=True)
            state = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1}
            torch.save({**state, "schedule": schedule.state_dict(), "best": best}, checkpoint)
            print(f"step {step + 1}: loss {float(loss):.3f}, valid {error:.3f} dB, roles {right:.1%}", flush=True)


def batch(pools: list[Pool], draw: Generator, *, songs: int = _SONGS) -> tuple[Tensor, Tensor, Tensor]:
    """(songs, tracks, 101) inputs, (songs, tracks, 1) which are there, (songs, tracks, 35) wanted."""
    tracks = len(ROLES)
    values = np.zeros((songs, tracks, listening.INPUTS), np.float32)
    there = np.zeros((songs, tracks, 1), np.float32)
    wanted = np.zeros((songs, tracks, 5 + BANDS), np.float32)
    for row in range(songs):
        song = pools[int(draw.integers(len(pools)))]
        kept = _some(len(song.traits.roles), draw)
        told = song.told[draw.integers(len(song.told), size=len(kept)), kept]
        told = recoloured(told, colour_db(draw, len(kept), most_db=3.0))
        meant = intent(song.traits.of(kept))
        columns = (
            meant.role, meant.level_lu / listening.LEVEL_LU, meant.away,
            meant.send_db / listening.SEND_DB + 1, meant.squeeze,
        )  # fmt: skip
        values[row, : len(kept)] = listening.inputs(told, song.traits.genre)
        there[row, : len(kept)] = 1
        wanted[row, : len(kept), :5] = np.stack(columns, axis=1)
        wanted[row, : len(kept), 5:] = song.balance_db[kept] / listening.BALANCE_DB + 1
    return torch.from_numpy(values), torch.from_numpy(there), torch.from_numpy(wanted)


def loss_of(out: Tensor, there: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute errors of all that is asked, and the roles' cross-entropy."""
    roles = len(ROLES)
    role = nn.functional.cross_entropy(
        out[..., :roles].reshape(-1, roles), wanted[..., 0].reshape(-1).long(), reduction="none"
    )
    places = (levels_apart(out, there, wanted) * 2).unsqueeze(2) + (
        out[..., roles + 1 : roles + 4] - wanted[..., 2:5]
    ).abs().sum(dim=2, keepdim=True)
    counts = (wanted[..., 5:] > _LEAST_DB / listening.BALANCE_DB + 1).float()
    balance = ((out[..., -BANDS:] - wanted[..., 5:]).abs() * counts).sum(dim=2, keepdim=True) / BANDS
    total = places + 0.3 * role.reshape(there.shape) + 2 * balance
    return (total * there).sum() / there.sum()


def levels_apart(out: Tensor, there: Tensor, wanted: Tensor) -> Tensor:
    """(songs, tracks) absolute errors of levels, means taken out, on the network's scale."""
    level = out[..., len(ROLES)]
    level = level - (level * there[..., 0]).sum(dim=1, keepdim=True) / there[..., 0].sum(dim=1, keepdim=True)
    return (level - wanted[..., 1]).abs()


def scored(network: PlacesNetwork, held: list[tuple[Tensor, Tensor, Tensor]]) -> tuple[float, float]:
    """Mean absolute error of the levels, dB, and share of roles that are right."""
    errors, rights, count = 0.0, 0.0, 0.0
    with torch.no_grad():
        for values, there, wanted in held:
            out = network(values, there)
            errors += float((levels_apart(out, there, wanted) * there[..., 0]).sum()) * listening.LEVEL_LU
            is_right = out[..., : len(ROLES)].argmax(dim=2) == wanted[..., 0].long()
            rights += float((is_right.float() * there[..., 0]).sum())
            count += float(there.sum())
    return errors / count, rights / count


def _some(count: int, draw: Generator) -> list[int]:
    if draw.random() < 0.5:
        return list(range(count))
    return sorted(draw.choice(count, int(draw.integers(1, count + 1)), replace=False).tolist())


if __name__ == "__main__":
    main()
