"""Melodies of POP909 with their chords, half bar by half bar."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles, Floats
from engine.recommend.chord_tokens import NO_CHORD
from engine.recommend.lead_sheet_grid import home_of, lay_out, seen_from
from engine.training.pop909 import DURATION, ONSET, Song
from engine.training.progression_data import token_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """One song as a lead sheet, from the bar in which the melody begins to the one in which it ends.

    notes : (notes, 4) onset and duration in half bars, MIDI pitch, velocity
    home : pitch class from which chords are counted
    rows : (places, FEATURES) float32 melody seen from home; chords : (places,) int64 tokens, in the song's own key
    """

    notes: Doubles
    home: int
    rows: Floats
    chords: NDArray[np.int64]


def sheets_of(songs: Iterable[Song]) -> list[Sheet]:
    """The lead sheet of every song."""
    return [sheet_of(song) for song in songs]


def sheet_of(song: Song) -> Sheet:
    """The lead sheet of a song; a half bar has the chord that stands in it longest, the earlier one of two."""
    half = song.beats_per_bar // 2
    bar_of_first = int((song.melody[0, ONSET] - song.first_downbeat + 0.25) // song.beats_per_bar)
    origin = song.first_downbeat + bar_of_first * song.beats_per_bar
    notes = song.melody.copy()
    notes[:, ONSET] = (notes[:, ONSET] - origin) / half
    notes[:, DURATION] /= half
    places = int(np.ceil((notes[:, ONSET] + notes[:, DURATION]).max() / 2 - 0.05)) * 2
    chords = _chords(song, origin, half, places)
    home = home_of(notes)
    return Sheet(notes=notes, home=home, rows=seen_from(lay_out(notes, places), home), chords=chords)


def _chords(song: Song, origin: int, half: int, places: int) -> NDArray[np.int64]:
    beats = np.full(places * half, NO_CHORD, np.int64)
    for chord in song.chords:
        beats[max(chord.start - origin, 0) : max(chord.stop - origin, 0)] = token_of(chord)
    found = []
    for row in beats.reshape(places, half).tolist():
        found.append(max(row, key=lambda token: (row.count(token), -row.index(token))))
    return np.array(found, np.int64)
