"""The network that puts chords under a melody, half bar by half bar.

A bidirectional GRU reads the whole melody; a second GRU walks along and knows the chords it has put so far. The product
of its single choices is the exact likelihood of a harmonisation, P(chords | melody).

Source: the task is HARMONET's (Hild, Feulner and Menzel, NIPS 1991) and that of Y.-C. Yeh et al., "Automatic melody
harmonization with triad chords", Journal of New Music Research, 2021; the network is our own.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.recommend.chord_tokens import TOKENS
from engine.recommend.lead_sheet_grid import FEATURES

START = TOKENS  # what stands before the first chord


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Widths of the layers."""

    encoder: int = 64
    chord: int = 48
    decoder: int = 128
    head: int = 96


class LeadSheetNetwork(nn.Module):
    """P(chord of a half bar | melody, chords before), chords counted from the melody's home."""

    def __init__(self, sizes: Sizes = Sizes(), *, dropout: float = 0.3) -> None:
        super().__init__()
        self.encoder = nn.GRU(FEATURES, sizes.encoder, batch_first=True, bidirectional=True)
        self.chord = nn.Embedding(TOKENS + 1, sizes.chord)
        seen = 2 * sizes.encoder + FEATURES
        self.decoder = nn.GRU(seen + sizes.chord, sizes.decoder, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(sizes.decoder + seen + sizes.chord, sizes.head),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(sizes.head, TOKENS),
        )
        self.drop = nn.Dropout(dropout)

    def read(self, melody: Tensor) -> Tensor:
        """(batch, places, FEATURES) to what is known of every half bar, (batch, places, 2 * encoder + FEATURES)."""
        return torch.cat([self.drop(self.encoder(melody)[0]), melody], 2)

    def walk(self, known: Tensor, before: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits (batch, places, 157) of each chord given the one before it (batch, places) int64, and the state."""
        seen = torch.cat([known, self.drop(self.chord(before))], 2)
        walked, state = self.decoder(seen, state)
        return self.head(torch.cat([self.drop(walked), seen], 2)), state

    def forward(self, melody: Tensor, chords: Tensor) -> Tensor:
        """ln P of every token in every half bar, the true chords before it known: (batch, places, 157) float32."""
        before = nn.functional.pad(chords[:, :-1], (1, 0), value=START)
        return self.walk(self.read(melody), before)[0].log_softmax(2)
