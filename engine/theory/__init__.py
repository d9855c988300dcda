"""Pitch, tuning, intervals, scales, chords: Tables 1-3 and the chord waveform of the seed paper, worked out."""

from engine.theory.chords import ChordReading, chord_notes, chord_readings
from engine.theory.names import chord_name, key_name, note_name, parse_chord
from engine.theory.scales import SCALES, scale_notes, scales_with
from engine.theory.tables import table_1, table_2, table_3
from engine.theory.temperaments import Tuning, by_fifths, equal, historical, just, meantone, pythagorean
from engine.theory.tuning import cents, frequency_hz, midi_number, midi_of_name, nearest_note
from engine.theory.waveform import chord_sound, chord_waveform

__all__ = [
    "SCALES",
    "ChordReading",
    "Tuning",
    "by_fifths",
    "cents",
    "chord_name",
    "chord_notes",
    "chord_readings",
    "chord_sound",
    "chord_waveform",
    "equal",
    "frequency_hz",
    "historical",
    "just",
    "key_name",
    "meantone",
    "midi_number",
    "midi_of_name",
    "nearest_note",
    "note_name",
    "parse_chord",
    "pythagorean",
    "scale_notes",
    "scales_with",
    "table_1",
    "table_2",
    "table_3",
]
