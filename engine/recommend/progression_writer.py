"""New changes of chord after those that are given: drawn from the model, or written phrases that the model chooses."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from engine.arrays import Doubles
from engine.recommend.chance import choose
from engine.recommend.chord_reading import Given, Key
from engine.recommend.chord_tokens import NO_CHORD, QUALITIES, TOKENS, Change, merged, moved, root_of, tones_of
from engine.recommend.progression_model import ProgressionModel
from engine.recommend.progression_network import Piece
from engine.recommend.progression_phrases import BLUES, PHRASES, Bar, bars_of
from engine.recommend.song_memory import ORDERS, recall

RHYTHMS: Final = ("learnt", "half", "bar", "two_bars")
_CHORD, _LENGTH, _FORM = range(3)  # what a draw is about
_BLUES_BARS: Final = 12
_REMEMBERED_FROM: Final = 3
_REPETITION_NATS: Final = 4.0
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for.

    bars : how many new ones; style : see `progression_phrases.STYLES`; rhythm : one of RHYTHMS
    ends_home : the last chord is the tonic
    is_fresh : what the song has already done after its last three chords or more is made unlikely
    temperature_milli : how far draws follow the model, 1000 as it believes
    """

    bars: int
    style: str
    rhythm: str
    ends_home: bool
    is_fresh: bool
    temperature_milli: int


def write(
    model: ProgressionModel, given: Given, wish: Wish, *, seed: int, variant: int, tell: Callable[[float], None]
) -> list[Change]:
    """New changes, `wish.bars` bars of them; the same call gives the same ones."""
    places = (seed, variant)
    if wish.style == "pop":
        found = _drawn(model, given, wish, places, tell)
    elif wish.style == "blues":
        found = _chorus(model, given, wish, places)
    else:
        found = _phrases(model, given, wish, places)
    return _home(found, given, wish) if wish.ends_home else found


def bar_beats(given: Given) -> int:
    """Beats of a written bar, as the networks count beats."""
    return max(int(given.bar / given.beat), 1)


def _drawn(
    model: ProgressionModel, given: Given, wish: Wish, places: tuple[int, int], tell: Callable[[float], None]
) -> list[Change]:
    total = wish.bars * bar_beats(given)
    new: list[Change] = []
    done = 0
    while done < total:
        piece = replace(given.piece, changes=(*given.piece.changes, *new))
        likely = np.log(np.maximum(model.probabilities(piece)[-1], 1e-12)) + _ruled_out(piece, given.key)
        if wish.is_fresh:
            likely += _repetition(piece)
        token, _ = choose(likely, *places, len(new), _CHORD, temperature_milli=wish.temperature_milli)
        beats = min(_length(model, piece, given, wish, (*places, len(new), _LENGTH)), total - done)
        new.append(Change(token=token, beats=beats))
        done += beats
        tell(done / total)
    return new


def _ruled_out(piece: Piece, key: Key) -> Doubles:
    """-inf for silence and the chord that stands; a new piece begins with a chord of its key."""
    leaning = np.zeros(TOKENS)
    leaning[NO_CHORD] = -np.inf
    if piece.changes and piece.changes[-1].token != NO_CHORD:
        leaning[piece.changes[-1].token] = -np.inf
    if not piece.changes:
        scale = {(key.tonic + step) % 12 for step in (_MINOR if key.is_minor else _MAJOR)}
        foreign = [token for token in range(NO_CHORD) if not scale.issuperset(tones_of(token))]
        leaning[foreign] = -np.inf
    return leaning


def _repetition(piece: Piece) -> Doubles:
    """Nats taken from what followed before on the same three chords or more."""
    leaning = np.zeros(TOKENS)
    *_, recalled = recall(piece)
    for kind, counts in recalled.items():
        if kind < len(ORDERS) and ORDERS[kind] >= _REMEMBERED_FROM:
            leaning[list(counts)] = -_REPETITION_NATS
    return leaning


