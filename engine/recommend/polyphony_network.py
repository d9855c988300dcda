"""P(next frame | frames before), for frames of 88 keys, exact: notes are drawn one by one from low to high.

A GRU walks over the frames; `Recall` adds what came when the piece was last as it is now. A frame is a run of
decisions: the lowest note, the next above it, and so on until "no more". A decision sees the state, the notes drawn so
far (as keys, and as distances below the last), and for every key what it and its neighbours did in the frames before.
Distances come out beside keys, so that what is learned in one key holds in all. As long as the notes drawn are those of
an echo (`polyphony_echo`), the echo's next note has a chance of its own beside the network's.

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

from engine.recommend.polyphony_echo import TOLD, WAYS
from engine.recommend.polyphony_frames import KEYS
from engine.recommend.recall import Recall
from engine.recommend.walker import Walker

END: Final = KEYS  # the decision that no more notes follow
NONE: Final = KEYS  # the last note, before there is one
PHASES: Final = (16, 12)  # steps are counted round both, since even and triple bars occur
_BELOW, _REACH, _ABOVE = 36, 12, 60  # semitones: how far down the drawn notes, how far around the last frame is seen
_AROUND = 2 * _REACH + 13  # from an octave below the last note to two octaves above it
BACK: Final = (1, 2, 4, 8)  # frames before, seen key by key
_RANKS: Final = 6  # notes drawn before a decision, that are told apart
_ECHO_ODDS: Final = -4.0  # ln of an echo's odds against the network before anything is learned


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Widths of the layers."""

    frame: int = 96
    state: int = 256
    hidden: int = 192
    key: int = 24
    heads: int = 4
    dropout: float = 0.3


