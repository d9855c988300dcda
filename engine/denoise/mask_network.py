"""The learned denoiser's network: features of 256 bands to one gain a band, causal, with its state passed along."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

from engine.denoise.mask_features import BANDS, FEATURES

_WIDTHS: Final = (24, 32, 32)  # channels after each convolution
_STRIDES: Final = (4, 2, 2)  # bands each one joins
_ACROSS: Final = (8, 5, 5)  # bands each one sees
_BEFORE: Final = (2, 2, 2)  # of those, below the first it joins
_HIDDEN: Final = 192


@dataclass(slots=True)
class MaskState:
    """What one portion of frames hands to the next: the last frame before each convolution, and the two GRUs."""

    frames: list[Tensor]
    upper: Tensor
    lower: Tensor


class MaskNetwork(nn.Module):
    """Convolutions gather the bands, two GRUs remember, mirrored convolutions bring the bands back.

    Skips carry the fine structure (partials), the GRUs what kind of noise this is.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (FEATURES, *_WIDTHS)
        self.down = nn.ModuleList(
            nn.Conv2d(wide, wider, (2, across), stride=(1, stride), padding=(0, before))
            for (wide, wider), across, stride, before in zip(pairwise(widths), _ACROSS, _STRIDES, _BEFORE, strict=True)
        )
        self.rows = BANDS // 16
        flat = _WIDTHS[-1] * self.rows
        self.upper = nn.GRU(flat, _HIDDEN, batch_first=True)
        self.lower = nn.GRU(_HIDDEN, _HIDDEN, batch_first=True)
        self.spread = nn.Linear(_HIDDEN, flat)
        self.up = nn.ModuleList(
            [
                nn.ConvTranspose2d(32, 32, (1, 4), stride=(1, 2), padding=(0, 1)),
                nn.ConvTranspose2d(32, 24, (1, 4), stride=(1, 2), padding=(0, 1)),
                nn.ConvTranspose2d(24, 1, (1, 8), stride=(1, 4), padding=(0, 2)),
            ]
        )
        self.direct = nn.Conv2d(FEATURES, 1, (1, 5), padding=(0, 2))
        nn.init.constant_(self.direct.bias, 2.0)  # type: ignore[arg-type] # begins by letting nearly all through

    def first_state(self, channels: int) -> MaskState:
        """Silence before the beginning."""
        shapes = ((FEATURES, BANDS), (_WIDTHS[0], BANDS // 4), (_WIDTHS[1], BANDS // 8))
        return MaskState(
            frames=[torch.zeros(channels, width, 1, rows) for width, rows in shapes],
            upper=torch.zeros(1, channels, _HIDDEN),
            lower=torch.zeros(1, channels, _HIDDEN),
        )

    def forward(self, features: Tensor, state: MaskState) -> tuple[Tensor, MaskState]:
        """(channels, FEATURES, frames, BANDS) -> gains (channels, frames, BANDS) in 0..1, and the state after them."""
        kept, now, skips = [], features, []
        for before, convolution in zip(state.frames, self.down, strict=True):
            joined = torch.cat([before, now], dim=2)  # (channels, width, 1 + frames, rows)
            kept.append(joined[:, :, -1:])
            now = torch.relu(convolution(joined))
            skips.append(now)
        channels, width, frames, rows = now.shape
        remembered, upper = self.upper(now.permute(0, 2, 1, 3).reshape(channels, frames, width * rows), state.upper)
        again, lower = self.lower(remembered, state.lower)
        now = self.spread(remembered + again).reshape(channels, frames, width, rows).permute(0, 2, 1, 3)
        for index, convolution in enumerate(self.up):
            now = convolution(torch.relu(now) + skips[-1 - index])
        gains = torch.sigmoid(now + self.direct(features))[:, 0]  # (channels, frames, BANDS)
        return gains, MaskState(frames=kept, upper=upper, lower=lower)
