"""The chord progressions of POP909 as the network is shown them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from engine.recommend.chord_tokens import NO_CHORD, QUALITIES, Change, merged
from engine.recommend.progression_network import LENGTH_MAX, Piece
from engine.training.pop909 import NO_ROOT, Chord, Song

_QUALITY_OF: Final = {
    "maj": "", "min": "m", "dim": "dim", "aug": "aug", "sus2": "sus2", "sus4": "sus4", "7": "7", "maj7": "maj7",
    "min7": "m7", "minmaj7": "m", "hdim7": "m7b5", "dim7": "dim7", "sus4(b7)": "7sus4", "maj6": "6", "min6": "m",
}  # fmt: skip


def token_of(chord: Chord) -> int:
    """The token of an annotated chord; its bass is left aside."""
    if chord.root == NO_ROOT:
        return NO_CHORD
    return chord.root * len(QUALITIES) + QUALITIES.index(_QUALITY_OF[chord.quality])


def piece_of(song: Song) -> Piece:
    """Every change of chord of a song, with its key."""
    changes = merged([Change(token=token_of(chord), beats=chord.stop - chord.start) for chord in song.chords])
    bars = 8 * song.beats_per_bar
    return Piece(
        changes=tuple(changes[:LENGTH_MAX]),
        tonic=song.keys[0].tonic,
        is_minor=song.keys[0].is_minor,
        beats_per_bar=song.beats_per_bar,
        origin=(song.chords[0].start - song.first_downbeat) % bars,
    )


def pieces_of(songs: Iterable[Song]) -> list[Piece]:
    """The progression of every song."""
    return [piece_of(song) for song in songs]


def untimed(piece: Piece) -> Piece:
    """The same chords, as symbols alone."""
    changes = tuple(Change(token=change.token) for change in piece.changes)
    return replace(piece, changes=changes, beats_per_bar=0, origin=0)
