"""The learned denoiser's network: features of 256 bands to one gain a band, causal, with its state passed along."""

import itertools
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from engine.denoise.mask_features import BANDS, FEATURES

_WIDTHS: Final = (16, 24, 32, 32)  # channels after each halving of the bands
_ACROSS: Final = 5  # bands a convolution sees
_HIDDEN: Final = 192


@dataclass(slots=True)
class MaskState:
    """What one portion of frames hands to the next: the last frame before each convolution, and the two GRUs."""

    frames: list[Tensor]
    upper: Tensor
    lower: Tensor


class MaskNetwork(nn.Module):
    """Convolutions over bands halve them four times, two GRUs remember, mirrored convolutions bring the bands back.

    Skips carry the fine structure (partials), the GRUs what kind of noise this is.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (FEATURES, *_WIDTHS)
        self.down = nn.ModuleList(
            nn.Conv2d(wide, wider, (2, _ACROSS), stride=(1, 2), padding=(0, _ACROSS // 2))
            for wide, wider in itertools.pairwise(widths)
        )
        flat = _WIDTHS[-1] * BANDS >> len(_WIDTHS)
        self.upper = nn.GRU(flat, _HIDDEN, batch_first=True)
        self.lower = nn.GRU(_HIDDEN, _HIDDEN, batch_first=True)
        self.spread = nn.Linear(_HIDDEN, flat)
        narrower = (*_WIDTHS[-2::-1], 8)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(wide, narrow, (1, 4), stride=(1, 2), padding=(0, 1))
            for wide, narrow in zip(_WIDTHS[::-1], narrower, strict=True)
        )
        self.last = nn.Conv2d(8 + FEATURES, 8, (1, _ACROSS), padding=(0, _ACROSS // 2))
        self.gain = nn.Conv2d(8, 1, (1, 1))
        self.rows = flat // _WIDTHS[-1]
        nn.init.constant_(self.gain.bias, 2.0)  # type: ignore[arg-type] # begins by letting nearly everything through

    def first_state(self, channels: int) -> MaskState:
        """Silence before the beginning."""
        bands = [BANDS >> index for index in range(len(_WIDTHS))]
        widths = (FEATURES, *_WIDTHS[:-1])
        return MaskState(
            frames=[torch.zeros(channels, width, 1, count) for width, count in zip(widths, bands, strict=True)],
            upper=torch.zeros(1, channels, _HIDDEN),
            lower=torch.zeros(1, channels, _HIDDEN),
        )

    def forward(self, features: Tensor, state: MaskState) -> tuple[Tensor, MaskState]:
        """(channels, FEATURES, frames, BANDS) -> gains (channels, frames, BANDS) in 0..1, and the state after them."""
        kept, now, skips = [], features, []
        for index, convolution in enumerate(self.down):
            joined = torch.cat([state.frames[index], now], dim=2)  # (channels, width, 1 + frames, bands)
            kept.append(joined[:, :, -1:])
            now = nn.functional.elu(convolution(joined))
            skips.append(now)
        channels, width, frames, rows = now.shape
        remembered, upper = self.upper(now.permute(0, 2, 1, 3).reshape(channels, frames, width * rows), state.upper)
        again, lower = self.lower(remembered, state.lower)
        now = self.spread(remembered + again).reshape(channels, frames, width, rows).permute(0, 2, 1, 3)
        for index, convolution in enumerate(self.up):
            now = nn.functional.elu(convolution(now + skips[-1 - index]))
        now = nn.functional.elu(self.last(torch.cat([now, features], dim=1)))
        return torch.sigmoid(self.gain(now)[:, 0]), MaskState(frames=kept, upper=upper, lower=lower)
