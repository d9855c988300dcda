"""SoundFont 2 and 3: what is inside, and whether every index and sample range holds.

Synthesisers written in C trust these numbers; so every font from outside goes through here first.

Source: "SoundFont Technical Specification 2.04", Creative Technology, 2006; SF3 is the same with Ogg Vorbis samples.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from engine.errors import LimitExceededError, UnreadableFileError, UnsupportedFormatError
from engine.io import limits

_RECORD_BYTES: Final = {
    "phdr": 38, "pbag": 4, "pmod": 10, "pgen": 4, "inst": 22, "ibag": 4, "imod": 10, "igen": 4, "shdr": 46,
}  # fmt: skip
_GEN_KEY_RANGE, _GEN_INSTRUMENT, _GEN_SAMPLE = 43, 41, 53
_VORBIS_FLAG: Final = 0x10
_ROM_FLAG: Final = 0x8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A sound a player can choose; keys are MIDI pitches."""

    name: str
    bank: int
    program: int
    zone_count: int
    key_low: int
    key_high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One recording inside the font; frames are counted from the start of the pool (SF2) or bytes (SF3)."""

    name: str
    start: int
    end: int
    sample_rate_hz: int
    original_pitch: int
    is_vorbis: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFontInfo:
    """Contents of a font."""

    media: Literal["sf2", "sf3"]
    name: str
    version: str
    copyright: str
    presets: tuple[Preset, ...]
    instrument_names: tuple[str, ...]
    samples: tuple[Sample, ...]
    zone_count: int


class _Zone(NamedTuple):
    key_low: int
    key_high: int
    target: int | None


def read(data: bytes) -> SoundFontInfo:
    """Read and check a font; the samples are not decoded.

    Raises
    ------
    UnreadableFileError
        If a chunk is cut off or missing, or an index points outside its table.
    LimitExceededError
        If there are more presets, zones or samples than `engine.io.limits` allows.
    UnsupportedFormatError
        If it is no SoundFont, or needs the ROM of a sound card.
    """
    if not data:
        raise UnreadableFileError("the file is empty")
    if data[:4] != b"RIFF" or data[8:12] != b"sfbk":
        raise UnsupportedFormatError("this is no SoundFont: it does not begin with RIFF ... sfbk")
    limits.check_size(data, "sf2")
    size = int.from_bytes(data[4:8], "little")
    if size + 8 > len(data):
        raise UnreadableFileError(f"the SoundFont is cut off: {size + 8} bytes announced, {len(data)} are there")
    chunks = _all_chunks(data)
    tables = {name: _records(chunks, name) for name in _RECORD_BYTES}
    samples = _samples(data, tables["shdr"], chunks)
    info = dict(_info(data, chunks))
    instruments, instrument_zones = _instruments(tables, len(samples))
    presets, preset_zones = _presets(tables, instruments)
    if not presets:
        raise UnreadableFileError("the SoundFont has no preset")
    is_sf3 = any(sample.is_vorbis for sample in samples)
    return SoundFontInfo(
        media="sf3" if is_sf3 else "sf2",
        name=info.get("INAM", ""),
        version=info.get("ifil", ""),
        copyright=info.get("ICOP", ""),
        presets=presets,
        instrument_names=tuple(name for name, _ in instruments),
        samples=samples,
        zone_count=instrument_zones + preset_zones,
    )


def sample_bytes(data: bytes) -> Iterator[bytes]:
    """The stored bytes of each sample of a font that `read` accepts."""
    _, pool, _ = _all_chunks(data)["smpl"]
    for sample in read(data).samples:
        width = 1 if sample.is_vorbis else 2
        yield data[pool + width * sample.start : pool + width * sample.end]


def _all_chunks(data: bytes) -> dict[str, tuple[memoryview, int, int]]:
    """Every chunk of the three lists by its name: view of the file, start, end."""
    view = memoryview(data)
    found: dict[str, tuple[memoryview, int, int]] = {}
    for kind, start, end in _chunks(data, 12, int.from_bytes(data[4:8], "little") + 8):
        if kind != "LIST" or end - start < 4:
            continue
        for name, inner_start, inner_end in _chunks(data, start + 4, end):
            limits.check_count(len(found), limits.RIFF_CHUNKS_MAX, "chunks")
            found.setdefault(name, (view, inner_start, inner_end))
    for name in (*_RECORD_BYTES, "smpl"):
        if name not in found:
            raise UnreadableFileError(f"the SoundFont has no chunk {name}")
    return found


def _chunks(data: bytes, position: int, stop: int) -> Iterator[tuple[str, int, int]]:
    while position + 8 <= stop:
        kind = data[position : position + 4].decode("latin-1")
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + length > stop:
            raise UnreadableFileError(f"chunk {kind!r} at byte {position} passes the end of its list")
        yield kind, position + 8, position + 8 + length
        position += 8 + length
        # RIFF fills up odd chunks with a 0; MuseScore's own banks do not, and no chunk's name begins with one.
        position += 1 if length % 2 and data[position : position + 1] == b"\0" else 0


def _records(chunks: dict[str, tuple[memoryview, int, int]], name: str) -> list[bytes]:
    view, start, end = chunks[name]
    size = _RECORD_BYTES[name]
    if (end - start) % size:
        raise UnreadableFileError(f"chunk {name} has {end - start} bytes, no multiple of {size}")
    if end - start < size and name not in ("pmod", "imod"):
        raise UnreadableFileError(f"chunk {name} lacks its last record")
    most = {"phdr": limits.SOUNDFONT_PRESETS_MAX, "shdr": limits.SOUNDFONT_SAMPLES_MAX}
    if name in ("pgen", "igen", "pmod", "imod"):
        count_max = 16 * limits.SOUNDFONT_ZONES_MAX
    else:
        count_max = most.get(name, limits.SOUNDFONT_ZONES_MAX) + 1
    limits.check_count((end - start) // size, count_max, f"records in chunk {name}")
    return [bytes(view[at : at + size]) for at in range(start, end, size)]


def _name(raw: bytes) -> str:
    text = raw.split(b"\0")[0].decode("latin-1")
    return "".join(char for char in text if char.isprintable()).strip()


def _info(data: bytes, chunks: dict[str, tuple[memoryview, int, int]]) -> Iterator[tuple[str, str]]:
    for name in ("INAM", "ICOP"):
        if name in chunks:
            _, start, end = chunks[name]
            yield name, _name(data[start : min(end, start + 256)])
    if "ifil" in chunks and chunks["ifil"][2] - chunks["ifil"][1] >= 4:
        major, minor = struct.unpack_from("<HH", data, chunks["ifil"][1])
        if major not in (2, 3):
            raise UnsupportedFormatError(f"SoundFont version {major}.{minor:02d} is not known")
        yield "ifil", f"{major}.{minor:02d}"


def _samples(data: bytes, records: list[bytes], chunks: dict[str, tuple[memoryview, int, int]]) -> tuple[Sample, ...]:
    _, pool_start, pool_end = chunks["smpl"]
    pool_bytes = pool_end - pool_start
    samples = []
    for index, raw in enumerate(records[:-1]):
        start, end, _, _, rate, pitch, _, _, kind = struct.unpack_from("<IIIIIBbHH", raw, 20)
        is_vorbis = bool(kind & _VORBIS_FLAG)
        name = _name(raw[:20])
        if kind & _ROM_FLAG:
            raise UnsupportedFormatError(f"sample {index} ({name}) lies in the ROM of a sound card")
        end_byte = end if is_vorbis else 2 * end
        if start > end or end_byte > pool_bytes:
            raise UnreadableFileError(f"sample {index} ({name}) lies outside the pool of {pool_bytes} bytes")
        if is_vorbis and end - start >= 4 and data[pool_start + start : pool_start + start + 4] != b"OggS":
            raise UnreadableFileError(f"sample {index} ({name}) should be an Ogg stream and is not")
        if end > start and not 1 <= rate <= limits.SAMPLE_RATE_HZ_MAX:
            raise LimitExceededError(f"sample {index} ({name}) has a sampling rate of {rate} Hz")
        samples.append(
            Sample(name=name, start=start, end=end, sample_rate_hz=rate, original_pitch=pitch, is_vorbis=is_vorbis)
        )
    return tuple(samples)


def _zones(bags: list[bytes], gens: list[bytes], first: int, stop: int, target: int, what: str) -> list[_Zone]:
    """Key range and target (instrument or sample) of the bags [first, stop)."""
    if not first <= stop < len(bags):
        raise UnreadableFileError(f"{what} points at zones {first}..{stop}; there are {len(bags) - 1}")
    zones = []
    for bag in range(first, stop):
        start, end = (struct.unpack_from("<H", bags[at])[0] for at in (bag, bag + 1))
        if not start <= end <= len(gens):
            raise UnreadableFileError(f"{what} points at generators {start}..{end}; there are {len(gens)}")
        low, high, found = 0, 127, None
        for raw in gens[start:end]:
            operator, amount = struct.unpack("<HH", raw)
            if operator == _GEN_KEY_RANGE:
                low, high = amount & 0xFF, amount >> 8
            elif operator == target:
                found = amount
        zones.append(_Zone(low, high, found))
    return zones


def _instruments(tables: dict[str, list[bytes]], sample_count: int) -> tuple[list[tuple[str, tuple[int, int]]], int]:
    """Name and key range of every instrument, and the number of zones."""
    found, count = [], 0
    records = tables["inst"]
    for index, raw in enumerate(records[:-1]):
        name = _name(raw[:20])
        first, stop = (struct.unpack_from("<H", records[at], 20)[0] for at in (index, index + 1))
        zones = _zones(tables["ibag"], tables["igen"], first, stop, _GEN_SAMPLE, f"instrument {index} ({name})")
        count += len(zones)
        limits.check_count(count, limits.SOUNDFONT_ZONES_MAX, "instrument zones")
        for zone in zones:
            if zone.target is not None and zone.target >= sample_count:
                raise UnreadableFileError(f"instrument {index} ({name}) plays sample {zone.target} of {sample_count}")
        found.append((name, _span(zones)))
    return found, count


def _presets(
    tables: dict[str, list[bytes]], instruments: list[tuple[str, tuple[int, int]]]
) -> tuple[tuple[Preset, ...], int]:
    presets, count = [], 0
    records = tables["phdr"]
    for index, raw in enumerate(records[:-1]):
        name = _name(raw[:20])
        program, bank, first = struct.unpack_from("<HHH", raw, 20)
        (stop,) = struct.unpack_from("<H", records[index + 1], 24)
        zones = _zones(tables["pbag"], tables["pgen"], first, stop, _GEN_INSTRUMENT, f"preset {index} ({name})")
        count += len(zones)
        limits.check_count(count, limits.SOUNDFONT_ZONES_MAX, "preset zones")
        for zone in zones:
            if zone.target is not None and zone.target >= len(instruments):
                raise UnreadableFileError(
                    f"preset {index} ({name}) plays instrument {zone.target} of {len(instruments)}"
                )
        spans = [instruments[zone.target][1] for zone in zones if zone.target is not None]
        low, high = min((span[0] for span in spans), default=0), max((span[1] for span in spans), default=127)
        zone_low, zone_high = _span(zones)
        presets.append(
            Preset(
                name=name,
                bank=bank,
                program=program,
                zone_count=len(zones),
                key_low=max(low, zone_low),
                key_high=min(high, zone_high),
            )
        )
    return tuple(sorted(presets, key=lambda preset: (preset.bank, preset.program))), count


def _span(zones: list[_Zone]) -> tuple[int, int]:
    """Lowest and highest key any sounding zone answers to."""
    sounding = [zone for zone in zones if zone.target is not None]
    low, high = (
        min((zone.key_low for zone in sounding), default=0),
        max((zone.key_high for zone in sounding), default=127),
    )
    return low, high
