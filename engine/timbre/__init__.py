"""Instruments: playing notes with sounds."""
