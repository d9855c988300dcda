"""What is fitted after the network: how far it and each memory of the song are trusted, and how long chords last."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.arrays import Floats
from engine.recommend.chord_tokens import NO_CHORD
from engine.recommend.progression_model import BEATS_LISTED, PHRASE_BARS, guesses_of
from engine.recommend.progression_network import Piece, ProgressionNetwork
from engine.recommend.song_memory import CLASSES, KINDS, experts, recall
from engine.training.progression_places import places_of

STEPS: Final = 250
LEARNING_RATE: Final = 0.1
SHRINKAGE: Final = 1e-4


def fit_trust(network: ProgressionNetwork, pieces: Sequence[Piece]) -> Tensor:
    """(1 + KINDS, CLASSES) float32 that makes the chords of `pieces` likeliest; see `song_memory.blend`."""
    rights, classes = [], []
    for piece in pieces:
        guesses = guesses_of(network, [piece])[0]
        opinions = [experts(row, found) for row, found in zip(guesses, recall(piece), strict=True)]
        for step, token in places_of(piece):
            rows, each = opinions[step]
            rights.append(rows[:, token])
            classes.append(each)
    right, seen = torch.tensor(np.array(rights), dtype=torch.float32), torch.tensor(np.array(classes))
    trust = torch.zeros(1 + KINDS, CLASSES, requires_grad=True)
    optimiser = torch.optim.Adam([trust], lr=LEARNING_RATE)
    silent = (seen < 0).T
    for _ in range(STEPS):
        weights = trust.gather(1, seen.clamp(min=0).T).masked_fill(silent, -1e9).softmax(0)
        loss = -(weights * right.T).sum(0).clamp(min=1e-7).log().mean() + SHRINKAGE * trust.square().sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return trust.detach()


def count_lengths(pieces: Sequence[Piece], beats_per_bar: int) -> Floats:
    """(beats in four bars, 8) float32: shares of the chords begun there that last 1..8 beats, in songs of this bar."""
    counts = np.full((PHRASE_BARS * beats_per_bar, BEATS_LISTED), 0.01, np.float32)
    for piece in pieces:
        now = piece.origin
        for change in piece.changes:
            beats = change.beats or 1
            if piece.beats_per_bar == beats_per_bar and beats <= BEATS_LISTED and change.token != NO_CHORD:
                counts[now % len(counts), beats - 1] += 1
            now += beats
    shares: Floats = counts / counts.sum(1, keepdims=True)
    return shares
