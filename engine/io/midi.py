"""Standard MIDI files, types 0, 1 and 2, to a `Score` and back.

An own reader, not mido's: it forgives what players forgive (illegal status bytes between messages, foreign chunks,
a missing end of track, notes never ended), says at which byte of which track a file breaks, and takes linear time.

Source: "Standard MIDI Files 1.0", MIDI Manufacturers Association, RP-001.
"""

from engine.errors import UnreadableFileError, UnsupportedFormatError
from engine.io import limits
from engine.io.midi_track import Piece, TrackReader
from engine.io.midi_writer import write
from engine.score import Score, check_limits

__all__ = ["read", "write"]


def read(data: bytes) -> Score:
    """Read a Standard MIDI file into a score; the patterns of a type 2 file follow one another.

    Each pair of track and channel becomes a part, and so does each program used on it: a part plays one instrument.
    Equal pitches that overlap on one channel are ended first in, first out.

    Raises
    ------
    UnreadableFileError
        If the file is empty, cut off or broken; the message names the track and the byte.
    UnsupportedFormatError
        If it does not begin as a MIDI file does.
    LimitExceededError
        If it has more notes, tracks or messages than `engine.io.limits` allows.
    """
    limits.check_size(data, "midi")
    data = _unwrapped(data)
    kind, division, position = _header(data)
    if kind > 2:
        raise UnreadableFileError(f"byte 8: the MIDI header names type {kind}; only 0, 1 and 2 exist")
    ticks_per_quarter, is_smpte = _ticks_per_quarter(division)
    piece = Piece(ticks_per_quarter=ticks_per_quarter, keeps_tempo=not is_smpte)
    track = 0
    for start, stop in _tracks(data, position, int.from_bytes(data[10:12], "big")):
        track += 1
        limits.check_count(track, limits.TRACKS_MAX, "tracks")
        end_tick = TrackReader(data, start, stop, track, piece).run()
        if kind == 2:
            piece.start_tick = end_tick
    if track == 0:
        raise UnreadableFileError(f"byte {position}: the MIDI file has a header but no track")
    return check_limits(piece.score())


def _unwrapped(data: bytes) -> bytes:
    """The SMF inside a RIFF (RMID) wrapper, or the bytes as they are."""
    if data[:4] != b"RIFF":
        return data
    found = data.find(b"MThd", 0, 4096)
    if found < 0:
        raise UnreadableFileError("the RIFF wrapper holds no MIDI data")
    return data[found:]


def _header(data: bytes) -> tuple[int, int, int]:
    if not data:
        raise UnreadableFileError("byte 0: the file is empty")
    if data[:4] != b"MThd":
        raise UnsupportedFormatError("byte 0: this is no MIDI file, it does not begin with MThd")
    if len(data) < 14:
        raise UnreadableFileError(f"byte {len(data)}: the MIDI header is cut off")
    length = int.from_bytes(data[4:8], "big")
    if length < 6 or 8 + length > len(data):
        raise UnreadableFileError(f"byte 4: the MIDI header gives its length as {length} bytes")
    return int.from_bytes(data[8:10], "big"), int.from_bytes(data[12:14], "big"), 8 + length


def _ticks_per_quarter(division: int) -> tuple[int, bool]:
    """Ticks a quarter note, and whether time counts SMPTE frames (then two quarters a second are assumed)."""
    if not division & 0x8000:
        if division == 0:
            raise UnreadableFileError("byte 12: the MIDI header says 0 ticks a quarter note")
        return division, False
    frames, ticks = 256 - (division >> 8), division & 0xFF
    if frames not in (24, 25, 29, 30) or ticks == 0:
        raise UnreadableFileError(f"byte 12: there is no SMPTE division of {frames} frames of {ticks} ticks")
    # Half a second is a quarter note; the 29.97 of drop frame is written as 29.
    return max((30 if frames == 29 else frames) * ticks // 2, 1), True


def _tracks(data: bytes, position: int, announced: int) -> list[tuple[int, int]]:
    """Start and end of every MTrk chunk; foreign chunks are stepped over, as the standard asks."""
    chunks = 0
    spans: list[tuple[int, int]] = []
    while position + 8 <= len(data):
        kind, length = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "big")
        start, stop = position + 8, position + 8 + length
        if kind == b"MTrk":
            if stop > len(data):
                raise UnreadableFileError(
                    f"byte {len(data)}: track {len(spans) + 1} is cut off, {length} bytes announced, "
                    f"{len(data) - start} are there"
                )
            spans.append((start, stop))
        elif not kind.isalnum() or stop > len(data):
            # Rubbish after the last track is not music; before it, the file is broken.
            if spans:
                break
            raise UnreadableFileError(f"byte {position} should begin a track and does not")
        position = stop
        chunks += 1
    if chunks < announced:
        raise UnreadableFileError(f"byte {len(data)}: cut off, {announced} tracks announced, {chunks} are there")
    return spans
