"""Sound into notes, beats, chords and key: `transcribe` hears a recording, `Transcription` holds what was heard."""

from engine.transcription.listen import transcribe, transcribe_blocks
from engine.transcription.retune import NoteEdit, pitch_edit
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
    "NoteEdit",
    "TempoPoint",
    "Texture",
    "Transcription",
    "pitch_edit",
    "transcribe",
    "transcribe_blocks",
]
