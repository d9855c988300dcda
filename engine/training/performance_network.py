"""The network behind `performance`, in torch, to be trained; see its twin, `engine.recommend.performance_network`."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.recommend.performance_features import FEATURES
from engine.recommend.performance_network import AFTER_BARS, BEFORE_BARS, LOG_SPREAD_HIGH, LOG_SPREAD_LOW

WIDTH: Final = 80
BAR_WIDTH: Final = 48
KERNEL: Final = 3


class Neighbours(nn.Module):
    """Adds to each note what its neighbours at one distance say."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.conv = nn.Conv1d(WIDTH, WIDTH, KERNEL, padding=dilation, dilation=dilation)

    def forward(self, notes: Tensor) -> Tensor:
        """(B, N, WIDTH) to the same."""
        heard = self.conv(self.norm(notes).transpose(1, 2)).transpose(1, 2)
        mixed: Tensor = notes + functional.dropout(functional.gelu(heard), 0.1, self.training)
        return mixed


class PerformanceTwin(nn.Module):
    """Features and bars to the mean velocity of each note, and the logarithm of its spread, in VELOCITY_SPANs."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(FEATURES, WIDTH)
        self.before = nn.ModuleList(Neighbours(dilation) for dilation in BEFORE_BARS)
        self.bars = nn.GRU(WIDTH, BAR_WIDTH, batch_first=True, bidirectional=True)
        self.from_bars = nn.Linear(2 * BAR_WIDTH, WIDTH)
        self.after = nn.ModuleList(Neighbours(dilation) for dilation in AFTER_BARS)
        self.norm = nn.LayerNorm(WIDTH)
        self.leave = nn.Linear(WIDTH, 2)

    def forward(self, seen: Tensor, bar: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log spread of every note.

        Parameters
        ----------
        seen : (B, N, FEATURES) float32
        bar : (B, N) int64, from 0
        """
        notes = functional.gelu(self.enter(seen))
        for layer in self.before:
            notes = layer(notes)
        notes = notes + self._of_bars(notes, bar)
        for layer in self.after:
            notes = layer(notes)
        mean, log_spread = self.leave(self.norm(notes)).unbind(-1)
        return mean, log_spread.clamp(LOG_SPREAD_LOW, LOG_SPREAD_HIGH)

    def _of_bars(self, notes: Tensor, bar: Tensor) -> Tensor:
        where = bar[..., None].expand(-1, -1, WIDTH)
        shape = (len(notes), int(bar.max()) + 1, WIDTH)
        total = torch.zeros(shape).scatter_add(1, where, notes)
        count = torch.zeros(shape[:2]).scatter_add(1, bar, torch.ones_like(bar, dtype=notes.dtype))
        context, _ = self.bars(total / count.clamp(min=1)[..., None])
        told = self.from_bars(functional.dropout(context, 0.1, self.training))
        at_notes: Tensor = told.gather(1, where)
        return at_notes
