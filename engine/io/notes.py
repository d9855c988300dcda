"""Any kind of notes, MIDI, MusicXML or a progression, to a `Score`."""

from typing import Final

from engine.errors import UnsupportedFormatError
from engine.io import midi, musicxml, progression
from engine.io.sniff import sniff
from engine.score import Score, check_limits

MEDIA: Final = ("midi", "musicxml", "mxl", "progression")


def read(data: bytes) -> Score:
    """Read notes in whichever of our formats they come.

    Raises
    ------
    UnsupportedFormatError
        If these are no notes.
    EngineError
        As the reader of the format.
    """
    media = sniff(data)
    if media == "midi":
        return midi.read(data)
    if media in ("musicxml", "mxl"):
        return musicxml.read(data)
    if media == "progression":
        return check_limits(progression.to_score(progression.read(data)))
    raise UnsupportedFormatError(f"this is a {media} file, not notes")
