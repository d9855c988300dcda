"""Training of the networks that write lead melodies: the twin in torch, batches, and the loss."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from engine.recommend.lead_events import NO_ROOT, NOTHING, PITCH_LOW, PITCHES, REST, STEPS_MAX, TOKENS, TONES, Told
from engine.recommend.lead_network import INTERVAL_MAX, JUDGES, STEP_JUDGES, fit_of, indices, table_rows

SEEN: Final = 128
MEMORY: Final = 160
HIDDEN: Final = 96
DROPOUT: Final = 0.25
ROWS_MAX: Final = 28  # of the embedding table in one context
EVENTS_MAX: Final = 160  # in a row of a batch
ROWS: Final = 24  # in a batch
IGNORED: Final = -100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A melody ready to learn from; all (events, ...) int64.

    rows : (events, ROWS_MAX) of the table, padded with its last; facts : last pitch, root, next root, then the tokens
    and the steps of the lookbacks; fits : (events, TOKENS) of `fit_of`; token, steps : what came, `IGNORED` where it
    was given and not chosen
    """

    rows: NDArray[np.int64]
    facts: NDArray[np.int64]
    fits: NDArray[np.int64]
    given: NDArray[np.int64]
    token: NDArray[np.int64]
    steps: NDArray[np.int64]


def line_of(
    told: Sequence[Told],
    tokens: Sequence[int],
    steps: Sequence[int],
    *,
    more: Sequence[Sequence[int]] = (),
    extra: Sequence[tuple[str, int]] = (),
    is_given: Sequence[bool] = (),
    is_set: Sequence[bool] = (),
) -> Line:
    """Contexts and what came of them as arrays.

    more : the values of the `extra` fields of each event; is_given, is_set : where no token, no length was chosen
    """
    rows = np.full((len(told), ROWS_MAX), table_rows(extra), np.int64)
    for number, context in enumerate(told):
        found = indices(context, more[number] if more else (), extra)
        rows[number, : len(found)] = found
    facts = [
        (c.last_pitch, c.now.root, c.following.root, *(t for t, _ in c.past), *(s for _, s in c.past)) for c in told
    ]
    chosen, lasting = np.array(tokens, np.int64), np.array(steps, np.int64) - 1
    if is_given:
        chosen = np.where(np.array(is_given), IGNORED, chosen)
    if is_set:
        lasting = np.where(np.array(is_set), IGNORED, lasting)
    return Line(
        rows=rows,
        facts=np.array(facts, np.int64),
        fits=np.array([[fit_of(c.now, t)] for c, t in zip(told, tokens, strict=True)], np.int64)[:, 0],
        given=np.array(tokens, np.int64),
        token=chosen,
        steps=lasting,
    )


