"""Pitch, tuning, intervals, chords: Tables 1-3 and the chord waveform of the seed paper, worked out."""

from engine.theory.names import chord_name, key_name, note_name, parse_chord
from engine.theory.tables import table_1, table_2, table_3
from engine.theory.tuning import cents, frequency_hz, midi_number, midi_of_name, nearest_note
from engine.theory.waveform import chord_sound, chord_waveform

__all__ = [
    "cents",
    "chord_name",
    "chord_sound",
    "chord_waveform",
    "frequency_hz",
    "key_name",
    "midi_number",
    "midi_of_name",
    "nearest_note",
    "note_name",
    "parse_chord",
    "table_1",
    "table_2",
    "table_3",
]
