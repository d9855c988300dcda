"""The network that knows which chord may come next; the same in every key by construction.

It hears intervals, never pitches: a chord as its root's distance from the root before; and wherever it looks back, it
is told how far the root it looks at lies from where it stands. A progression moved by any interval therefore has the
same likelihood, and what was learned in one key is known in all twelve.

Songs repeat their sections. Beside its own guess, the network can point at a chord of this song and say "that again";
it knows for this how many beats ago a chord began, so that a verse of sixteen bars finds its place in the one before.

Source: A. Vaswani et al., "Attention is all you need", 2017; C.-Z. A. Huang et al., "Music Transformer", ICLR 2019
(relative attention); S. Merity et al., "Pointer sentinel mixture models", ICLR 2017 (the pointer).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.recommend.chord_tokens import NO_CHORD, NO_ROOT, QUALITIES, TOKENS, Change, root_of

LENGTH_MAX: Final = 384  # chords that are looked back at
BEATS_UNKNOWN: Final = 0
BEATS_MAX: Final = 17  # longer chords count as this long
PLACES: Final = 8 * (4 + 6) + 1  # beats into eight bars of four, then of six; the last place is "unknown"
AGES: Final = 258  # distance in beats 0..255, farther, unknown
STEPS_BACK: Final = 64
KEYS: Final = 25  # where the root stands in a major key, in a minor key, or in an unknown one
_START: Final = len(QUALITIES) + 1
_BARS: Final = 8
_UNLIKELY: Final = -1e9
_NEVER: Final = 1e-9


class Batch(NamedTuple):
    """Progressions, each begun by a place without a chord; all int64.

    tokens : (batch, steps) the chord at each place; NO_CHORD at the first
    intervals, qualities, lengths, places, degrees : (batch, steps) what is known of each place, see `as_batch`
    anchors : (batch, steps) root from which the next one is measured, NO_ROOT before the first
    ends : (batch, steps) beat at which the chord of this place ends and the next begins, -1 where unknown
    targets : (batch, steps) the next chord's token, -100 after the last
    """

    tokens: Tensor
    intervals: Tensor
    qualities: Tensor
    lengths: Tensor
    places: Tensor
    degrees: Tensor
    anchors: Tensor
    ends: Tensor
    targets: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Chords of one piece as the network is shown them.

    tonic, is_minor : the key, where it is told
    beats_per_bar : 4, or 6 for twice three; others are unknown
    origin : beat on which the piece starts, >= 0; 0 is a downbeat
    """

    changes: tuple[Change, ...]
    tonic: int | None = None
    is_minor: bool = False
    beats_per_bar: int = 4
    origin: int = 0


def as_batch(pieces: Sequence[Piece]) -> Batch:
    """Pieces side by side, padded to the longest."""
    steps = 1 + max(len(piece.changes) for piece in pieces)
    shape = (len(pieces), steps)
    rows = {name: np.zeros(shape, np.int64) for name in Batch._fields}
    rows["targets"].fill(-100)
    rows["tokens"].fill(NO_CHORD)
    for index, piece in enumerate(pieces):
        for name, values in _columns(piece).items():
            rows[name][index, : len(values)] = values
    return Batch(**{name: torch.from_numpy(values) for name, values in rows.items()})


def _columns(piece: Piece) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {name: [] for name in Batch._fields}
    anchor = piece.tonic if piece.tonic is not None else NO_ROOT
    end: int | None = piece.origin
    for step in range(len(piece.changes) + 1):
        change = piece.changes[step - 1] if step else None
        token = change.token if change else NO_CHORD
        root, before = root_of(token), anchor
        if change is not None:
            end = None if end is None or change.beats is None else end + change.beats
        anchor = anchor if root == NO_ROOT else root
        found["tokens"].append(token)
        found["intervals"].append(NO_ROOT if NO_ROOT in (root, before) else (root - before) % 12)
        found["qualities"].append(_START if change is None else _quality(token))
        found["lengths"].append(BEATS_UNKNOWN if change is None else min(change.beats or BEATS_UNKNOWN, BEATS_MAX))
        found["places"].append(_place(end, piece.beats_per_bar))
        found["degrees"].append(_key(anchor, piece))
        found["anchors"].append(anchor)
        found["ends"].append(-1 if end is None else end)
    found["targets"] = [change.token for change in piece.changes]
    return found


