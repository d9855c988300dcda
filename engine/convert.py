"""From one form of notes or sound to another, by the names of the formats."""

from pathlib import Path
from typing import Final, Literal, get_args

from engine.errors import UnsupportedFormatError
from engine.io import audio, midi, musicxml, notes, progression
from engine.io.recording import AUDIO_MEDIA, media_of, open_recording, read_small
from engine.io.sniff import sniff
from engine.score import Score

NoteForm = Literal["midi", "musicxml", "mxl", "progression"]
AudioForm = Literal["wav", "flac", "ogg", "mp3"]

NOTE_FORMS: Final[tuple[NoteForm, ...]] = get_args(NoteForm)

SUFFIXES: Final[dict[str, NoteForm | AudioForm]] = {
    ".mid": "midi", ".midi": "midi", ".musicxml": "musicxml", ".xml": "musicxml", ".mxl": "mxl",
    ".json": "progression", ".wav": "wav", ".flac": "flac", ".ogg": "ogg", ".mp3": "mp3",
}  # fmt: skip


def form_of_name(name: str) -> NoteForm | AudioForm:
    """The form that a file's name asks for by its ending.

    Raises
    ------
    UnsupportedFormatError
        If the ending names no form that can be written.
    """
    for suffix, form in SUFFIXES.items():
        if name.lower().endswith(suffix):
            return form
    raise UnsupportedFormatError(f"cannot write {name}: use one of {', '.join(SUFFIXES)}")


def convert_file(source: Path, target: Path, to: NoteForm | AudioForm, *, tell: audio.Tell | None = None) -> None:
    """As `convert`, from disk to disk: a recording of any length passes through in bounded memory.

    tell : is called with the seconds of a recording done and the seconds in all

    Raises
    ------
    EngineError
        As `convert`; what stands in `target` then is no whole file.
    """
    if to in ("wav", "flac", "ogg", "mp3"):
        with open_recording(source) as recording:
            audio.transcode(recording, target, format=to, tell=tell)
        return
    if media_of(source) in AUDIO_MEDIA:
        raise UnsupportedFormatError("only notes can be written as notes")
    target.write_bytes(convert(read_small(source), to))


def convert(data: bytes, to: NoteForm | AudioForm) -> bytes:
    """Notes to another form of notes, or a recording to another coding; the same bytes in give the same out.

    Raises
    ------
    UnsupportedFormatError
        If notes are asked for from a recording or the other way round.
    EngineError
        As the reader and the writer.
    """
    if to == "wav" or to == "flac" or to == "ogg" or to == "mp3":
        signal, rate = audio.read(data)
        return audio.write(signal, sample_rate_hz=rate, format=to)
    if sniff(data) not in notes.MEDIA:
        raise UnsupportedFormatError("only notes can be written as notes")
    return written(notes.read(data), to)


def written(score: Score, form: NoteForm) -> bytes:
    """Notes as a file of the form; errors as the writer."""
    if form == "midi":
        return midi.write(score)
    if form == "progression":
        return progression.write(progression.from_score(score))
    return musicxml.write(score) if form == "musicxml" else musicxml.write_mxl(score)
