"""The chorale harmoniser as it is trained, in float32; `engine.recommend.chorale_network` runs the same sums exactly.

A bidirectional GRU reads the whole melody. A second GRU walks over the grid and knows, at each step, the melody there
and what the lower voices sounded one step ago; from its state the bass is drawn, then the tenor given the bass, then
the alto given both. The factorisation is exact, so the likelihood of a harmonisation is a product of single draws.

Intervals are seen beside pitches, going in and coming out, so that what is learned in one key holds in all.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.recommend.chorale_grid import (
    FIRST_PITCH,
    INTERVALS,
    LEVELS,
    LOWER_VOICES,
    MELODY_SYMBOLS,
    SOUNDS,
    TOKENS,
    interval_tables,
    pair_index,
)


class Batch(NamedTuple):
    """Chorales of about one length, all int64; the lower voices in the order in which they are drawn.

    tune, melody, motion, levels : (batch, steps) MIDI numbers, melody symbols, motion symbols, metrical weight
    pitches, sounds : (batch, 3, steps) MIDI numbers, sounds of the voice
    now, before : (batch, 3, steps) intervals of the tune to the voice at this step, and to the voice one step ago
    tokens : (batch, 3, steps) what the voice does, PADDING beyond the end
    """

    tune: Tensor
    melody: Tensor
    motion: Tensor
    levels: Tensor
    pitches: Tensor
    sounds: Tensor
    now: Tensor
    before: Tensor
    tokens: Tensor


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
        wide, ranks = sizes.embedding, range(len(LOWER_VOICES))
        self.melody = nn.Embedding(MELODY_SYMBOLS, wide)
        self.motion = nn.Embedding(INTERVALS, wide)
        self.level = nn.Embedding(LEVELS, wide)
        self.interval = nn.Embedding(INTERVALS, wide)
        self.sound = nn.ModuleList(nn.Embedding(SOUNDS[voice], wide) for voice in LOWER_VOICES)
        self.encoder = nn.GRU(wide, sizes.encoder, batch_first=True, bidirectional=True)
        self.decoder = nn.GRU(2 * sizes.encoder + wide * (2 + 2 * len(ranks)), sizes.decoder, batch_first=True)
        seen = sizes.decoder + wide * (2 + 2 * len(ranks))
        self.hidden = nn.ModuleList(nn.Linear(seen + 2 * wide * rank, sizes.head) for rank in ranks)
        self.output = nn.ModuleList(nn.Linear(sizes.head, TOKENS[voice]) for voice in LOWER_VOICES)
        self.from_tune = nn.ModuleList(nn.Linear(sizes.head, INTERVALS) for _ in ranks)
        # One for every pair of a voice and one drawn before it: tenor-bass, alto-bass, alto-tenor.
        self.from_drawn = nn.ModuleList(nn.Linear(sizes.head, INTERVALS) for rank in ranks for _ in range(rank))
        self.drop = nn.Dropout(dropout)

    def forward(self, batch: Batch) -> list[Tensor]:
        """Logits of bass, tenor and alto, given what came before them: (batch, steps, tokens of the voice) float32."""
        tune = self.melody(batch.melody) + self.motion(batch.motion)  # (batch, steps, wide)
        place = self.level(batch.levels)
        read, _ = self.encoder(self.drop(tune + place))  # (batch, steps, 2 * encoder)
        now, before = self._seen(batch.sounds, batch.now), self._seen(_late(batch.sounds), batch.before)
        known = torch.cat([tune, place, *before], dim=2)
        state, _ = self.decoder(torch.cat([self.drop(read), self.drop(known)], dim=2))
        state = self.drop(state)
        logits = []
        for rank, hidden in enumerate(self.hidden):
            features = torch.cat([state, known, *now[: 2 * rank]], dim=2)
            logits.append(self._logits(rank, self.drop(torch.relu(hidden(features))), batch))
        return logits

    def _seen(self, sounds: Tensor, intervals: Tensor) -> list[Tensor]:
        """Of each voice its sound and its interval to the tune, each (batch, steps, wide)."""
        pairs = ((embed(sounds[:, rank]), self.interval(intervals[:, rank])) for rank, embed in enumerate(self.sound))
        return [feature for pair in pairs for feature in pair]

    def _logits(self, rank: int, hidden: Tensor, batch: Batch) -> Tensor:
        """A pitch is as likely as itself and its intervals to the tune and to the voices already drawn make it."""
        below_tune, above_drawn = (torch.from_numpy(table) for table in interval_tables(LOWER_VOICES[rank]))
        plain = self.output[rank](hidden)
        pitched = plain[..., FIRST_PITCH:] + self.from_tune[rank](hidden).gather(2, below_tune[batch.tune])
        for drawn in range(rank):
            pair = self.from_drawn[pair_index(rank, drawn)]
            pitched = pitched + pair(hidden).gather(2, above_drawn[batch.pitches[:, drawn]])
        return torch.cat([plain[..., :FIRST_PITCH], pitched], dim=2)


def _late(sounds: Tensor) -> Tensor:
    """One step late: at step t the walker knows what sounded at t - 1, and silence before the first."""
    return torch.cat([torch.zeros_like(sounds[:, :, :1]), sounds[:, :, :-1]], dim=2)
