"""What a file is, by its first bytes; its name is never looked at."""

import json
from typing import Final, Literal

from engine.errors import UnreadableFileError, UnsupportedFormatError

Media = Literal[
    "midi", "musicxml", "mxl", "wav", "aiff", "flac", "ogg", "mp3", "sf2", "sf3", "mix_setting", "progression"
]

KINDS_IN_WORDS: Final = "MIDI, MusicXML, WAV, AIFF, FLAC, Ogg, MP3, SoundFont, mix setting or chord progression"

# Bitrates (kbit/s) and sampling rates (Hz) of an MPEG layer III header: ISO/IEC 11172-3, 2.4.2.3, and 13818-3.
_MP3_KBPS_V1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBPS_V2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MP3_HZ: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def sniff(data: bytes) -> Media:
    """Say which kind of media `data` is.

    Raises
    ------
    UnreadableFileError
        If there are no bytes.
    UnsupportedFormatError
        If the bytes are of no known kind.
    """
    if not data:
        raise UnreadableFileError("the file is empty")
    for recognise in (_binary, _tagged_flac, _zip, _text, _mp3):
        media = recognise(data)
        if media:
            return media
    raise UnsupportedFormatError(f"this is no {KINDS_IN_WORDS} file")


def _binary(data: bytes) -> Media | None:
    head, form = data[:4], data[8:12]
    if head == b"MThd" or (head == b"RIFF" and form == b"RMID"):
        return "midi"
    if head in (b"RIFF", b"RF64") and form == b"WAVE":
        return "wav"
    if head == b"FORM" and form in (b"AIFF", b"AIFC"):
        return "aiff"
    if head == b"RIFF" and form == b"sfbk":
        # In an SF3 the samples are Ogg streams; the version alone is not to be trusted.
        return "sf3" if b"OggS" in data[: 1 << 22] else "sf2"
    return {b"fLaC": "flac", b"OggS": "ogg"}.get(head)  # type: ignore[return-value]  # both are media kinds


def _tagged_flac(data: bytes) -> Media | None:
    """FLAC behind an ID3 tag: no FLAC tool writes one there, but content credentials (C2PA) are kept in such a tag."""
    start = after_id3(data)
    return "flac" if start and data[start : start + 4] == b"fLaC" else None


def after_id3(data: bytes) -> int:
    """Where the ID3 tag at the beginning ends; 0 if there is none."""
    if data[:3] != b"ID3" or len(data) <= 10:
        return 0
    return 10 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))


def _zip(data: bytes) -> Media | None:
    if data[:4] != b"PK\x03\x04":
        return None
    # A compressed score holds the index META-INF/container.xml; other archives are not ours.
    if b"META-INF/container.xml" in data:
        return "mxl"
    raise UnsupportedFormatError("this archive is no compressed MusicXML: it has no META-INF/container.xml")


def _text(data: bytes) -> Media | None:
    text = _decoded(data[: 1 << 16]).lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        if "<score-partwise" in text or "<score-timewise" in text:
            return "musicxml"
        raise UnsupportedFormatError("this is XML, but no MusicXML score")
    if text.startswith("{"):
        return _json(data)
    return _chord_text(text)


def _decoded(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[: len(head) & ~1].decode("utf-16", errors="replace")
    return head.decode("utf-8", errors="replace")


def _json(data: bytes) -> Media | None:
    if len(data) > 1 << 20:
        raise UnsupportedFormatError("this is JSON, but too large for a mix setting or a progression")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise UnreadableFileError("this looks like JSON, but is cut off or broken") from None
    if isinstance(value, dict) and ("plugins" in value or "tracks" in value):
        return "mix_setting"
    if isinstance(value, dict) and "chords" in value:
        return "progression"
    raise UnsupportedFormatError(
        "this is JSON, but neither a mix setting (plugins, or tracks) nor a progression (chords)"
    )


def _chord_text(text: str) -> Media | None:
    from engine.io import progression  # late: the symbols' grammar lives there

    return "progression" if progression.looks_like_symbols(text) else None


def _mp3(data: bytes) -> Media | None:
    start = after_id3(data)
    for offset in range(start, min(start + 4096, len(data) - 4)):
        length = mp3_frame_bytes(data[offset : offset + 4])
        if length and (offset + length + 4 > len(data) or mp3_frame_bytes(data[offset + length :][:4])):
            # One frame can be chance; two in a row are not, unless the file ends after the first.
            return "mp3" if offset + length <= len(data) else None
    return "mp3" if start and start < len(data) and data[:3] == b"ID3" else None


def mp3_frame_bytes(header: bytes) -> int:
    """Length in bytes of the MPEG layer III frame that begins with these four bytes; 0 if they begin none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, kbps_index, hz_index = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or kbps_index in (0, 15) or hz_index == 3:
        return 0
    kbps = (_MP3_KBPS_V1 if version == 3 else _MP3_KBPS_V2)[kbps_index]
    return (144 if version == 3 else 72) * kbps * 1000 // _MP3_HZ[version][hz_index] + (header[2] >> 1 & 1)
