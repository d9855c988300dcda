"""P(notes that are not given | notes that are given) for four voices, exact: one network for every mix of the two.

A GRU reads the given notes backwards, so each step knows the givens still to come. A second walks forwards over all
notes. At each step soprano, bass, alto and tenor are drawn in this order, each seeing the voices already drawn and
those that are given. With nothing given this is an ordinary autoregressive model, whose likelihood can be compared;
with all but one bar given, it re-draws the bar, knowing what follows.

Distances to the voice's last note and to the other voices come out beside pitches, so that what is learned in one key
holds in all. `Recall` adds what came when the piece was last as it is now; where the notes of an echo (`voices_echo`)
agree with those that stand, its next note has odds of its own beside the network's choices.

Source: the tasks are HARMONET's (Hild, Feulner and Menzel, NIPS 1991) and DeepBach's (Hadjeres, Pachet and Nielsen,
ICML 2017); training on random sets of given notes follows Uria, Murray and Larochelle, "A deep and tractable density
estimator", ICML 2014. The network is our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from engine.recommend import voices_grid as grids
from engine.recommend.recall import Recall
from engine.recommend.voices_echo import TOLD, Echo, echoes
from engine.recommend.voices_grid import ORDER, SOUNDS, Moment
from engine.recommend.voices_parts import RANGES, UNKNOWN
from engine.recommend.walker import Walker

_STEP: Final = 18  # semitones from a voice's last note that have a weight of their own
_ECHO_ODDS: Final = -4.0  # ln of an echo's odds against the network before anything is learned
_GAP: Final = 48  # semitones between voices, likewise, either way
COUNTS: Final = tuple(high - low + 2 for low, high in RANGES)  # choices of each voice: silence, and each pitch


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Widths of the layers."""

    embedding: int = 160
    given: int = 96
    state: int = 288
    hidden: int = 160
    heads: int = 4
    dropout: float = 0.3


class Decision(nn.Module):
    """One voice's choice at one step."""

    def __init__(self, voice: int, sizes: Sizes) -> None:
        super().__init__()
        self.voice, count = voice, COUNTS[voice]
        self.told = nn.EmbeddingBag(grids.DECISION_TABLE, sizes.hidden, mode="sum")
        nn.init.normal_(self.told.weight, std=0.2)
        self.from_state = nn.Linear(sizes.state + sizes.given, sizes.hidden)
        self.mix = nn.Linear(sizes.hidden, sizes.hidden)
        self.to_sound = nn.Linear(sizes.hidden, count)
        self.to_step = nn.Linear(sizes.hidden, 2 * _STEP + 1)
        self.to_gap = nn.Linear(sizes.hidden, 3 * (2 * _GAP + 1))
        self.to_recall = nn.Linear(sizes.hidden, sizes.heads)
        self.echo_odds = nn.Linear(sizes.hidden + TOLD, 1)
        nn.init.zeros_(self.echo_odds.weight)
        nn.init.constant_(self.echo_odds.bias, _ECHO_ODDS)
        self.drop = nn.Dropout(sizes.dropout)

    def forward(self, state: Tensor, moment: Moment, seen: Tensor, at: Tensor, recalled: Tensor, echo: Echo) -> Tensor:
        """Logits of silence and of each pitch of the voice.

        Parameters
        ----------
        state : (rows, state + given); moment, seen : (rows, 4), `seen` UNKNOWN where nothing is given or drawn
        at : (rows,); recalled : (rows, heads, 4 * SOUNDS); echo : (rows, 4) and (rows, TOLD)

        Returns
        -------
        (rows, choices) float
        """
        told = self.told(grids.decision_symbols(moment, seen, self.voice, at))
        hidden = torch.relu(self.drop(told + self.from_state(state)))
        hidden = hidden + torch.relu(self.mix(hidden))
        low, high = RANGES[self.voice]
        pitches = torch.arange(low, high + 1)
        out: Tensor = self.to_sound(hidden)
        pitched = _at_distance(self.to_step(hidden), pitches, moment.sound[:, self.voice], _STEP)
        gaps = self.to_gap(hidden).view(len(hidden), 3, 2 * _GAP + 1)
        for rank, other in enumerate(other for other in range(4) if other != self.voice):
            pitched = pitched + _at_distance(gaps[:, rank], pitches, seen[:, other], _GAP)
        first = self.voice * SOUNDS
        own = recalled[:, :, first : first + SOUNDS]
        own = torch.cat([own[:, :, :1], own[:, :, low - grids.LOWEST + 1 : high - grids.LOWEST + 2]], 2)
        out = out + torch.einsum("rh,rhc->rc", self.to_recall(hidden), own)
        return self._with_echo(torch.cat([out[:, :1], out[:, 1:] + pitched], 1), hidden, seen, echo)

    def _with_echo(self, logits: Tensor, hidden: Tensor, seen: Tensor, echo: Echo) -> Tensor:
        """Where the echo agrees with all that is `seen`, its note has odds of its own against all choices together."""
        odds = self.echo_odds(torch.cat([hidden, echo.told], 1))
        agrees = ((echo.sound == seen) | (seen == UNKNOWN)).all(1)
        odds = odds.masked_fill(~agrees[:, None], -torch.inf)
        choice = choice_of(echo.sound[:, self.voice], self.voice)[:, None]
        more = torch.logaddexp(logits.gather(1, choice), odds + logits.logsumexp(1, keepdim=True))
        return logits.scatter(1, choice, more)


