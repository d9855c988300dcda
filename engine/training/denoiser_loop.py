"""The training loop of the denoiser: seeded, with checkpoints it goes on from; the running average is what is kept."""

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from engine.denoise.mask_features import FeatureState, band_edges, bins_to_bands
from engine.denoise.mask_network import MaskNetwork
from engine.training.denoiser_mix import Mix, Mixer, Spectra

ROWS: Final = 8
SECONDS: Final = 3.0
LEARNING_RATE: Final = 1.5e-3
WARM_UP_STEPS: Final = 100
DECAY_SHARE: Final = 0.25  # of all steps, at the end: the rate falls to zero
AVERAGE_DECAY: Final = 0.995
GRADIENT_NORM_MAX: Final = 2.0
COMPRESSION: Final = 0.3
ERROR_FLOOR: Final = 1e-3  # of the clean energy: nothing is gained beyond 30 dB
CHECK_EVERY: Final = 200

Tell = Callable[[str], None]


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

    def run(self, mixer: Mixer, valid: Mix, *, tell: Tell, keep: Callable[[MaskNetwork], object]) -> None:
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
        loss = loss_of(self.network, mix)
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


def gains_of(network: MaskNetwork, noisy: Spectra) -> Tensor:
    """Gain of every bin: (rows, frames, bins)."""
    bands = bins_to_bands(np.square(np.abs(noisy)).transpose(1, 0, 2))
    features = torch.from_numpy(FeatureState(len(noisy)).features(bands).transpose(1, 2, 0, 3).copy())
    gains, _ = network(features, network.first_state(len(noisy)))
    return torch.repeat_interleave(gains, torch.from_numpy(np.diff(band_edges())), dim=2)


def loss_of(network: MaskNetwork, mix: Mix) -> Tensor:
    """Error of the compressed magnitudes, and the signal-to-noise ratio of what comes out (in tens of dB)."""
    clean, noisy = torch.from_numpy(mix.clean), torch.from_numpy(mix.noisy)
    heard = gains_of(network, mix.noisy) * noisy
    wanted = (clean.abs() + 1e-5) ** COMPRESSION
    got = (heard.abs() + 1e-5) ** COMPRESSION
    scale = ((noisy.abs() + 1e-5) ** (2 * COMPRESSION)).mean(dim=(1, 2))
    shape = ((wanted - got) ** 2).mean(dim=(1, 2)) / scale
    energy = clean.abs().square().sum(dim=(1, 2))
    error = (clean - heard).abs().square().sum(dim=(1, 2))
    ratio = torch.log10((error + ERROR_FLOOR * energy + 1e-6) / (energy + 1e-6))
    return (4 * shape + torch.where(energy > 0, ratio, 0.0)).mean()


@torch.no_grad()
def measure(network: MaskNetwork, mix: Mix) -> str:
    """Mean SNR of noisy rows before and after, and of clean rows after, dB."""
    gains = gains_of(network, mix.noisy).numpy()
    energy, error = _energies(mix.clean), _energies((mix.clean - gains * mix.noisy).astype(np.complex64))
    before = _energies(mix.clean - mix.noisy)
    dirty, clean = (before > 0) & (energy > 0), (before == 0) & (energy > 0)
    after_db = 10 * np.log10(energy / np.maximum(error, 1e-9) + 1e-9)
    before_db = 10 * np.log10(energy / np.maximum(before, 1e-9) + 1e-9)
    return (
        f"noisy {before_db[dirty].mean():.2f} -> {after_db[dirty].mean():.2f} dB, clean in {after_db[clean].mean():.2f}"
    )


def _energies(spectra: Spectra) -> np.ndarray[Any, Any]:
    return np.asarray(np.square(np.abs(spectra)).sum(axis=(1, 2), dtype=np.float64))
