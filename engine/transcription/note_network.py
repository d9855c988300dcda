"""The note network: from posteriors and spectra to onsets, sounding, offsets and velocity of every key in every frame.

A small convolutional network on the grid of frames and keys. Keys an octave, a twelfth, ... away are brought to the
same place before each mixing, so that an overtone can be told from a note of its own.
"""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.transcription.features import CHANNELS
from engine.transcription.posteriors import KEYS

HARMONICS: Final = (-24, -19, -12, 12, 19, 24, 28)  # semitones
_PAD: Final = 28
WIDTH: Final = 32
OUTPUTS: Final = ("onset", "sounding", "offset", "velocity")
CONTEXT_FRAMES: Final = 20  # how far an output reaches into past and future


class _Mix(nn.Module):
    """Every key with its harmonic relations: (B, C, T, 88) to (B, W, T, 88)."""

    def __init__(self, own: int, related: int, width: int) -> None:
        super().__init__()
        self.related = related
        self.own = nn.Conv2d(own, width, 1)
        self.far = nn.Conv2d(related * len(HARMONICS), width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        padded = functional.pad(x[:, : self.related], (_PAD, _PAD))
        shifted = [padded[..., _PAD + shift : _PAD + shift + KEYS] for shift in HARMONICS]
        mixed: Tensor = self.own(x) + self.far(torch.cat(shifted, dim=1))
        return mixed


class _Block(nn.Module):
    """A residual step that looks along time (dilated) and to the neighbouring keys."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width)
        self.conv = nn.Conv2d(width, width, (3, 3), padding=(dilation, 1), dilation=(dilation, 1))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.conv(functional.relu(self.norm(x)))
        return y


class NoteNetwork(nn.Module):
    """Logits of onset, sounding and offset, and the velocity 0..1, of 88 keys."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.entry = _Mix(CHANNELS + 2, CHANNELS + 2, width)
        self.early = nn.ModuleList([_Block(width, dilation) for dilation in (1, 2)])
        self.middle = _Mix(width, width // 2, width)
        self.late = nn.ModuleList([_Block(width, dilation) for dilation in (1, 4, 8, 2)])
        self.norm = nn.BatchNorm2d(width)
        self.out = nn.Conv2d(width, len(OUTPUTS), (3, 1), padding=(1, 0))

    def forward(self, keys: Tensor, levels: Tensor) -> Tensor:
        """keys (B, T, 88, CHANNELS), levels (B, T, BANDS, 2) to (B, 4, T, 88)."""
        x = torch.cat([keys, levels[:, :, :KEYS]], dim=3).permute(0, 3, 1, 2)  # (B, C, T, 88)
        x = self.entry(x)
        for block in self.early:
            x = block(x)
        x = x + self.middle(functional.relu(x))
        for block in self.late:
            x = block(x)
        y: Tensor = self.out(functional.relu(self.norm(x)))
        return y


def parameter_count(network: nn.Module) -> int:
    """Number of weights."""
    return sum(values.numel() for values in network.parameters())


def from_arrays(arrays: dict[str, Any]) -> NoteNetwork:
    """A network with the given weights, ready to hear."""
    network = NoteNetwork()
    network.load_state_dict({name: torch.from_numpy(values) for name, values in arrays.items()})
    return network.eval()
