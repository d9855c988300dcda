"""Pitch, tuning, chords: Tables 1-3 of the paper, worked out."""
