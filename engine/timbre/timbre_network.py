"""A map of timbres: a sound's levels to sixteen numbers, and from these back to levels at any pitch and touch.

The network is a variational autoencoder (D. Kingma and M. Welling, "Auto-encoding variational Bayes", ICLR 2014). It
is shown one note of an instrument and asked for another, so the sixteen numbers come to stand for the instrument and
not for the note. The task is NSynth's (J. Engel et al., "Neural audio synthesis of musical notes with WaveNet
autoencoders", ICML 2017); what is learnt is partials and noise, not samples, and phase is never guessed.
"""

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from engine.timbre.tone import BANDS, FLOOR_DB, PARTIALS, TIMES_S

LATENT: Final = 16
COLUMNS: Final = PARTIALS + BANDS
_TIMES: Final = len(TIMES_S)
_CONDITION: Final = 8
_TIME: Final = 8
_WIDTH: Final = 192


class TimbreNetwork(nn.Module):
    """Sheets are (batch, times, COLUMNS) in [-1, 1]: FLOOR_DB to 0 dB under the note's own level."""

    times: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.frame_in = nn.Linear(COLUMNS, 48)
        self.encoder = nn.Sequential(
            nn.Linear(_TIMES * 48 + _CONDITION, 256),
            nn.ReLU(),
            nn.Linear(256, 128),
            nn.ReLU(),
            nn.Linear(128, 2 * LATENT),
        )
        self.whole = nn.Sequential(
            nn.Linear(LATENT + _CONDITION, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, _WIDTH), nn.ReLU()
        )
        self.frame_out = nn.Sequential(
            nn.Linear(_WIDTH + _TIME, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, COLUMNS)
        )
        self.spread = nn.Linear(_WIDTH, 1)
        self.register_buffer("times", _time_features(), persistent=False)

    def encode(self, sheet: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, LATENT) means and logarithms of variances."""
        frames = torch.relu(self.frame_in(sheet)).flatten(1)  # (batch, times * 48)
        mean, log_variance = self.encoder(torch.cat([frames, condition], dim=1)).chunk(2, dim=1)
        return mean, log_variance.clamp(-8.0, 4.0)

    def decode(self, latent: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, times, COLUMNS) sheets, and (batch,) spreads in thousandths."""
        whole = self.whole(torch.cat([latent, condition], dim=1))  # (batch, WIDTH)
        times = self.times.expand(len(whole), -1, -1)  # (batch, times, TIME)
        each = whole[:, None].expand(-1, times.shape[1], -1)
        return self.frame_out(torch.cat([each, times], dim=2)), self.spread(whole)[:, 0]


def condition_of(pitch_midi: Tensor, velocity: Tensor) -> Tensor:
    """(batch, 8) what a note is asked for: pitch on several scales, touch, and how many partials can be heard."""
    height = (pitch_midi - 60) / 24
    touch = (velocity - 80) / 40
    top = torch.log2(22_050 / (440 * 2 ** ((pitch_midi - 69) / 12)) / PARTIALS)
    waves = [torch.sin(height * k) for k in (2.0, 4.0, 8.0)]
    return torch.stack([height, height**2, *waves, touch, touch * height, top / 3], dim=1)


def scaled(sheet_db: Tensor) -> Tensor:
    """dB under the note's level to [-1, 1]."""
    return (sheet_db.clamp(FLOOR_DB, 0.0) - FLOOR_DB) / (-FLOOR_DB / 2) - 1


def unscaled(sheet: Tensor) -> Tensor:
    """The inverse of `scaled`."""
    return (sheet.clamp(-1.0, 1.0) + 1) * (-FLOOR_DB / 2) + FLOOR_DB


def _time_features() -> Tensor:
    seconds = torch.from_numpy(TIMES_S.astype(np.float32))
    late = torch.log(seconds + 0.005)
    waves = [torch.sin(late * k) for k in (0.7, 1.4, 2.8)]
    features = [seconds / 3, late / 3, torch.exp(-seconds * 3), torch.exp(-seconds * 30), *waves, torch.ones_like(late)]
    return torch.stack(features, dim=1)[None]