def _length(model: ProgressionModel, piece: Piece, given: Given, wish: Wish, places: tuple[int, ...]) -> int:
    bar = bar_beats(given)
    if wish.rhythm != "learnt" or piece.beats_per_bar not in model.lengths:
        return {"half": max(bar // 2, 1), "two_bars": 2 * bar}.get(wish.rhythm, bar)
    table = model.lengths[piece.beats_per_bar]
    shares = table[beat_of_end(piece) % len(table)]
    index, _ = choose(np.log(shares), *places, temperature_milli=min(wish.temperature_milli, 1000))
    return index + 1


def beat_of_end(piece: Piece) -> int:
    """The beat on which the next chord begins."""
    return piece.origin + sum(change.beats or 0 for change in piece.changes)


def _chorus(model: ProgressionModel, given: Given, wish: Wish, places: tuple[int, int]) -> list[Change]:
    """Blues goes on in its form: after five bars comes the sixth."""
    passed = beat_of_end(given.piece) // bar_beats(given)
    options = []
    for form in BLUES[given.key.is_minor]:
        bars = bars_of(form)
        options.append(_laid([bars[(passed + bar) % _BLUES_BARS] for bar in range(wish.bars)], given))
    return options[_chosen(model, given, [], options, wish, (*places, 0, _FORM))]


def _phrases(model: ProgressionModel, given: Given, wish: Wish, places: tuple[int, int]) -> list[Change]:
    """Two bars at a time: an opening where nothing stands or a period begins, middles, and a closing."""
    book = PHRASES[wish.style, given.key.is_minor]
    new: list[Change] = []
    for first in range(0, wish.bars, 2):
        is_last = first + 2 >= wish.bars
        kind = book.closing if is_last or first % 8 == 6 else book.opening if first % 8 == 0 else book.middle
        left = wish.bars - first
        # One bar that is left over is the end of a closing, not its beginning.
        options = [_laid(list(bars_of(text)[-left:] if left < 2 else bars_of(text)), given) for text in kind]
        new += options[_chosen(model, given, new, options, wish, (*places, first, _FORM))]
    return merged(new)


def _chosen(
    model: ProgressionModel,
    given: Given,
    new: list[Change],
    options: list[list[Change]],
    wish: Wish,
    places: tuple[int, ...],
) -> int:
    """Which of the options follows: the likelier after what stands, the likelier it is drawn."""
    so_far = replace(given.piece, changes=tuple(merged([*given.piece.changes, *new])))
    scored = model.log_likelihoods(so_far, options)
    per_chord = np.array([nats / max(count, 1) if count else -3.0 for nats, count in scored])
    index, _ = choose(per_chord, *places, temperature_milli=wish.temperature_milli)
    return index


def _laid(bars: list[Bar], given: Given) -> list[Change]:
    """Bars as in C to changes in the key, with lengths; a bar too short for its chords keeps the first ones."""
    beats = bar_beats(given)
    found: list[Change] = []
    for bar in bars:
        edges = [round(beats * sum((share for _, share in bar[:index]), Fraction(0))) for index in range(len(bar) + 1)]
        found += [
            Change(token=moved(token, given.key.tonic), beats=stop - start)
            for (token, _), start, stop in zip(bar, edges, edges[1:], strict=False)
            if stop > start
        ]
    return merged(found)


def _home(changes: list[Change], given: Given, wish: Wish) -> list[Change]:
    """The last bar is the tonic, if it is not already."""
    if root_of(changes[-1].token) == given.key.tonic:
        return changes
    tonic = given.key.tonic * len(QUALITIES) + QUALITIES.index("m" if given.key.is_minor else "")
    left = wish.bars * bar_beats(given) - bar_beats(given)
    kept: list[Change] = []
    for change in changes:
        beats = min(change.beats or 0, left)
        left -= beats
        if beats:
            kept.append(replace(change, beats=beats))
    return merged([*kept, Change(token=tonic, beats=bar_beats(given))])