class Known(NamedTuple):
    """What is known of some frames before they are drawn.

    state : (frames, state); features : (frames, 88, key); before : (frames, 88) the frame one step before
    echoed : (frames, WAYS, 88); told : (frames, WAYS, TOLD), of their echoes
    """

    state: Tensor
    features: Tensor
    before: Tensor
    echoed: Tensor
    told: Tensor

    def of(self, rows: Any) -> "Known":
        """Those of some frames; `rows` is any index."""
        return Known(*(values[rows] for values in self))


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
        self.home_in = nn.Embedding(12, sizes.frame)
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
        self.echo_around = nn.Conv1d(WAYS, sizes.key, 13, padding=6)
        self.echo_told = nn.Linear(WAYS * TOLD, sizes.hidden)
        self.echo_odds = nn.Linear(sizes.hidden + WAYS * TOLD + _RANKS, WAYS)
        for layer, first in ((self.echo_around, 0.0), (self.echo_told, 0.0), (self.echo_odds, _ECHO_ODDS)):
            nn.init.zeros_(layer.weight)  # so that a network without echoes can go on with them
            nn.init.constant_(layer.bias, first)  # type: ignore[arg-type]
        self.drop, self.drop_piece = nn.Dropout(sizes.dropout), nn.Dropout1d(sizes.dropout)

    def walk(
        self, frames: Tensor, state: Tensor | None = None, *, first: int = 0, home: Tensor | None = None
    ) -> Tensor:
        """States that know the frames before them.

        Parameters
        ----------
        frames : (batch, steps, 88) float, the frame BEFORE each step
        state : (batch, state) where the walk starts, zeros by default
        first : number of the first step, which gives its place in the bar
        home : (batch,) int64 pitch class of the tonic, C by default

        Returns
        -------
        (batch, steps, state)
        """
        folded = functional.pad(frames, (0, 8)).view(*frames.shape[:2], 8, 12).amax(2)
        inputs = self.frame_in(torch.cat([frames, folded], 2))
        inputs = inputs + self.home_in(torch.zeros(len(frames), dtype=torch.int64) if home is None else home)[:, None]
        at = torch.arange(first, first + frames.shape[1])
        for count, table in zip(PHASES, self.phase_in, strict=True):
            inputs = inputs + table(at % count)
        # One choice of dropped features a piece. Source: Gal and Ghahramani, "A theoretically grounded application of
        # dropout in recurrent neural networks", NIPS 2016.
        states: Tensor = self.walker(self.drop_piece(inputs.transpose(1, 2)).transpose(1, 2), state)
        return states

    def know(self, states: Tensor, before: Tensor, recalled: Tensor, echoed: Tensor, told: Tensor) -> Known:
        """What is known of frames before they are drawn.

        Parameters
        ----------
        states : (frames, state)
        before : (frames, 4, 88) the frames 1, 2, 4 and 8 steps before
        recalled : (frames, heads, 88)
        echoed : (frames, WAYS, 88); told : (frames, WAYS, TOLD)
        """
        octaves = functional.pad(before[:, :1], (0, 8)).view(-1, 1, 8, 12).sum(2).tile(1, 1, 8)[:, :, :KEYS]
        seen = self.around(torch.cat([before, recalled, octaves], 1)) + self.echo_around(echoed * told[:, :, :1])
        features = torch.relu(seen.transpose(1, 2) + self.key_state(states)[:, None] + self.key_place)
        return Known(states, features, before[:, 0], echoed, told)

    def decide(self, known: Known, drawn: Tensor, last: Tensor, *, repeats: float = 0.0) -> Tensor:
        """ln P of one decision for each row, as if decisions were alone in their frames.

        Parameters
        ----------
        known : of each row's frame; drawn : (rows, 88) the notes so far; last : (rows,) int64
        repeats : nats added to the odds of echoes

        Returns
        -------
        (rows, 89) float, -inf for keys that are not above `last`
        """
        hidden = self._hidden(self._from_frame(known.state, known.told), drawn, last, known.before)
        pointed = torch.einsum("rkc,rc->rk", known.features, self.to_features(hidden))
        logits = self._logits(hidden, pointed, last)
        return self._with_echo(logits, hidden, drawn, last, known.echoed, known.told, repeats=repeats)

    def _from_frame(self, state: Tensor, told: Tensor) -> Tensor:
        both: Tensor = self.from_state(state) + self.echo_told(told.flatten(1))
        return both

    def _hidden(self, from_frame: Tensor, drawn: Tensor, last: Tensor, before: Tensor) -> Tensor:
        known = (last < NONE).float()[:, None]
        down = last[:, None] + torch.arange(-_BELOW, 0) + _BELOW
        near = last[:, None] + torch.arange(_AROUND)
        below = functional.pad(drawn, (_BELOW, _BELOW)).gather(1, down)
        around = functional.pad(before, (_REACH, _AROUND)).gather(1, near)
        seen = torch.cat([drawn, known, below * known, around * known], 1)
        hidden = torch.relu(self.drop(from_frame + self.from_drawn(seen)))
        return hidden + torch.relu(self.mix(hidden))

    def _logits(self, hidden: Tensor, pointed: Tensor, last: Tensor) -> Tensor:
        first = torch.where(last < NONE, last, -1)[:, None]
        distance = torch.arange(KEYS) - first - 1
        near = self.to_distance(hidden).gather(1, distance.clamp(0, _ABOVE - 1))
        keys = self.to_key(hidden)
        possible = keys[:, :KEYS] + pointed + near * ((distance >= 0) & (distance < _ABOVE) & (first >= 0))
        possible = possible.masked_fill(distance < 0, -torch.inf)
        return torch.cat([possible, keys[:, KEYS:]], 1)

    def _with_echo(
        self,
        logits: Tensor,
        hidden: Tensor,
        drawn: Tensor,
        last: Tensor,
        echoed: Tensor,
        told: Tensor,
        *,
        repeats: float = 0.0,
    ) -> Tensor:
        """ln P of each choice, where an echo that agrees so far has odds of its own against all the network's choices.

        logits : (rows, 89); hidden : (rows, hidden); drawn : (rows, 88); last : (rows,); echoed, told : of each row
        """
        likely = torch.log_softmax(logits, 1)
        low = torch.arange(KEYS) <= _place(last)[:, None]
        ended = functional.pad(echoed, (0, 1), value=1.0)
        rank = functional.one_hot(drawn.sum(1).long().clamp(max=_RANKS - 1), _RANKS)
        odds = self.echo_odds(torch.cat([hidden, told.flatten(1), rank.to(hidden)], 1)) + repeats
        for way in range(echoed.shape[1]):
            agrees = ((echoed[:, way] * low) == drawn).all(1)
            follows = (ended[:, way] * ~functional.pad(low, (0, 1))).argmax(1, keepdim=True)
            more = odds[:, way : way + 1].masked_fill(~agrees[:, None], -torch.inf)
            likely = likely.scatter(1, follows, torch.logaddexp(likely.gather(1, follows), more))
            likely = likely - functional.softplus(more)
        return likely

    def forward(
        self, frames: Tensor, counted: Tensor, echoed: Tensor, told: Tensor, home: Tensor | None = None
    ) -> tuple[Tensor, Decisions]:
        """ln P of every choice at every decision of the frames that count.

        Parameters
        ----------
        frames : (batch, steps, 88) float of 0 and 1; counted : (batch, steps) bool
        echoed : (batch, steps, WAYS, 88); told : (batch, steps, WAYS, TOLD); home : (batch,) as in `walk`

        Returns
        -------
        (decisions, 89) log-probabilities, and the decisions
        """
        states = self.walk(late_frames(frames, 1), home=home)
        recalled = self.recall(states, frames)[counted]
        states = self.drop_piece(states.transpose(1, 2)).transpose(1, 2)[counted]
        before = torch.stack([late_frames(frames, back)[counted] for back in BACK], 1)
        known = self.know(states, before, recalled, echoed[counted], told[counted])
        found = decisions_of(frames[counted])
        drawn = frames[counted][found.frame] * (torch.arange(KEYS) <= _place(found.last)[:, None])
        from_frame = self._from_frame(states, known.told)[found.frame]
        hidden = self._hidden(from_frame, drawn, found.last, known.before[found.frame])
        pointed = _point(known.features, self.to_features(hidden), found.frame)
        logits = self._logits(hidden, pointed, found.last)
        echo = known.echoed[found.frame], known.told[found.frame]
        return self._with_echo(logits, hidden, drawn, found.last, *echo), found


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
