"""How likely Bach's notes are under the shipped network, and how often its own harmonies break rules, beside Bach's."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.errors import OutOfRangeError
from engine.recommend.capability import Value
from engine.recommend.voice_leading import violations
from engine.recommend.voices import CAPABILITY, written
from engine.recommend.voices_network import VoicesNetwork
from engine.recommend.voices_parts import UNKNOWN, Grid
from engine.recommend.voices_writer import Wishes, network
from engine.training import voices_data
from engine.training.score import Measure
from engine.training.voices_loop import mean_nats

REWRITTEN: Final = 34  # chorales of the split that are harmonised again, from its first
_STEPS_PER_BAR: Final = 16
_NLL: Final = (
    "{split}: mean of -ln P over the four notes of every sixteenth of all chorales in one list, held notes counted at "
    "every sixteenth, each given all sixteenths before it and the voices before it in the order S B A T, own keys"
)


def measure(data: Path, *, split: str) -> Iterator[Measure]:
    """Likelihood and broken rules on one split of the chorales."""
    torch.set_num_threads(1)
    if split not in voices_data.SPLITS:
        raise OutOfRangeError(f"split is {split!r}; it can be {', '.join(voices_data.SPLITS)}")
    pieces = voices_data.read(data)[split]
    yield from likelihoods(network(), pieces, split)
    yield from rule_breaking(pieces[:REWRITTEN], split)


@torch.inference_mode()
def likelihoods(net: VoicesNetwork, pieces: Sequence[Grid], split: str) -> Iterator[Measure]:
    """Nats a note with nothing given, the same in the convention of TonicNet, and with the soprano given."""
    steps = sum(piece.shape[1] for piece in pieces)
    nats, lower = mean_nats(net, pieces), mean_nats(net, pieces, (0,))
    convention = _NLL.format(split=split)
    yield Measure(metric="nats_per_note", value=nats, convention=convention, count=4 * steps)
    yield Measure(
        metric="nats_per_token_chord_and_notes",
        value=nats * 4 / 5,
        convention=f"{convention}; divided by five tokens a sixteenth, as TonicNet counts: a chord token that follows "
        "from the notes adds a token and no nats",
        count=5 * steps,
    )
    yield Measure(
        metric="nats_per_note_under_given_soprano",
        value=lower,
        convention=f"{convention}; only alto, tenor and bass, the whole soprano given",
        count=3 * steps,
    )


def rule_breaking(pieces: Sequence[Grid], split: str) -> Iterator[Measure]:
    """Broken rules a bar: Bach's, and those of our three lower voices under his sopranos."""
    bars = sum(piece.shape[1] for piece in pieces) / _STEPS_PER_BAR
    rules = (
        f"{split}, the first {len(pieces)} chorales: parallel fifths and octaves, crossings, wide spacings and leaps "
        "as engine/recommend/voice_leading.py counts them, for each 16 sixteenths; "
    )
    ours = [rewritten(piece) for piece in pieces]
    for name, words, grids in (("bach", "Bach's own voices", pieces), ("ours", "ours, default settings, seed 0", ours)):
        value = sum(violations(grid).total for grid in grids) / bars
        yield Measure(metric=f"faults_per_bar_{name}", value=value, convention=rules + words, count=round(bars))


def rewritten(piece: Grid) -> Grid:
    """Our lower voices under Bach's soprano, as `harmony` writes them when nothing is steered."""
    given = np.full_like(piece, UNKNOWN)
    given[0] = piece[0]
    given[:, piece[0] == 0] = 0
    values: dict[str, Value] = CAPABILITY.read({})
    ends = np.zeros(piece.shape[1], np.int64)
    ends[-4:], ends[-4] = 2, 1
    wishes = Wishes(
        seed=0,
        variant=0,
        temperature_milli=int(values["temperature"]),
        ends=ends,
        cadence_milli=int(values["cadence"]),
    )
    return written(given, wishes)[0]
