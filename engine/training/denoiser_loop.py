"""The training loop of the denoiser: seeded, with checkpoints it goes on from; the running average is what is kept."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from engine.arrays import Floats
from engine.denoise.mask_features import FeatureState, band_edges, bins_to_bands
from engine.denoise.mask_network import MaskNetwork
from engine.training.denoiser_mix import Mix, Mixer, Spectra

ROWS: Final = 8
SECONDS: Final = 3.0
LEARNING_RATE: Final = 2e-3
WARM_UP_STEPS: Final = 50
DECAY_SHARE: Final = 0.25  # of all steps, at the end: the rate falls to zero
AVERAGE_DECAY: Final = 0.99
GRADIENT_NORM_MAX: Final = 2.0
COMPRESSION: Final = 0.3
SHAPE_WEIGHT: Final = 4.0  # of the compressed error against a tenfold of the ratio
ERROR_FLOOR: Final = 1e-3  # of the clean energy: nothing is gained beyond 30 dB
CHECK_EVERY: Final = 50

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """A mix as the loss sees it. Every bin of a band has the same gain g, so the error energy of a band is
    clean - 2 g shared + g^2 noisy, exactly; (rows, frames, bands) each, means over the bins of a band.
    """

    features: Tensor  # (rows, FEATURES, frames, bands)
    clean: Tensor  # |s|^2
    noisy: Tensor  # |y|^2
    shared: Tensor  # Re s* y
    sizes: Tensor  # bins of each band


class Trainer:
    """A network, its average and its optimiser, with a checkpoint on disk."""

    def __init__(self, checkpoint: Path, *, seed: int, steps: int) -> None:
        torch.manual_seed(seed)
        self.network, self.step, self.steps = MaskNetwork(), 0, steps
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
        self._checkpoint = checkpoint
        if checkpoint.exists():
            self._load(torch.load(checkpoint, weights_only=True))

    def run(self, mixer: Mixer, valid: Bands, *, tell: Tell, keep: Callable[[MaskNetwork], object]) -> None:
        """Train up to `steps`; after every `CHECK_EVERY` the average is measured and handed to `keep`."""
        started, losses = time.monotonic(), []
        while self.step < self.steps:
            losses.append(self._learn(mixer.draw(ROWS, seconds=SECONDS)))
            self.step += 1
            if self.step % CHECK_EVERY == 0 or self.step == self.steps:
                self._save()
                keep(self.average)
                spent, mean = time.monotonic() - started, float(np.mean(losses))
                tell(f"step {self.step} loss {mean:.4f} {measure(self.average, valid)}, {spent:.0f} s")
                losses = []

    def _learn(self, mix: Mix) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = LEARNING_RATE * rate(self.step, self.steps)
        loss = loss_of(self.network, bands_of(mix))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM_MAX)
        self.optimiser.step()
        self._follow()
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        for slow, fast in zip(self.average.parameters(), self.network.parameters(), strict=True):
            slow.lerp_(fast, 1 - decay)

    def _save(self) -> None:
        whole = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        aside = self._checkpoint.with_suffix(".part")
        torch.save(whole, aside)
        aside.replace(self._checkpoint)

    def _load(self, whole: dict[str, Any]) -> None:
        self.network.load_state_dict(whole["network"])
        self.average.load_state_dict(whole["average"])
        self.optimiser.load_state_dict(whole["optimiser"])
        self.step = whole["step"]


def rate(step: int, steps: int) -> float:
    """Share of the full learning rate: up, level, and down to zero over the last quarter."""
    return min(1.0, (step + 1) / WARM_UP_STEPS, (steps - step) / (DECAY_SHARE * steps))


def bands_of(mix: Mix) -> Bands:
    """Energies and features of a mix."""
    noisy = bins_to_bands(_power(mix.noisy))
    shared = bins_to_bands(mix.clean.real * mix.noisy.real + mix.clean.imag * mix.noisy.imag)
    features = FeatureState(len(noisy)).features(noisy.transpose(1, 0, 2)).transpose(1, 2, 0, 3)
    return Bands(
        features=torch.from_numpy(np.ascontiguousarray(features)),
        clean=torch.from_numpy(bins_to_bands(_power(mix.clean))),
        noisy=torch.from_numpy(noisy),
        shared=torch.from_numpy(shared),
        sizes=torch.from_numpy(np.diff(band_edges()).astype(np.float32)),
    )


def loss_of(network: MaskNetwork, bands: Bands) -> Tensor:
    """Error of the compressed magnitudes, and the signal-to-noise ratio of what comes out (in tens of dB)."""
    gains, _ = network(bands.features, network.first_state(len(bands.noisy)))
    wanted = (bands.clean + 1e-8) ** (COMPRESSION / 2)
    heard = (bands.noisy + 1e-8) ** (COMPRESSION / 2)
    got = (gains + 1e-4) ** COMPRESSION * heard
    shape = (bands.sizes.sqrt() * (wanted - got) ** 2).mean(dim=(1, 2))
    shape = shape / (bands.sizes.sqrt() * heard**2).mean(dim=(1, 2))
    energy, error = energies(bands, gains)
    ratio = torch.log10((error + ERROR_FLOOR * energy + 1e-6) / (energy + 1e-6))
    loss: Tensor = (SHAPE_WEIGHT * shape + torch.where(energy > 0, ratio, 0.0)).mean()
    return loss


def energies(bands: Bands, gains: Tensor) -> tuple[Tensor, Tensor]:
    """Energy of the clean rows, and of the difference that `gains` leave: (rows,) each."""
    error = bands.clean - 2 * gains * bands.shared + gains.square() * bands.noisy
    return (bands.clean * bands.sizes).sum(dim=(1, 2)), (error * bands.sizes).sum(dim=(1, 2))


@torch.no_grad()
def measure(network: MaskNetwork, bands: Bands) -> str:
    """Mean SNR of noisy rows before and after, and of clean rows after, dB."""
    gains, _ = network(bands.features, network.first_state(len(bands.noisy)))
    energy, error = energies(bands, gains)
    _, before = energies(bands, torch.ones_like(gains))
    dirty, clean = (before > 1e-4 * energy) & (energy > 0), (before <= 1e-4 * energy) & (energy > 0)
    after_db, before_db = (10 * torch.log10(energy / what.clamp(min=1e-6) + 1e-9) for what in (error, before))
    return (
        f"noisy {before_db[dirty].mean():.2f} -> {after_db[dirty].mean():.2f} dB, clean in {after_db[clean].mean():.2f}"
    )


def _power(spectra: Spectra) -> Floats:
    return np.asarray(np.square(spectra.real) + np.square(spectra.imag), dtype=np.float32)
