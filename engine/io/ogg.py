"""Ogg pages (RFC 3533): is a stream whole, and a stream whose bytes depend on the sound alone."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.errors import UnreadableFileError

_LAST_PAGE: Final = 4


def pages(data: bytes | bytearray | mmap.mmap) -> Iterator[tuple[int, int]]:
    """Start and end of each page.

    Raises
    ------
    UnreadableFileError
        If a page does not begin where the last one ended, or is cut off.
    """
    position, number = 0, 0
    while position < len(data):
        number += 1
        header = data[position : position + 27]
        if len(header) < 27 or header[:4] != b"OggS":
            raise UnreadableFileError(f"the ogg file is broken or cut off at page {number}, byte {position}")
        table = data[position + 27 : position + 27 + header[26]]
        end = position + 27 + header[26] + sum(table)
        if len(table) < header[26] or end > len(data):
            raise UnreadableFileError(f"the ogg file is cut off inside page {number}, byte {position}")
        yield position, end
        position = end


def check_whole(data: bytes) -> None:
    """Refuse a stream without its last page."""
    last = 0
    for start, _ in pages(data):
        last = data[start + 5]
    if not last & _LAST_PAGE:
        raise UnreadableFileError("the ogg file is cut off: its last page is missing")


def with_serial(data: bytes, serial: int) -> bytes:
    """The stream under another serial number: encoders draw it by chance, we want equal bytes for equal sound."""
    out = bytearray(data)
    _give_serial(out, serial)
    return bytes(out)


def give_serial(path: Path, serial: int) -> None:
    """As `with_serial`, in place."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as view:
        _give_serial(view, serial)


def _give_serial(out: bytearray | mmap.mmap, serial: int) -> None:
    for start, end in pages(out):
        out[start + 14 : start + 18] = serial.to_bytes(4, "little")
        out[start + 22 : start + 26] = bytes(4)
        out[start + 22 : start + 26] = _crc(out[start:end]).to_bytes(4, "little")


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x8000_0000 else value << 1) & 0xFFFF_FFFF
        table.append(value)
    return tuple(table)


_CRC_TABLE: Final = _crc_table()


def _crc(page: bytes | bytearray) -> int:
    value = 0
    for byte in page:
        value = value << 8 & 0xFFFF_FFFF ^ _CRC_TABLE[value >> 24 ^ byte]
    return value