def _quality(token: int) -> int:
    return len(QUALITIES) if token == NO_CHORD else token % len(QUALITIES)


def _place(end: int | None, beats_per_bar: int) -> int:
    if end is None or beats_per_bar not in (4, 6):
        return PLACES - 1
    return end % (_BARS * beats_per_bar) + (_BARS * 4 if beats_per_bar == 6 else 0)


def _key(anchor: int, piece: Piece) -> int:
    if piece.tonic is None or anchor == NO_ROOT:
        return KEYS - 1
    return (anchor - piece.tonic) % 12 + 12 * piece.is_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Widths and depth."""

    width: int = 96
    heads: int = 4
    layers: int = 3
    hidden: int = 256


class Look(NamedTuple):
    """How places lie to one another.

    roots, ages : (batch, steps, steps) int64, interval up to the other root, and beats since the other chord ended
    back : (steps, steps) int64, how many changes ago; seen : (steps, steps) bool
    """

    roots: Tensor
    ages: Tensor
    back: Tensor
    seen: Tensor


def look_back(batch: Batch) -> Look:
    """From every place to every place that is not later."""
    anchors, ends = batch.anchors, batch.ends
    here, there = anchors[:, :, None], anchors[:, None, :]
    roots = torch.where((here == NO_ROOT) | (there == NO_ROOT), NO_ROOT, (there - here) % 12)
    passed = (ends[:, :, None] - ends[:, None, :]).clamp(0, AGES - 2)
    ages = torch.where((ends[:, :, None] < 0) | (ends[:, None, :] < 0), AGES - 1, passed)
    order = torch.arange(anchors.shape[1])
    back = order[:, None] - order[None, :]
    return Look(roots, ages, back.clamp(0, STEPS_BACK - 1), back >= 0)


class Relations(nn.Module):
    """How strongly a place looks at another: by what stands at both, their distance, the interval of their roots."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.wide = heads, width // heads
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.root_keys = nn.Parameter(torch.randn(heads, NO_ROOT + 1, self.wide) * 0.1)
        self.by_steps = nn.Embedding(STEPS_BACK, heads)
        nn.init.normal_(self.by_steps.weight, std=0.1)

    def forward(self, x: Tensor, look: Look, by_age: Tensor) -> Tensor:
        """(batch, steps, width) and biases (batch, heads, steps, steps) to scores of the biases' shape."""
        query, key = self.split(self.query(x)) * self.wide**-0.5, self.split(self.key(x))
        roots = look.roots[:, None].expand(-1, self.heads, -1, -1)
        scores = query @ key.transpose(2, 3) + torch.gather(query @ self.root_keys.transpose(1, 2), 3, roots)
        biased: Tensor = scores + by_age + self.by_steps(look.back).permute(2, 0, 1)
        return biased

    def split(self, x: Tensor) -> Tensor:
        """(batch, steps, width) to (batch, heads, steps, wide)."""
        return x.view(*x.shape[:2], self.heads, self.wide).transpose(1, 2)


