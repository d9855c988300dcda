"""MusicXML 4.0, plain or compressed, to a `Score` and back."""

from engine.errors import UnreadableFileError, UnsupportedFormatError
from engine.io import limits, mxl
from engine.io.musicxml_reader import read_xml
from engine.io.musicxml_writer import write_xml
from engine.score import Score, check_limits


def read(data: bytes) -> Score:
    """Read a MusicXML score, partwise or timewise, plain or compressed (.mxl).

    Notes are as written: repeats are not unfolded, cues are left out, ties are joined, transposing instruments sound
    where they sound, microtones go to the nearest key, grace notes have the duration 0.

    Raises
    ------
    UnreadableFileError
        If it is empty, cut off, broken, or uses entities or external references.
    UnsupportedFormatError
        If it is XML but no score.
    LimitExceededError
        If it is larger, deeper or longer than `engine.io.limits` allows.
    """
    if not data:
        raise UnreadableFileError("the file is empty")
    if data[:4] == b"PK\x03\x04":
        data = mxl.unpack(data)
    elif data.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] != b"<":
        raise UnsupportedFormatError("this is no MusicXML: it does not begin with an element")
    limits.check_size(data, "musicxml")
    return check_limits(read_xml(data))


def write(score: Score) -> bytes:
    """Write a partwise MusicXML 4.0 score; every onset, pitch and duration is kept exactly.

    Notes that fit no note value are written as tied ones; overlapping notes of one part go to several voices.

    Raises
    ------
    LimitExceededError
        If the score would have more measures or bytes than `engine.io.limits` allows.
    """
    data = write_xml(check_limits(score))
    limits.check_size(data, "musicxml")  # what we write we can read again
    return data


def write_mxl(score: Score) -> bytes:
    """As `write`, compressed with its index (.mxl)."""
    return mxl.pack(write(score))
