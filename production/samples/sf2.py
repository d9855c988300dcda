"""Writing a SoundFont 2 file with one preset: as much of the format as our own instruments need.

Source: "SoundFont Technical Specification 2.04", Creative Technology, 2006.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LOOP_MARGIN_FRAMES = 8
_PADDING_FRAMES = 46  # of silence after each sample, as the specification asks
_KEY_RANGE, _SAMPLE_MODES, _ROOT_KEY, _SAMPLE, _INSTRUMENT = 43, 54, 58, 53, 41
_ATTACK, _RELEASE = 34, 38


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Keys `key_low`..`key_high` play `samples`, recorded at the pitch `root`, `flat_cents` below it."""

    key_low: int
    key_high: int
    root: int
    samples: npt.NDArray[np.int16]
    flat_cents: int = 0


def write(
    *,
    name: str,
    zones: Sequence[Zone],
    sample_rate_hz: int,
    looped: bool = False,
    attack_s: float = 0.002,
    release_s: float = 0.3,
) -> bytes:
    """One instrument as a file; the same arguments give the same bytes."""
    info = (
        _chunk(b"ifil", struct.pack("<HH", 2, 1))
        + _chunk(b"isng", b"EMU8000\0")
        + _chunk(b"INAM", _text(name))
        + _chunk(b"ICOP", _text("Made for Ledgerline; CC0"))
    )
    pool, headers = _pool(zones, sample_rate_hz)
    records = _records(name, zones, looped=looped, attack_s=attack_s, release_s=release_s)
    tables = b"".join(_chunk(tag, data) for tag, data in records.items()) + _chunk(b"shdr", headers)
    body = _list(b"INFO", info) + _list(b"sdta", _chunk(b"smpl", pool)) + _list(b"pdta", tables)
    return _chunk(b"RIFF", b"sfbk" + body)


def _pool(zones: Sequence[Zone], rate: int) -> tuple[bytes, bytes]:
    pool, headers, at = [], [], 0
    for place, zone in enumerate(zones):
        length = len(zone.samples)
        pool += [zone.samples.astype("<i2").tobytes(), bytes(2 * _PADDING_FRAMES)]
        # A loop leaves LOOP_MARGIN_FRAMES on both sides, which interpolation may touch.
        bounds = at, at + length, at + LOOP_MARGIN_FRAMES, at + length - LOOP_MARGIN_FRAMES
        title = _name(f"{zone.root}-{place}")
        headers.append(struct.pack("<20s5IBbHH", title, *bounds, rate, zone.root, zone.flat_cents, 0, 1))
        at += length + _PADDING_FRAMES
    headers.append(struct.pack("<20s5IBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0))
    return b"".join(pool), b"".join(headers)


def _records(
    name: str, zones: Sequence[Zone], *, looped: bool, attack_s: float, release_s: float
) -> dict[bytes, bytes]:
    generators = []
    for place, zone in enumerate(zones):
        generators += [
            struct.pack("<HBB", _KEY_RANGE, zone.key_low, zone.key_high),
            struct.pack("<Hh", _ATTACK, _timecents(attack_s)),
            struct.pack("<Hh", _RELEASE, _timecents(release_s)),
            struct.pack("<Hh", _SAMPLE_MODES, 1 if looped else 0),
            struct.pack("<Hh", _ROOT_KEY, zone.root),
            struct.pack("<Hh", _SAMPLE, place),
        ]
    each = 6
    count = len(zones)
    bags = [struct.pack("<HH", place * each, 0) for place in range(count + 1)]
    none = struct.pack("<HHhHH", 0, 0, 0, 0, 0)
    return {
        b"phdr": struct.pack("<20sHHHIII", _name(name), 0, 0, 0, 0, 0, 0)
        + struct.pack("<20sHHHIII", b"EOP", 0, 0, 1, 0, 0, 0),
        b"pbag": struct.pack("<HHHH", 0, 0, 1, 0),
        b"pmod": none,
        b"pgen": struct.pack("<Hh", _INSTRUMENT, 0) + struct.pack("<Hh", 0, 0),
        b"inst": struct.pack("<20sH", _name(name), 0) + struct.pack("<20sH", b"EOI", count),
        b"ibag": b"".join(bags),
        b"imod": none,
        b"igen": b"".join(generators) + struct.pack("<Hh", 0, 0),
    }


def _timecents(seconds: float) -> int:
    return round(1200 * math.log2(max(seconds, 0.001)))


def _name(text: str) -> bytes:
    return text.encode("ascii", "replace")[:19]


def _text(text: str) -> bytes:
    data = text.encode("ascii", "replace") + b"\0"
    return data + b"\0" * (len(data) % 2)


def _chunk(tag: bytes, data: bytes) -> bytes:
    return tag + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(kind: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", kind + data)
