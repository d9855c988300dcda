"""Draws chords for a melody, half bar by half bar, from the lead-sheet network."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles, Floats
from engine.recommend.chance import choose
from engine.recommend.chord_tokens import NO_CHORD, QUALITIES, TOKENS
from engine.weights import tensors

if TYPE_CHECKING:
    from engine.recommend.lead_sheet_network import LeadSheetNetwork

MODEL: Final = "pop-chords-1"
COLOURS: Final = ("songs", "triads", "sevenths")
_TRIADS: Final = frozenset({"", "m", "dim"})
_SEVENTHS: Final = frozenset({"7", "maj7", "m7", "m7b5", "dim7", "7sus4"})
_SEVENTHS_BONUS: Final = 5.0  # nats


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for.

    temperature_milli : 1000 draws as the model believes, 0 takes the likeliest
    places_per_chord : a chord may change at every so many half bars
    colour : "songs" as the model believes, "triads" only, or "sevenths" made likelier
    last : token that the last half bar has, counted from home; None leaves it free
    """

    temperature_milli: int = 1000
    places_per_chord: int = 1
    colour: str = "songs"
    last: int | None = None


def write(
    network: "LeadSheetNetwork",
    rows: Floats,
    wish: Wish,
    *,
    seed: int,
    variant: int,
    tell: Callable[[float], None] = lambda share: None,
) -> tuple[NDArray[np.int64], float]:
    """Chords for a melody, and ln P of them under the model.

    Parameters
    ----------
    rows : (places, FEATURES) float32, the melody seen from home, see `lead_sheet_grid`

    Returns
    -------
    (places,) tokens counted from home, and nats
    """
    import torch

    leaning = _leaning(wish.colour)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a half bar is small: threads would wait for each other longer than they work
    try:
        with torch.inference_mode():
            known = network.read(torch.from_numpy(rows)[None])
            state, before, total = None, TOKENS, 0.0
            found = np.zeros(len(rows), np.int64)
            for place in range(len(rows)):
                logits, state = network.walk(known[:, place : place + 1], torch.tensor([[before]]), state)
                likely = logits[0, 0].log_softmax(0).double().numpy()
                before = _pick(likely, leaning, wish, before, place, len(rows), seed, variant)
                total += float(likely[before])
                found[place] = before
                tell((place + 1) / len(rows))
    finally:
        torch.set_num_threads(threads)
    return found, total


def _pick(
    likely: Doubles, leaning: Doubles, wish: Wish, before: int, place: int, places: int, seed: int, variant: int
) -> int:
    first_of_last = (places - 1) // wish.places_per_chord * wish.places_per_chord
    if wish.last is not None and place >= first_of_last:
        return wish.last
    if place % wish.places_per_chord:
        return before
    token, _ = choose(likely + leaning, seed, variant, place, temperature_milli=wish.temperature_milli)
    return token


@cache
def _leaning(colour: str) -> Doubles:
    """Nats added to every token; there is always a chord."""
    leaning = np.zeros(TOKENS)
    for token in range(NO_CHORD):
        quality = QUALITIES[token % len(QUALITIES)]
        if colour == "triads" and quality not in _TRIADS:
            leaning[token] = -np.inf
        if colour == "sevenths" and quality in _SEVENTHS:
            leaning[token] = _SEVENTHS_BONUS
    leaning[NO_CHORD] = -np.inf
    return leaning


@cache
def load() -> "LeadSheetNetwork":
    """The shipped network."""
    import torch

    from engine.recommend.lead_sheet_network import LeadSheetNetwork

    network = LeadSheetNetwork(dropout=0.0)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.read(MODEL).items()})
    return network.eval()
