"""Reviewed notes in the confined child: JSON that somebody edited becomes MIDI on the grid that was heard."""

from __future__ import annotations

import json
from typing import Any

from engine.errors import OutOfRangeError
from engine.io import midi_writer
from engine.transcription import DetectedNote, KeyGuess, MeterGuess, TempoPoint, Transcription

Outcome = tuple[dict[str, Any], dict[str, bytes]]


def write_notes(data: bytes, *, is_quantised: bool) -> Outcome:
    """`notes.mid` of a draft's notes and facts, and what is found in it."""
    from production.parsing.work import look  # late: it imports this module

    values = json.loads(data)
    heard = _transcription(values["facts"], values["notes"])
    if not heard.notes:
        raise OutOfRangeError("there are no notes to keep")
    written = midi_writer.write(heard.as_score(is_quantised=is_quantised))
    return {"examined": look(written).as_json()}, {"notes.mid": written}


def _transcription(facts: dict[str, Any], notes: list[list[float]]) -> Transcription:
    # A bend belongs to the pitch that was heard: a note that was moved lost it.
    heard = {int(row[0]): row[3] for row in facts.get("notes") or []}
    still = {int(row[0]) for row in notes if heard.get(int(row[0])) == row[3]}
    bends = {place: bend for place, bend in enumerate(facts.get("bends") or []) if place in still}
    found = sorted((_note(row, bends) for row in notes), key=lambda note: (note.onset_s, note.pitch_midi))
    meter, key = facts.get("meter"), facts.get("key")
    return Transcription(
        texture=facts["texture"],
        duration_s=max([facts["seconds"], *(note.offset_s for note in found)]),
        notes=tuple(found),
        tempo_map=tuple(TempoPoint(at_s=at, bpm=bpm) for at, bpm in facts["tempo_map"]),
        beats_s=tuple(facts["beats_s"]),
        is_tempo_given=facts["is_tempo_given"],
        meter=MeterGuess(
            numerator=int(meter[0]), denominator=int(meter[1]), first_downbeat=int(meter[2]), confidence=meter[3]
        )
        if meter
        else None,
        key=KeyGuess(name=key, confidence=facts.get("key_confidence") or 0.0) if key else None,
    )


def _note(row: list[float], bends: dict[int, list[int]]) -> DetectedNote:
    """A row [id, onset_s, duration_s, pitch, velocity, confidence, part]."""
    place, onset, duration, pitch, velocity, confidence = row[:6]
    return DetectedNote(
        onset_s=float(onset),
        offset_s=float(onset + duration),
        pitch_midi=int(pitch),
        velocity=int(velocity),
        confidence=float(confidence),
        bend=tuple(float(cents) for cents in bends.get(int(place), ())),
    )
