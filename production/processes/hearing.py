"""Hearing notes in a recording, over `engine.transcription`: as notes to review, or all the way to a score."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.util
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from production.processes.base import Choice, Parameter, Process
from production.processes.crafted import Heard, Stage
from production.processes.sound import Take, Tell

if TYPE_CHECKING:
    from engine.transcription import Transcription

TRANSCRIBE = "notes.heard"
CHAIN = "notes.chain"
MIDI = "notes.midi"
MUSICXML = "notes.musicxml"
_TEXTURE = Parameter(
    name="texture",
    words="What plays",
    kind="choice",
    default="poly",
    choices=(
        Choice(value="mono", words="One line", hint="A voice, a flute, a bass: one note at a time."),
        Choice(value="poly", words="Several notes at once", hint="A piano, a guitar, a group with pitch."),
        Choice(value="drums", words="Drums", hint="Kick, snare and cymbals, without pitch."),
    ),
)
_TEMPO = Parameter(
    name="tempo_bpm",
    words="Tempo",
    unit="BPM",
    least=0.0,
    most=400.0,
    step=0.1,
    default=0.0,
    hint="The project's tempo, whose grid begins with the recording. 0: it is estimated.",
)
_OWN = {"mono": ("tonal-ear-1",), "poly": ("note-verifier-1", "tonal-ear-1")}
_NETWORKS = {
    "mono": (("swift-f0", "swift_f0", "model.onnx"),),
    "poly": (("basic-pitch", "basic_pitch", "saved_models/icassp_2022/nmp.onnx"),),
}


def processes() -> tuple[Process, ...]:
    """Two, if the engine can hear."""
    if importlib.util.find_spec("engine.transcription") is None:
        return ()
    return (
        Process(
            name=TRANSCRIBE,
            room="hearing",
            title="Transcribe",
            words="Hears notes, beats, chords and key. You review the notes in a piano roll before anything is kept.",
            makes="draft",
            parameters=(_TEXTURE, _TEMPO),
            ending="transcribed",
            role="arranger",
        ),
        Process(
            name=CHAIN,
            room="hearing",
            title="To MIDI and MusicXML",
            words="In one go: hears the notes, keeps them as MIDI, writes a score, and asks for harmonies where "
            "they are one melody. Every stage is kept as a version.",
            makes="stages",
            stages=(MIDI, MUSICXML),
            parameters=(_TEXTURE, _TEMPO),
            ending="transcribed",
            role="arranger",
        ),
    )


def hear(process: str, take: Take, parameters: Mapping[str, Any], tell: Tell) -> Heard:
    """Notes to review."""
    found = transcription(take, parameters, tell)
    return Heard(
        notes=[
            [
                round(note.onset_s, 4),
                round(note.offset_s - note.onset_s, 4),
                note.pitch_midi,
                note.velocity,
                round(note.confidence, 3),
                0,
            ]
            for note in found.notes
        ],
        facts=facts_of(found),
        weights=weights_of(found.texture),
        keys=keys_of(found),
    )


def keys_of(found: Transcription) -> dict[str, Any]:
    """What a recording is searched by once it was heard: its melody, chords and statistics, as those of written notes.

    Returns
    -------
    motifs, statistics : as `engine.describe` has them of notes, as JSON values; chords : symbols in order; key : or ""
    """
    from engine.analysis import motifs, statistics
    from engine.errors import EngineError

    score = found.as_score(is_quantised=True)
    key = found.key.name if found.key else None
    lines, clock = motifs.bar_lines(score), score.clock()
    words: list[tuple[int, int]] = []
    for chord in found.chords:
        try:
            word = motifs.chord_word(chord.symbol)
        except EngineError:  # "N": no chord sounds
            continue
        if not words or words[-1][0] != word:
            words.append((word, bisect_right(lines, clock.position(chord.start_s))))
    words = words[: motifs.CHORDS_MAX]
    searched = dataclasses.replace(
        motifs.of_score(score, key=key),
        chords=tuple(word for word, _ in words),
        chord_bars=tuple(max(bar, 1) for _, bar in words),
    )
    return {
        "motifs": dataclasses.asdict(searched),
        "statistics": dataclasses.asdict(statistics.of_score(score)),
        "chords": [chord.symbol for chord in found.chords],
        "key": key or "",
    }


def make(process: str, files: tuple[bytes, ...], parameters: Mapping[str, Any], tell: Tell) -> list[Stage]:
    """The notes as they were played, as MIDI, then on the grid, as MusicXML."""
    from engine.errors import OutOfRangeError
    from engine.io import audio, midi_writer, musicxml

    signal, rate = audio.read(files[0])
    take = Take(signal=signal, sample_rate_hz=rate, start=0, stop=signal.shape[1])
    found = transcription(take, parameters, tell)
    if not found.notes:
        raise OutOfRangeError("no notes were heard in it; try another texture")
    tell(0.8, "Writing the score")
    weights = weights_of(found.texture)
    return [
        Stage(
            process=MIDI,
            data=midi_writer.write(found.as_score(is_quantised=False)),
            weights=weights,
            keys=keys_of(found),
        ),
        Stage(process=MUSICXML, data=musicxml.write(found.as_score(is_quantised=True)), weights=weights),
    ]


def transcription(take: Take, parameters: Mapping[str, Any], tell: Tell) -> Transcription:
    """What the engine hears."""
    from engine.transcription import transcribe

    tempo = parameters["tempo_bpm"]
    return transcribe(
        take.signal,
        sample_rate_hz=take.sample_rate_hz,
        texture=parameters["texture"],
        tempo_bpm=float(tempo) if tempo else None,
        progress=lambda share: tell(0.03 + 0.75 * share, "Listening"),
    )


def facts_of(found: Transcription) -> dict[str, Any]:
    """What else was heard, as JSON: enough to put reviewed notes on the same grid again."""
    meter = found.meter
    return {
        "texture": found.texture,
        "seconds": round(found.duration_s, 4),
        "tempo_bpm": round(found.tempo_bpm, 2),
        "tempo_map": [[point.at_s, point.bpm] for point in found.tempo_map],
        "beats_s": [round(beat, 4) for beat in found.beats_s],
        "is_tempo_given": found.is_tempo_given,
        "key": found.key.name if found.key else None,
        "key_confidence": round(found.key.confidence, 3) if found.key else None,
        "meter": [meter.numerator, meter.denominator, meter.first_downbeat, meter.confidence] if meter else None,
        "chords": [[round(one.start_s, 3), round(one.end_s, 3), one.symbol] for one in found.chords],
        "bends": [[round(cents) for cents in note.bend] for note in found.notes],
    }


@functools.cache
def weights_of(texture: str) -> dict[str, str]:
    """Name -> hash of the networks that hear this texture."""
    found = {}
    for name, package, file in _NETWORKS.get(texture, ()):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            path = Path(spec.origin).parent / file
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    from engine.weights import tensors

    found |= {name: tensors.hash_of(name) for name in _OWN.get(texture, ()) if tensors.path_of(name).exists()}
    return found
