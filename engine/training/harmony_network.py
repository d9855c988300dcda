"""The chorale harmoniser as it is trained, in float32; `engine.recommend.chorale_network` runs the same sums exactly.

A bidirectional GRU reads the whole melody. A second GRU walks over the grid and knows, at each step, the melody there
and what the lower voices sounded one step ago; from its state the bass is drawn, then the tenor given the bass, then
the alto given both. The factorisation is exact, so the likelihood of a harmonisation is a product of single draws.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.recommend.chorale_grid import LEVELS, LOWER_VOICES, MELODY_SYMBOLS, SOUNDS, TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Widths of the layers."""

    embedding: int = 32
    encoder: int = 96
    decoder: int = 224
    head: int = 128


class HarmonyNetwork(nn.Module):
    """P(bass, tenor, alto | soprano) on a grid of sixteenths."""

    def __init__(self, sizes: Sizes = Sizes(), *, dropout: float = 0.3) -> None:
        super().__init__()
        wide = sizes.embedding
        self.melody = nn.Embedding(MELODY_SYMBOLS, wide)
        self.level = nn.Embedding(LEVELS, wide)
        self.encoder = nn.GRU(wide, sizes.encoder, batch_first=True, bidirectional=True)
        self.sound = nn.ModuleList(nn.Embedding(SOUNDS[voice], wide) for voice in LOWER_VOICES)
        self.decoder = nn.GRU(2 * sizes.encoder + wide * (len(LOWER_VOICES) + 2), sizes.decoder, batch_first=True)
        self.hidden = nn.ModuleList(
            nn.Linear(sizes.decoder + wide * (rank + 4), sizes.head) for rank in range(len(LOWER_VOICES))
        )
        self.output = nn.ModuleList(nn.Linear(sizes.head, TOKENS[voice]) for voice in LOWER_VOICES)
        self.drop = nn.Dropout(dropout)

    def forward(self, melody: Tensor, levels: Tensor, sounds: Tensor) -> list[Tensor]:
        """Logits of every draw, given what came before it.

        Parameters
        ----------
        melody : (batch, steps) int64 melody symbols
        levels : (batch, steps) int64 metrical weight
        sounds : (batch, 3, steps) int64, what bass, tenor and alto sound at each step (0 silence, 1.. pitches)

        Returns
        -------
        bass, tenor, alto: (batch, steps, tokens of the voice) float32
        """
        tune = self.melody(melody)  # (batch, steps, wide)
        place = self.level(levels)
        read, _ = self.encoder(self.drop(tune + place))  # (batch, steps, 2 * encoder)
        now = [embed(sounds[:, rank]) for rank, embed in enumerate(self.sound)]
        # One step late: at step t the walker knows what sounded at t - 1, and silence before the first.
        silent = torch.zeros_like(sounds[:, :, :1])
        late = torch.cat([silent, sounds[:, :, :-1]], dim=2)
        before = [embed(late[:, rank]) for rank, embed in enumerate(self.sound)]
        state, _ = self.decoder(torch.cat([self.drop(read), tune, place, *[self.drop(b) for b in before]], dim=2))
        state = self.drop(state)
        return [
            output(self.drop(torch.relu(hidden(torch.cat([state, tune, *before, *now[:rank]], dim=2)))))
            for rank, (hidden, output) in enumerate(zip(self.hidden, self.output, strict=True))
        ]
