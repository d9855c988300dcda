"""Train the map of timbres on notes of the library's banks, or measure it on a bank it has never heard.

python -m engine.training timbre [--cache FOLDER] [--out FILE] [--epochs N]
python -m engine.training score timbre --data BANK.sf2
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.timbre.timbre_network import LATENT, TimbreNetwork, condition_of, scaled
from engine.training import note_data, timbre_notes
from engine.training.timbre_notes import Notes
from engine.weights import tensors

SEED: Final = 48
EPOCHS: Final = 150
PAIRS: Final = 96
RATE: Final = 1.5e-3
_KL, _SPREAD = 2e-4, 0.02
_HEARD_DB = 30.0  # a level this far down counts half
Tell = Callable[[str], None]


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="engine.training timbre", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("var/timbre"))
    parser.add_argument("--out", type=Path, default=tensors.path_of("timbre-map-1"))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    banks = [timbre_notes.read(bank, options.cache, _tell) for bank in note_data.banks(options.cache)]
    network = train(banks, seed=options.seed, epochs=options.epochs, kept=options.cache / "checkpoint.pt", tell=_tell)
    state = network.state_dict() | map_of(network, banks)
    _tell(f"sha256 {tensors.write(options.out, state)}")


def train(banks: list[Notes], *, seed: int, epochs: int, kept: Path, tell: Tell) -> TimbreNetwork:
    """Train from the start, or go on where `kept` stopped; the best of the test notes' epochs is returned."""
    torch.manual_seed(seed)
    network = TimbreNetwork()
    adam = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(adam, epochs)
    done, best, best_state = 0, float("inf"), network.state_dict()
    if kept.exists():
        found = torch.load(kept, weights_only=True)
        network.load_state_dict(found["network"])
        adam.load_state_dict(found["adam"])
        plan.load_state_dict(found["plan"])
        done, best, best_state = found["done"], found["best"], found["best_state"]
    seen, unseen = _joined(banks, test=False), _joined(banks, test=True)
    for epoch in range(done, epochs):
        draw = np.random.default_rng([seed, epoch])
        loss = _epoch(network, adam, seen, draw)
        plan.step()
        if epoch % 10 == 9 or epoch == epochs - 1:
            error = _test_error(network, seen, unseen)
            if error < best:
                best, best_state = error, {name: value.clone() for name, value in network.state_dict().items()}
            state = {"network": network.state_dict(), "adam": adam.state_dict(), "plan": plan.state_dict()}
            torch.save(state | {"done": epoch + 1, "best": best, "best_state": best_state}, kept)
            tell(f"epoch {epoch + 1}: loss {loss:.4f}, unseen notes {error:.3f} dB, best {best:.3f} dB")
    network.load_state_dict(best_state)
    return network


def map_of(network: TimbreNetwork, banks: list[Notes]) -> dict[str, Tensor]:
    """Where instruments lie: (banks, PROGRAMS, LATENT) means, and (banks, PROGRAMS, 2) of them on a plane."""
    places = torch.zeros(len(banks), timbre_notes.PROGRAMS, LATENT)
    with torch.no_grad():
        for index, notes in enumerate(banks):
            latent = network.encode(*_inputs(notes))[0]
            for program in range(timbre_notes.PROGRAMS):
                chosen = torch.from_numpy(notes.programs == program)
                if chosen.any():
                    places[index, program] = latent[chosen].mean(dim=0)
    flat = places.reshape(-1, LATENT)
    centre = flat.mean(dim=0)
    _, _, axes = torch.linalg.svd(flat - centre, full_matrices=False)
    plane = (flat - centre) @ axes[:2].T
    plane = plane / plane.abs().amax(dim=0)
    return {"map_latent": places, "map_plane": plane.reshape(len(banks), -1, 2)}


def _epoch(network: TimbreNetwork, adam: torch.optim.Optimizer, seen: "_Pool", draw: np.random.Generator) -> float:
    network.train()
    losses = []
    for first, second in seen.pairs(draw):
        sheet, condition = seen.sheets[first], seen.conditions[first]
        mean, log_variance = network.encode(sheet, condition)
        latent = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
        made, spread = network.decode(latent, seen.conditions[second])
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
        loss = (
            _difference(made, seen.sheets[second])
            + _KL * divergence
            + _SPREAD * (spread - seen.spreads[second]).abs().mean()
        )
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adam.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def _difference(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of levels, those that are heard best counting most."""
    heard = 0.05 + torch.exp2((torch.maximum(made.detach(), wanted) - 1) * 45 / _HEARD_DB)
    return ((made - wanted).abs() * heard).sum() / heard.sum()


def _test_error(network: TimbreNetwork, seen: "_Pool", unseen: "_Pool") -> float:
    """Levels of unseen notes told from another note of their instrument, mean absolute difference, dB."""
    network.eval()
    draw = np.random.default_rng(0)
    given = torch.from_numpy(np.array([draw.choice(seen.places[int(i)]) for i in unseen.instruments]))
    with torch.no_grad():
        latent, _ = network.encode(seen.sheets[given], seen.conditions[given])
        made, _ = network.decode(latent, unseen.conditions)
        return float(_difference(made, unseen.sheets)) * 45


class _Pool:
    """Notes of several banks as tensors; an instrument is a program of one bank."""

    def __init__(self, parts: list[Notes]) -> None:
        both = [_inputs(notes) for notes in parts]
        self.sheets = torch.cat([sheets for sheets, _ in both])
        self.conditions = torch.cat([conditions for _, conditions in both])
        self.spreads = torch.cat([torch.from_numpy(notes.spreads.astype(np.float32)) * 1000 for notes in parts])
        self.instruments = np.concatenate([notes.programs + 1000 * bank for bank, notes in enumerate(parts)])
        self.places = {int(i): np.flatnonzero(self.instruments == i) for i in np.unique(self.instruments)}

    def pairs(self, draw: np.random.Generator) -> list[tuple[Tensor, Tensor]]:
        """Every note once, each with a note of its instrument (now and then itself), in batches."""
        order = draw.permutation(len(self.instruments))
        partners = np.array([draw.choice(self.places[int(self.instruments[i])]) for i in order])
        cuts = range(0, len(order), PAIRS)
        return [(torch.from_numpy(order[c : c + PAIRS]), torch.from_numpy(partners[c : c + PAIRS])) for c in cuts]


def _joined(banks: list[Notes], *, test: bool) -> _Pool:
    return _Pool([notes.of(timbre_notes.is_test(notes) == test) for notes in banks])


def _inputs(notes: Notes) -> tuple[Tensor, Tensor]:
    sheets = scaled(torch.from_numpy(notes.sheets.astype(np.float32)))
    pitches = torch.from_numpy(notes.pitches.astype(np.float32))
    return sheets, condition_of(pitches, torch.from_numpy(notes.velocities.astype(np.float32)))


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
