"""`transcribe IN OUT.mid`: a recording written down as notes."""

import argparse
from dataclasses import asdict
from typing import Any

from engine import console

SUMMARY = "hear notes, beats, chords and key in a recording and write the notes as MIDI or MusicXML"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a recording, a target, the texture and the tempo."""
    console.add_source(parser, "a recording")
    console.add_target(parser, "a .mid or .musicxml file")
    textures = parser.add_mutually_exclusive_group()
    for texture, text in (
        ("mono", "one voice or instrument line"),
        ("poly", "several notes at once (the default)"),
        ("drums", "a drum kit"),
    ):
        textures.add_argument(f"--{texture}", dest="texture", action="store_const", const=texture, help=text)
    parser.set_defaults(texture="poly")
    parser.add_argument("--tempo", type=float, metavar="BPM", help="the tempo of the project, from the first sample on")
    parser.add_argument("--played", action="store_true", help="leave the notes where they were played")


def run(options: argparse.Namespace) -> None:
    """Transcribe, write the notes and print a summary as JSON."""
    from engine.convert import form_of_name
    from engine.errors import UnsupportedFormatError
    from engine.io import audio, midi, musicxml
    from engine.transcription import transcribe

    form = form_of_name(options.target.name)
    if form not in ("midi", "musicxml"):
        raise UnsupportedFormatError(f"notes cannot be written as {options.target.suffix}: use .mid or .musicxml")
    console.check_target(options.target, options.source)
    signal, rate = audio.read(console.read(options.source))
    length_s = signal.shape[1] / rate
    progress = console.Progress("transcribing", length_s, "seconds")
    heard = transcribe(
        signal,
        sample_rate_hz=rate,
        texture=options.texture,
        tempo_bpm=options.tempo,
        progress=lambda share: progress.reach(share * length_s),
    )
    score = heard.as_score(is_quantised=not options.played)
    data = midi.write(score) if form == "midi" else musicxml.write(score)
    console.write(options.target, data, options.source)
    console.print_json(summary(heard))


def summary(heard: Any) -> dict[str, Any]:
    """What was heard as plain JSON values: counts and lists, times in seconds."""
    return {
        "texture": heard.texture,
        "duration_s": round(heard.duration_s, 3),
        "note_count": len(heard.notes),
        "tempo_bpm": round(heard.tempo_bpm, 2),
        "is_tempo_given": heard.is_tempo_given,
        "tempo_map": [asdict(point) for point in heard.tempo_map],
        "beats_s": list(heard.beats_s),
        "meter": asdict(heard.meter) if heard.meter else None,
        "key": asdict(heard.key) if heard.key else None,
        "chords": [asdict(span) for span in heard.chords],
        "notes": [
            {
                "onset_s": round(entry.played.onset_s, 4),
                "offset_s": round(entry.played.offset_s, 4),
                "released_s": round(entry.played.written_end_s, 4),
                "pitch_midi": entry.played.pitch_midi,
                "velocity": entry.played.velocity,
                "confidence": round(entry.played.confidence, 3),
                "onset_quarters": float(entry.onset),
                "duration_quarters": float(entry.duration),
            }
            for entry in heard.grid()
        ],
    }
