"""Writing a SoundFont 2 file with one preset: as much of the format as our own instruments need.

Source: "SoundFont Technical Specification 2.04", Creative Technology, 2006.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

LOOP_MARGIN_FRAMES: Final = 8
_PADDING_FRAMES = 46  # of silence after each sample, as the specification asks
_KEY_RANGE, _VELOCITY_RANGE, _SAMPLE_MODES, _ROOT_KEY, _SAMPLE, _INSTRUMENT = 43, 44, 54, 58, 53, 41
_ATTACK, _RELEASE = 34, 38


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Keys and velocities that play one sample.

    key_low, key_high, velocity_low, velocity_high : bounds included
    root : the key it was recorded at, `flat_cents` below it
    samples : (samples,) int16
    loop : (begin, end) in samples, repeated while the key is held; at least LOOP_MARGIN_FRAMES from either end; or None
    """

    key_low: int
    key_high: int
    root: int
    samples: npt.NDArray[np.int16]
    flat_cents: int = 0
    velocity_low: int = 0
    velocity_high: int = 127
    loop: tuple[int, int] | None = None


def write(
    *,
    name: str,
    zones: Sequence[Zone],
    sample_rate_hz: int,
    attack_s: float = 0.002,
    release_s: float = 0.3,
    rights: str = "Made for Ledgerline; CC0",
) -> bytes:
    """One instrument as a file; the same arguments give the same bytes."""
    info = (
        _chunk(b"ifil", struct.pack("<HH", 2, 1))
        + _chunk(b"isng", b"EMU8000\0")
        + _chunk(b"INAM", _text(name))
        + _chunk(b"ICOP", _text(rights))
    )
    pool, headers = _pool(zones, sample_rate_hz)
    records = _records(name, zones, attack_s=attack_s, release_s=release_s)
    tables = b"".join(_chunk(tag, data) for tag, data in records.items()) + _chunk(b"shdr", headers)
    body = _list(b"INFO", info) + _list(b"sdta", _chunk(b"smpl", pool)) + _list(b"pdta", tables)
    return _chunk(b"RIFF", b"sfbk" + body)


def _pool(zones: Sequence[Zone], rate: int) -> tuple[bytes, bytes]:
    pool, headers, at = [], [], 0
    for place, zone in enumerate(zones):
        length = len(zone.samples)
        pool += [zone.samples.astype("<i2").tobytes(), bytes(2 * _PADDING_FRAMES)]
        begin, end = zone.loop or (LOOP_MARGIN_FRAMES, length - LOOP_MARGIN_FRAMES)
        title = _name(f"{zone.root}-{place}")
        bounds = at, at + length, at + begin, at + end
        headers.append(struct.pack("<20s5IBbHH", title, *bounds, rate, zone.root, zone.flat_cents, 0, 1))
        at += length + _PADDING_FRAMES
    headers.append(struct.pack("<20s5IBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0))
    return b"".join(pool), b"".join(headers)


def _records(name: str, zones: Sequence[Zone], *, attack_s: float, release_s: float) -> dict[bytes, bytes]:
    generators, bags, count = [], [], 0
    for place, zone in enumerate(zones):
        bags.append(struct.pack("<HH", count, 0))
        one = _generators(zone, place, attack_s=attack_s, release_s=release_s)
        generators += one
        count += len(one)
    bags.append(struct.pack("<HH", count, 0))
    none = struct.pack("<HHhHH", 0, 0, 0, 0, 0)
    return {
        b"phdr": struct.pack("<20sHHHIII", _name(name), 0, 0, 0, 0, 0, 0)
        + struct.pack("<20sHHHIII", b"EOP", 0, 0, 1, 0, 0, 0),
        b"pbag": struct.pack("<HHHH", 0, 0, 1, 0),
        b"pmod": none,
        b"pgen": struct.pack("<Hh", _INSTRUMENT, 0) + struct.pack("<Hh", 0, 0),
        b"inst": struct.pack("<20sH", _name(name), 0) + struct.pack("<20sH", b"EOI", len(zones)),
        b"ibag": b"".join(bags),
        b"imod": none,
        b"igen": b"".join(generators) + struct.pack("<Hh", 0, 0),
    }


def _generators(zone: Zone, place: int, *, attack_s: float, release_s: float) -> list[bytes]:
    """The key range comes first, the velocity range second, the sample last, as the specification asks."""
    found = [struct.pack("<HBB", _KEY_RANGE, zone.key_low, zone.key_high)]
    if (zone.velocity_low, zone.velocity_high) != (0, 127):
        found.append(struct.pack("<HBB", _VELOCITY_RANGE, zone.velocity_low, zone.velocity_high))
    return [
        *found,
        struct.pack("<Hh", _ATTACK, _timecents(attack_s)),
        struct.pack("<Hh", _RELEASE, _timecents(release_s)),
        struct.pack("<Hh", _SAMPLE_MODES, 0 if zone.loop is None else 1),
        struct.pack("<Hh", _ROOT_KEY, zone.root),
        struct.pack("<Hh", _SAMPLE, place),
    ]


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