def _at_distance(weights: Tensor, pitches: Tensor, centre: Tensor, reach: int) -> Tensor:
    """Each pitch's weight by its distance from `centre` (rows,), 0 where that is silent or unknown."""
    distance = (pitches - centre[:, None]).clamp(-reach, reach) + reach
    return weights.gather(1, distance) * (centre > 0)[:, None]


class VoicesNetwork(nn.Module):
    """The network; `forward` gives ln P of a whole grid, the other methods its parts for drawing."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.given_in = nn.EmbeddingBag(4 * (SOUNDS + 1), sizes.given, mode="sum")
        self.given_walker = Walker(sizes.given, sizes.given)
        self.walk_in = nn.EmbeddingBag(grids.WALK_TABLE, sizes.embedding, mode="sum")
        for table in (self.given_in, self.walk_in):
            nn.init.normal_(table.weight, std=0.2)
        self.walker = Walker(sizes.embedding + sizes.given, sizes.state)
        self.recall = Recall(sizes.state, heads=sizes.heads)
        self.decisions = nn.ModuleList(Decision(voice, sizes) for voice in range(4))
        self.drop_piece = nn.Dropout1d(sizes.dropout)

    def read_given(self, given: Tensor) -> Tensor:
        """What each step is told of the given notes from there on: (rows, 4, steps) -> (rows, steps, given)."""
        symbols = grids.sound_symbols(given) + (SOUNDS + 1) * torch.arange(4)[:, None]
        rows, _, steps = given.shape
        told = self.given_in(symbols.transpose(1, 2).reshape(-1, 4)).view(rows, steps, -1)
        read: Tensor = self.given_walker(told.flip(1))
        return read.flip(1)

    def walk(self, moment: Moment, at: Tensor, read: Tensor, state: Tensor | None = None) -> Tensor:
        """States before each step: moments (rows, steps, 4), `at` (steps,), what was `read` of the givens."""
        symbols = grids.walk_symbols(moment, at)
        told = self.walk_in(symbols.flatten(0, 1)).view(*symbols.shape[:2], -1)
        told = torch.cat([self._drop(told), read], 2)
        states: Tensor = self.walker(told, state)
        return states

    def forward(self, grid: Tensor, given: Tensor) -> Tensor:
        """ln P of what sounds at each step, voice by voice in the order of drawing.

        Parameters
        ----------
        grid : (rows, 4, steps) int64; given : the same with UNKNOWN where a note is not given

        Returns
        -------
        (rows, 4, steps) float, soprano alto tenor bass; 0 where a note is given
        """
        rows, _, steps = grid.shape
        moment, at = grids.moments(grid), torch.arange(steps)
        read = self._drop(self.read_given(given))
        states = self.walk(moment, at, read)
        recalled = self.recall(states, grids.one_hot(grid)).flatten(0, 1)
        state = torch.cat([self._drop(states), read], 2).flatten(0, 1)
        flat = Moment(*(values.flatten(0, 1) for values in moment))
        echo = Echo(*(values.flatten(0, 1) for values in echoes(grid)))
        now, seen = grid.transpose(1, 2).flatten(0, 1), given.transpose(1, 2).flatten(0, 1).clone()
        likely = torch.zeros(rows * steps, 4)
        for voice in ORDER:
            open_ = seen[:, voice] == UNKNOWN
            which = open_.nonzero()[:, 0]
            some = Moment(*(values[which] for values in flat))
            again = Echo(*(values[which] for values in echo))
            told = state[which], some, seen[which], at.repeat(rows)[which], recalled[which], again
            logits = self.decisions[voice](*told)
            choice = choice_of(now[which, voice], voice)
            ln_p = torch.log_softmax(logits, 1).gather(1, choice[:, None])[:, 0]
            likely = likely.index_put((which, torch.tensor(voice)), ln_p)
            seen = torch.cat([seen[:, :voice], now[:, voice : voice + 1], seen[:, voice + 1 :]], 1)
        return likely.view(rows, steps, 4).transpose(1, 2)

    def _drop(self, values: Tensor) -> Tensor:
        return self.drop_piece(values.transpose(1, 2)).transpose(1, 2)  # type: ignore[no-any-return]


def choice_of(pitches: Tensor, voice: int) -> Tensor:
    """Number of a voice's choice: 0 for silence, 1.. from its lowest pitch."""
    low, high = RANGES[voice]
    return torch.where(pitches > 0, pitches.clamp(low, high) - low + 1, 0)


def network_of(arrays: Mapping[str, Any]) -> VoicesNetwork:
    """The network whose weights are `arrays`, ready to draw from."""
    sizes = Sizes(
        embedding=arrays["walk_in.weight"].shape[1],
        given=arrays["given_in.weight"].shape[1],
        state=arrays["walker.kept.weight"].shape[1],
        hidden=arrays["decisions.0.mix.weight"].shape[0],
        heads=arrays["decisions.0.to_recall.weight"].shape[0],
        dropout=0.0,
    )
    network = VoicesNetwork(sizes)
    network.load_state_dict({name: torch.from_numpy(values) for name, values in arrays.items()})
    return network.eval()
