"""P(next frame | frames before), for frames of 88 keys, exact: notes are drawn one by one from low to high.

A GRU walks over the frames; `Recall` adds what came when the piece was last as it is now. A frame is a run of
decisions: the lowest note, the next above it, and so on until "no more". A decision sees the state, the notes drawn so
far (as keys, and as distances below the last), and for every key what it and its neighbours did in the frames before.
Distances come out beside keys, so that what is learned in one key holds in all.

Source: the task is that of Boulanger-Lewandowski, Bengio and Vincent, "Modeling temporal dependencies in
high-dimensional sequences", ICML 2012; notes one by one follow their RNN-NADE, features around a key follow Johnson,
"Generating polyphonic music using tied parallel networks", EvoMUSART 2017. The network is our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.recommend.polyphony_frames import KEYS
from engine.recommend.recall import Recall
from engine.recommend.walker import Walker

END: Final = KEYS  # the decision that no more notes follow
NONE: Final = KEYS  # the last note, before there is one
PHASES: Final = (16, 12)  # steps are counted round both, since even and triple bars occur
_BELOW, _REACH, _ABOVE = 36, 12, 60  # semitones: how far down the drawn notes, how far around the last frame is seen
_AROUND = 2 * _REACH + 13  # from an octave below the last note to two octaves above it
BACK: Final = (1, 2, 4, 8)  # frames before, seen key by key


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Widths of the layers."""

    frame: int = 96
    state: int = 256
    hidden: int = 192
    key: int = 24
    heads: int = 4
    dropout: float = 0.3


class Decisions(NamedTuple):
    """Every decision of some frames, in order; all (decisions,) int64.

    frame : which frame it belongs to
    last : key of the note drawn before it, NONE at first
    target : key that is drawn, END at last
    """

    frame: Tensor
    last: Tensor
    target: Tensor


def decisions_of(frames: Tensor) -> Decisions:
    """The decisions that draw `frames`, (frames, 88) of 0 and 1."""
    ended = functional.pad(frames > 0, (0, 1), value=True)
    frame, target = ended.nonzero(as_tuple=True)
    last = functional.pad(target[:-1], (1, 0), value=END)  # END and NONE are one number: a new frame has no last note
    return Decisions(frame, last, target)


