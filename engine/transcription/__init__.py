"""Sound into notes, beats, chords and key: `transcribe` hears a recording, `Transcription` holds what was heard."""

from engine.transcription.listen import transcribe, transcribe_blocks
from engine.transcription.values import (
    ChordSpan,
    DetectedNote,
    KeyGuess,
    MeterGuess,
    TempoPoint,
    Texture,
    Transcription,
)

__all__ = [
    "ChordSpan",
    "DetectedNote",
    "KeyGuess",
    "MeterGuess",
    "TempoPoint",
    "Texture",
    "Transcription",
    "transcribe",
    "transcribe_blocks",
]
