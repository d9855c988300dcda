"""How well known progressions go on from given chords, beside those that the model draws."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from engine.errors import EngineError
from engine.recommend import progression_model
from engine.recommend.capability import Value
from engine.recommend.chord_reading import Given, read_chords
from engine.recommend.chord_tokens import Change, merged, moved, token_of
from engine.recommend.functions import roman
from engine.recommend.progression import CAPABILITY, read_asked
from engine.recommend.ranking import Fit, Passage, moved_words
from engine.score import Score
from engine.theory.names import key_name

CONSIDERED_CHORDS: Final = 16
_AT_ONCE: Final = 48
_KEYS: Final = range(-5, 7)
_NUMERALS_TOLD: Final = 4  # a taste: the chords themselves need a licence


def measure(given: Score, passages: Sequence[Passage], values: Mapping[str, Value]) -> list[Fit]:
    """1000 ln P of a change of chord after the given ones, averaged over the first 16 changes.

    Known progressions are tried in every key and judged in the one where they fit best; those of fewer than two
    different chords are left out.

    Raises
    ------
    UnreadableFileError
        If there is no chord to go on from.
    """
    chosen = CAPABILITY.read(values)
    read = read_asked(given, chosen)
    start = read.end if chosen["include"] == "whole" else Fraction(0)
    model = progression_model.load()
    trials: list[tuple[Passage, int, list[Change]]] = []
    for one in passages:
        changes = _changes(one, read, start)
        if len(changes) > 1:
            keys = (0,) if one.is_drawn else _KEYS
            trials += [(one, key, [replace(each, token=moved(each.token, key)) for each in changes]) for key in keys]
    best: dict[str, Fit] = {}
    for first in range(0, len(trials), _AT_ONCE):
        group = trials[first : first + _AT_ONCE]
        scored = model.log_likelihoods(read.piece, [changes for _, _, changes in group])
        for (one, semitones, changes), (nats, count) in zip(group, scored, strict=True):
            milli = round(1000 * nats / max(count, 1))
            if count and (one.id not in best or milli > best[one.id].per_event_milli):
                words = () if one.is_drawn else _words(changes, read, semitones)
                best[one.id] = Fit(id=one.id, per_event_milli=milli, events=count, semitones=semitones, words=words)
    return list(best.values())


def _changes(one: Passage, read: Given, start: Fraction) -> list[Change]:
    """What a passage adds: of a drawn one, what stands from `start` on."""
    try:
        chords = one.chords or tuple((onset, symbol) for onset, _, symbol in read_chords(one.score))
        chords = tuple(pair for pair in chords if not one.is_drawn or pair[0] >= start)
        ends = [onset for onset, _ in chords[1:]] + [one.score.end]
        changes = [
            Change(token=token_of(symbol), beats=_beats(end - onset, read))
            for (onset, symbol), end in zip(chords, ends, strict=False)
        ]
    except EngineError:
        return []
    return merged(changes)[:CONSIDERED_CHORDS]


def _beats(length: Fraction, read: Given) -> int:
    return max(round(float(length / read.beat)), 1)


def _words(changes: Sequence[Change], read: Given, semitones: int) -> tuple[str, ...]:
    numerals = " ".join(roman(change.token, read.key) for change in changes[:_NUMERALS_TOLD])
    end = " …" if len(changes) > _NUMERALS_TOLD else "."
    name = key_name(read.key.tonic, "minor" if read.key.is_minor else "major")
    return (f"In {name}: {numerals}{end}", moved_words(semitones))