class Attention(nn.Module):
    """Looking back, and hearing beside what stands there how far its root lies from here."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.relations = Relations(sizes.width, sizes.heads)
        self.value, self.mix = nn.Linear(sizes.width, sizes.width), nn.Linear(sizes.width, sizes.width)
        self.root_values = nn.Parameter(torch.randn(sizes.heads, NO_ROOT + 1, sizes.width // sizes.heads) * 0.1)

    def forward(self, x: Tensor, look: Look, by_age: Tensor) -> Tensor:
        """(batch, steps, width) to the same."""
        weights = self.relations(x, look, by_age).masked_fill(~look.seen, _UNLIKELY).softmax(3)
        roots = look.roots[:, None].expand_as(weights)
        by_root = weights.new_zeros(*weights.shape[:3], NO_ROOT + 1).scatter_add(3, roots, weights)
        heard = weights @ self.relations.split(self.value(x)) + by_root @ self.root_values
        mixed: Tensor = self.mix(heard.transpose(1, 2).reshape(x.shape))
        return mixed


class Layer(nn.Module):
    """Attention, then a small network at each place, each added to what was there."""

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(sizes.width), nn.LayerNorm(sizes.width)
        self.attention = Attention(sizes)
        self.think = nn.Sequential(
            nn.Linear(sizes.width, sizes.hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(sizes.hidden, sizes.width)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, look: Look, by_age: Tensor) -> Tensor:
        """(batch, steps, width) to the same."""
        x = x + self.drop(self.attention(self.before(x), look, by_age))
        thought: Tensor = self.drop(self.think(self.between(x)))
        return x + thought


class ProgressionNetwork(nn.Module):
    """P(next chord | the chords so far), in absolute tokens; a chord never follows itself."""

    def __init__(self, sizes: Sizes = Sizes(), *, dropout: float = 0.25) -> None:
        super().__init__()
        counts = {
            "intervals": NO_ROOT + 1,
            "qualities": _START + 1,
            "lengths": BEATS_MAX + 1,
            "places": PLACES,
            "degrees": KEYS,
        }
        tables = {name: nn.Embedding(count, sizes.width) for name, count in counts.items()}
        for table in tables.values():
            nn.init.normal_(table.weight, std=0.5)
        self.embed = nn.ModuleDict(tables)
        # One bias for every head of every layer, and one for the pointer.
        self.by_age = nn.Embedding(AGES, sizes.heads * sizes.layers + 1)
        nn.init.normal_(self.by_age.weight, std=0.1)
        self.layers = nn.ModuleList(Layer(sizes, dropout) for _ in range(sizes.layers))
        self.norm = nn.LayerNorm(sizes.width)
        self.guess = nn.Linear(sizes.width, TOKENS)
        self.pointer = Relations(sizes.width, 1)
        self.gate = nn.Linear(sizes.width, 1)
        self.drop = nn.Dropout(dropout)

    def forward(self, batch: Batch) -> Tensor:
        """ln P of every token at every place: (batch, steps, 157) float32."""
        look = look_back(batch)
        x = torch.stack([table(getattr(batch, name)) for name, table in self.embed.items()]).sum(0)
        x = self.drop(x)
        by_age = self.by_age(look.ages).permute(0, 3, 1, 2)
        heads = (by_age.shape[1] - 1) // len(self.layers)
        for layer, biases in zip(self.layers, by_age[:, :-1].split(heads, 1), strict=True):
            x = layer(x, look, biases)
        x = self.norm(x)
        stands = torch.arange(TOKENS) == batch.tokens[:, :, None]
        stands &= (batch.qualities != _START)[:, :, None]
        own = _absolute(self.guess(x), batch.anchors).masked_fill(stands, _UNLIKELY).log_softmax(2)
        again, gate = self._again(x, look, by_age[:, -1:], batch.tokens)
        return torch.logaddexp(own + functional.logsigmoid(-gate), again + functional.logsigmoid(gate))

    def _again(self, x: Tensor, look: Look, by_age: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """ln of the pointer's share on each token (batch, steps, 157); logit of trusting it (batch, steps, 1)."""
        # Place s points at the chord of place s + 1, which is known if s < t, and is never the one that stands now.
        later = functional.pad(tokens[:, 1:], (0, 1), value=NO_CHORD)
        can = look.seen.tril(-1) & (later[:, None, :] != tokens[:, :, None])
        weights = self.pointer(x, look, by_age)[:, 0].masked_fill(~can, _UNLIKELY).softmax(2) * can
        shares = weights.new_zeros(*x.shape[:2], TOKENS).scatter_add(2, later[:, None].expand_as(weights), weights)
        return (shares + _NEVER).log(), self.gate(x).masked_fill(~can.any(2, keepdim=True), _UNLIKELY)


def _absolute(logits: Tensor, anchors: Tensor) -> Tensor:
    """Logits of intervals above the anchor, the last root, to logits of tokens; without anchor, every root alike."""
    pitched = logits[..., :NO_CHORD].reshape(*logits.shape[:2], 12, len(QUALITIES))
    even = pitched.mean(2, keepdim=True).expand_as(pitched)
    pitched = torch.where((anchors == NO_ROOT)[:, :, None, None], even, pitched)
    turn = (torch.arange(12) - anchors[:, :, None]) % 12
    pitched = pitched.gather(2, turn[..., None].expand_as(pitched))
    return torch.cat([pitched.flatten(2), logits[..., NO_CHORD:]], 2)
