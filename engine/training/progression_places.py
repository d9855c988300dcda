"""Which chords of a song are predicted, and counted, when a model of progressions is fitted or measured."""

from collections.abc import Iterator

from engine.recommend.chord_tokens import NO_CHORD
from engine.recommend.progression_network import Piece


def places_of(piece: Piece) -> Iterator[tuple[int, int]]:
    """(place, token) of every chord that has a chord somewhere before it; silences are heard but not predicted."""
    has_begun = False
    for step, change in enumerate(piece.changes):
        if change.token != NO_CHORD:
            if has_begun:
                yield step, change.token
            has_begun = True
