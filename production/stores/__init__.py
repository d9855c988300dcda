"""Bytes under their hash (`content`), and the four stores of elements built on them: midi, wave, sounds, mix."""
