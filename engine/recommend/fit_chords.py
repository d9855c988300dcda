"""How well known progressions stand under a given melody, beside the chords that the model puts."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles
from engine.errors import EngineError
from engine.recommend import lead_sheet_writer
from engine.recommend.capability import Value
from engine.recommend.chord_reading import read_chords
from engine.recommend.chord_tokens import NO_CHORD, moved, token_of, tones_of
from engine.recommend.lead_sheet import Sheet, read
from engine.recommend.lead_sheet_grid import lay_out, seen_from
from engine.recommend.quiet import one_thread
from engine.recommend.ranking import Fit, Passage, moved_words
from engine.score import Score

_KEYS: Final = range(-5, 7)
CHORDS_MIN: Final = 2


def measure(given: Score, passages: Sequence[Passage], values: Mapping[str, Value]) -> list[Fit]:
    """1000 ln P of the chord of a half bar, given the melody and the chords before.

    Known progressions begin with the melody and come again as often as it lasts; they are tried in every key and judged
    in the one where they fit best.

    Raises
    ------
    NotAMelodyError
        If there is no melody, or two of its notes sound at once.
    """
    sheet = read(given)
    found = []
    for one in passages:
        chords = _chords(one, sheet)
        if len({symbol for _, symbol in chords}) < CHORDS_MIN:
            continue
        tokens = np.array([_at(chords, place, sheet, repeats=not one.is_drawn) for place in range(sheet.places)])
        keys = (0,) if one.is_drawn else tuple(_KEYS)
        turned = np.array([[moved(int(token), key - sheet.home) for token in tokens] for key in keys])
        nats = log_likelihoods(sheet, turned)
        best = int(np.argmax(nats))
        words = () if one.is_drawn else (_inside(sheet, turned[best]), moved_words(keys[best]))
        milli = round(1000 * float(nats[best]) / sheet.places)
        found.append(Fit(id=one.id, per_event_milli=milli, events=sheet.places, semitones=keys[best], words=words))
    return found


def log_likelihoods(sheet: Sheet, tokens: NDArray[np.int64]) -> Doubles:
    """ln P of harmonisations of one melody.

    tokens : (harmonisations, places) of every half bar, counted from the melody's home
    """
    import torch

    rows = seen_from(lay_out(sheet.notes, sheet.places), sheet.home)
    melody = torch.from_numpy(rows)[None].expand(len(tokens), -1, -1)
    chords = torch.from_numpy(tokens)
    with one_thread(), torch.inference_mode():
        likely = lead_sheet_writer.load()(melody, chords).gather(2, chords[:, :, None])
    return np.asarray(likely.double().sum((1, 2)).numpy())


def _chords(one: Passage, sheet: Sheet) -> list[tuple[Fraction, int]]:
    """(onset in quarter notes from its first chord on, token); of a drawn one from the melody's first half bar on."""
    try:
        chords = one.chords or tuple((onset, symbol) for onset, _, symbol in read_chords(one.score))
        start = sheet.origin if one.is_drawn else chords[0][0]
        return [(onset - start, token_of(symbol)) for onset, symbol in chords]
    except (EngineError, IndexError):
        return []


def _at(chords: Sequence[tuple[Fraction, int]], place: int, sheet: Sheet, *, repeats: bool) -> int:
    """The token that stands as a half bar begins."""
    at = place * sheet.half
    if repeats:
        at %= _length(chords, sheet.half)
    index = bisect_right([onset for onset, _ in chords], at) - 1
    return chords[index][1] if index >= 0 else NO_CHORD


def _length(chords: Sequence[tuple[Fraction, int]], half: Fraction) -> Fraction:
    """How long a progression is: its last chord lasts as long as the one before, and bars stay whole."""
    last = chords[-1][0] - chords[-2][0]
    bars = -int(-(chords[-1][0] + last) // (2 * half))
    return max(bars, 1) * 2 * half


def _inside(sheet: Sheet, tokens: NDArray[np.int64]) -> str:
    places = np.clip(np.floor(sheet.notes[:, 0] + 0.05).astype(int), 0, len(tokens) - 1)
    inside = sum(
        int(pitch - sheet.home) % 12 in tones_of(int(tokens[at]))
        for at, pitch in zip(places, sheet.notes[:, 2], strict=True)
    )
    return f"{inside} of {len(places)} notes of your melody belong to its chords."