class FrameNetwork(nn.Module):
    """The network; `forward` gives ln P of frames, the other methods its parts for drawing."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.frame_in = nn.Linear(KEYS + 12, sizes.frame)
        self.phase_in = nn.ModuleList(nn.Embedding(count, sizes.frame) for count in PHASES)
        self.walker = Walker(sizes.frame, sizes.state)
        self.recall = Recall(sizes.state, heads=sizes.heads)
        channels = len(BACK) + sizes.heads + 1
        self.around = nn.Conv1d(channels, sizes.key, 13, padding=6)
        self.key_state = nn.Linear(sizes.state, sizes.key)
        self.key_place = nn.Parameter(0.1 * torch.randn(KEYS, sizes.key))
        self.from_state = nn.Linear(sizes.state, sizes.hidden)
        self.from_drawn = nn.Linear(KEYS + 1 + _BELOW + _AROUND, sizes.hidden, bias=False)
        self.mix = nn.Linear(sizes.hidden, sizes.hidden)
        self.to_key = nn.Linear(sizes.hidden, KEYS + 1)
        self.to_distance = nn.Linear(sizes.hidden, _ABOVE)
        self.to_features = nn.Linear(sizes.hidden, sizes.key)
        self.drop, self.drop_piece = nn.Dropout(sizes.dropout), nn.Dropout1d(sizes.dropout)

    def walk(self, frames: Tensor, state: Tensor | None = None, *, first: int = 0) -> Tensor:
        """States that know the frames before them.

        Parameters
        ----------
        frames : (batch, steps, 88) float, the frame BEFORE each step
        state : (batch, state) where the walk starts, zeros by default
        first : number of the first step, which gives its place in the bar

        Returns
        -------
        (batch, steps, state)
        """
        folded = functional.pad(frames, (0, 8)).view(*frames.shape[:2], 8, 12).amax(2)
        inputs = self.frame_in(torch.cat([frames, folded], 2))
        at = torch.arange(first, first + frames.shape[1])
        for count, table in zip(PHASES, self.phase_in, strict=True):
            inputs = inputs + table(at % count)
        # One choice of dropped features a piece. Source: Gal and Ghahramani, "A theoretically grounded application of
        # dropout in recurrent neural networks", NIPS 2016.
        states: Tensor = self.walker(self.drop_piece(inputs.transpose(1, 2)).transpose(1, 2), state)
        return states

    def key_features(self, states: Tensor, before: Tensor, recalled: Tensor) -> Tensor:
        """What is known of every key before a frame is drawn.

        Parameters
        ----------
        states : (frames, state)
        before : (frames, 4, 88) the frames 1, 2, 4 and 8 steps before
        recalled : (frames, heads, 88)

        Returns
        -------
        (frames, 88, key)
        """
        octaves = functional.pad(before[:, :1], (0, 8)).view(-1, 1, 8, 12).sum(2).tile(1, 1, 8)[:, :, :KEYS]
        seen = self.around(torch.cat([before, recalled, octaves], 1)).transpose(1, 2)
        return torch.relu(seen + self.key_state(states)[:, None] + self.key_place)

    def decide(self, state: Tensor, features: Tensor, drawn: Tensor, last: Tensor, before: Tensor) -> Tensor:
        """Logits of one decision for each row, as if decisions were alone in their frames.

        Parameters
        ----------
        state : (rows, state); features : (rows, 88, key); drawn : (rows, 88) the notes so far
        last : (rows,) int64; before : (rows, 88) the frame one step before

        Returns
        -------
        (rows, 89) float, -inf for keys that are not above `last`
        """
        hidden = self._hidden(self.from_state(state), drawn, last, before)
        pointed = torch.einsum("rkc,rc->rk", features, self.to_features(hidden))
        return self._logits(hidden, pointed, last)

    def _hidden(self, from_state: Tensor, drawn: Tensor, last: Tensor, before: Tensor) -> Tensor:
        known = (last < NONE).float()[:, None]
        down = last[:, None] + torch.arange(-_BELOW, 0) + _BELOW
        near = last[:, None] + torch.arange(_AROUND)
        below = functional.pad(drawn, (_BELOW, _BELOW)).gather(1, down)
        around = functional.pad(before, (_REACH, _AROUND)).gather(1, near)
        seen = torch.cat([drawn, known, below * known, around * known], 1)
        hidden = torch.relu(self.drop(from_state + self.from_drawn(seen)))
        return hidden + torch.relu(self.mix(hidden))

    def _logits(self, hidden: Tensor, pointed: Tensor, last: Tensor) -> Tensor:
        first = torch.where(last < NONE, last, -1)[:, None]
        distance = torch.arange(KEYS) - first - 1
        near = self.to_distance(hidden).gather(1, distance.clamp(0, _ABOVE - 1))
        keys = self.to_key(hidden)
        possible = keys[:, :KEYS] + pointed + near * ((distance >= 0) & (distance < _ABOVE) & (first >= 0))
        possible = possible.masked_fill(distance < 0, -torch.inf)
        return torch.cat([possible, keys[:, KEYS:]], 1)

    def forward(self, frames: Tensor, counted: Tensor) -> tuple[Tensor, Decisions]:
        """ln P of every choice at every decision of the frames that count.

        Parameters
        ----------
        frames : (batch, steps, 88) float of 0 and 1; counted : (batch, steps) bool

        Returns
        -------
        (decisions, 89) log-probabilities, and the decisions
        """
        late = late_frames(frames, 1)
        states = self.walk(late)
        recalled = self.recall(states, frames)[counted]
        states = self.drop_piece(states.transpose(1, 2)).transpose(1, 2)[counted]
        before = torch.stack([late_frames(frames, back)[counted] for back in BACK], 1)
        found = decisions_of(frames[counted])
        drawn = frames[counted][found.frame] * (torch.arange(KEYS) <= _place(found.last)[:, None])
        from_state = self.from_state(states)[found.frame]
        hidden = self._hidden(from_state, drawn, found.last, before[:, 0][found.frame])
        features = self.key_features(states, before, recalled)
        pointed = _point(features, self.to_features(hidden), found.frame)
        return torch.log_softmax(self._logits(hidden, pointed, found.last), 1), found


def late_frames(frames: Tensor, back: int) -> Tensor:
    """`frames` (batch, steps, 88), `back` steps late; silence before the first."""
    return functional.pad(frames, (0, 0, back, 0))[:, : frames.shape[1]]


def _place(last: Tensor) -> Tensor:
    return torch.where(last < NONE, last, -1)


def _point(features: Tensor, queries: Tensor, frame: Tensor) -> Tensor:
    """Each decision's query against the keys of its own frame: (decisions, 88), without a copy of them for each."""
    counts = torch.bincount(frame, minlength=len(features))
    rank = torch.arange(len(frame)) - (counts.cumsum(0) - counts)[frame]
    table = queries.new_zeros(len(features), int(counts.max()), queries.shape[1]).index_put((frame, rank), queries)
    return (table @ features.transpose(1, 2))[frame, rank]


def network_of(arrays: Mapping[str, Any]) -> FrameNetwork:
    """The network whose weights are `arrays`, ready to draw from."""
    heads_size, key = arrays["recall.query.weight"].shape[0], arrays["key_place"].shape[1]
    network = FrameNetwork(
        Sizes(
            frame=arrays["frame_in.weight"].shape[0],
            state=arrays["from_state.weight"].shape[1],
            hidden=arrays["from_state.weight"].shape[0],
            key=key,
            heads=heads_size // 32,
            dropout=0.0,
        )
    )
    network.load_state_dict({name: torch.from_numpy(values) for name, values in arrays.items()})
    return network.eval()