class LeadTwin(nn.Module):
    """`engine.recommend.lead_network` in torch, weight by weight."""

    def __init__(self, extra: Sequence[tuple[str, int]] = ()) -> None:
        super().__init__()
        rows = table_rows(extra)
        self.table = nn.Embedding(rows + 1, SEEN, padding_idx=rows)
        nn.init.normal_(self.table.weight, std=0.15)
        with torch.no_grad():
            self.table.weight[rows] = 0
        self.memory = nn.GRU(SEEN, MEMORY, batch_first=True)
        self.judges = nn.Linear(MEMORY, JUDGES)
        self.lasting = nn.Linear(MEMORY, HIDDEN)
        self.token = nn.Embedding(TOKENS, HIDDEN)
        self.fitting = nn.Embedding(4, HIDDEN)
        self.steps = nn.Linear(HIDDEN, STEP_JUDGES)

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Logits of tokens (B, T, TOKENS) and, given the true token, of steps (B, T, STEPS_MAX)."""
        seen = functional.gelu(_summed(self.table, batch["rows"]), approximate="tanh")
        remembered, _ = self.memory(functional.dropout(seen, DROPOUT, self.training))
        remembered = functional.dropout(remembered, DROPOUT, self.training)
        pitch = _judged(self.judges(remembered), batch["facts"])
        hidden = self.lasting(remembered) + self.token(batch["given"]) + self.fitting(batch["fits"])
        judges = self.steps(functional.gelu(hidden, approximate="tanh"))
        return pitch, _lasting(judges, batch["facts"])


def _summed(table: nn.Embedding, rows: Tensor) -> Tensor:
    flat = functional.embedding_bag(rows.flatten(0, 1), table.weight, mode="sum", padding_idx=table.padding_idx)
    return flat.view(*rows.shape[:2], -1)


def _judged(judges: Tensor, facts: Tensor) -> Tensor:
    """The sum of what the judges say of each token; see `lead_network.judged`."""
    pitches = torch.arange(1, TOKENS)
    classes = (torch.arange(PITCHES) + PITCH_LOW) % 12
    last, first = facts[..., 0:1], TOKENS
    moves = (pitches - last).clamp(-INTERVAL_MAX, INTERVAL_MAX) + INTERVAL_MAX + first
    sung = judges.gather(-1, moves) * ((last != NOTHING) & (last != REST))
    first += 2 * INTERVAL_MAX + 1
    for column in (1, 2):
        root = facts[..., column : column + 1]
        sung = sung + judges.gather(-1, (classes - root) % 12 + first) * (root != NO_ROOT)
        first += TONES
    total = judges[..., :TOKENS] + functional.pad(sung, (1, 0))
    lookbacks = (facts.shape[-1] - 3) // 2
    for index in range(lookbacks):
        token = facts[..., 3 + index]
        known = (token != NOTHING).to(judges.dtype)
        spot = functional.one_hot(token.clamp(max=TOKENS - 1), TOKENS).to(judges.dtype)
        total = total + spot * (judges[..., first + index] * known)[..., None]
    return total


def _lasting(judges: Tensor, facts: Tensor) -> Tensor:
    logits = judges[..., :STEPS_MAX]
    lookbacks = (facts.shape[-1] - 3) // 2
    for index in range(lookbacks):
        steps = facts[..., 3 + lookbacks + index]
        spot = functional.one_hot((steps - 1).clamp(min=0), STEPS_MAX).to(judges.dtype)
        logits = logits + spot * (judges[..., STEPS_MAX + index] * (steps > 0))[..., None]
    return logits


def nats(network: LeadTwin, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """-ln P of all tokens that were chosen, and of all steps, summed."""
    pitch, steps = network(batch)
    return (
        functional.cross_entropy(pitch.flatten(0, 1), batch["token"].flatten(), ignore_index=IGNORED, reduction="sum"),
        functional.cross_entropy(steps.flatten(0, 1), batch["steps"].flatten(), ignore_index=IGNORED, reduction="sum"),
    )


def loss_of(network: LeadTwin, batch: dict[str, Tensor]) -> Tensor:
    """Nats an event."""
    pitch, steps = nats(network, batch)
    return (pitch + steps) / choices(batch)


def choices(batch: dict[str, Tensor]) -> int:
    """Events of which the token or the length was chosen."""
    return int(((batch["steps"] != IGNORED) | (batch["token"] != IGNORED)).sum())


@torch.no_grad()
def mean_nats(network: LeadTwin, lines: Sequence[Line]) -> tuple[float, float, int]:
    """Nats an event with a choice, for its token and for its steps, and how many such events there are."""
    totals, count = np.zeros(2), 0
    for start in range(0, len(lines), ROWS):
        batch = as_batch(lines[start : start + ROWS])
        totals += [float(part) for part in nats(network, batch)]
        count += choices(batch)
    return float(totals[0]) / count, float(totals[1]) / count, count


def batches(lines: Sequence[Line], chance: random.Random) -> Iterator[dict[str, Tensor]]:
    """Every line once, cut where a row would be too long, with others of about its length."""
    pieces = [piece for line in lines for piece in _cut(line, chance.randrange(EVENTS_MAX))]
    order = sorted(pieces, key=lambda piece: len(piece.steps) + chance.uniform(-8, 8))
    groups = [order[start : start + ROWS] for start in range(0, len(order), ROWS)]
    chance.shuffle(groups)
    for group in groups:
        yield as_batch(group)


def _cut(line: Line, first: int) -> list[Line]:
    edges = [0, *range(first, len(line.steps), EVENTS_MAX), len(line.steps)]
    names = ("rows", "facts", "fits", "given", "token", "steps")
    return [
        Line(**{name: getattr(line, name)[start:stop] for name in names})
        for start, stop in itertools.pairwise(edges)
        if stop - start > 3
    ]


def as_batch(lines: Sequence[Line]) -> dict[str, Tensor]:
    """Lines side by side, padded to the longest."""
    fill = {"rows": int(max(line.rows.max() for line in lines)), "token": IGNORED, "steps": IGNORED}
    return {
        name: pad_sequence(
            [torch.from_numpy(getattr(line, name)) for line in lines],
            batch_first=True,
            padding_value=fill.get(name, 0),
        )
        for name in ("rows", "facts", "fits", "given", "token", "steps")
    }
