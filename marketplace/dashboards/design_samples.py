"""What the design catalogue shows its components with: made up, always the same, never stored."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import math
import struct
import wave
from typing import Any

from marketplace.catalogue.covers import CoverSource, Kind, coarse_cells, draw, roll_picture
from marketplace.packs.covers import draw as draw_pack

SAMPLE_RATE_HZ = 22_050
SECONDS = 4
TITLES: tuple[tuple[str, Kind, str, str], ...] = (
    ("Chorale in the rain", "melody", "Mira Lindqvist", "D minor"),
    ("Four steps home", "progression", "林怡君", "G major"),
    ("Ryan’s reel, halved", "midi", "Tomás Ferreira", "A major"),
    ("Tape hum and brushes", "wave", "Mira Lindqvist", ""),
    ("Glass reed", "sound", "Ngozi Adeyemi", ""),
    ("Warm bus, slow release", "mix_setting", "Ngozi Adeyemi", ""),
)
CHORDS = ((0, False), (0, True), (11, False), (1, False), (4, True), (2, True))
MELODY = (62, 65, 69, 67, 65, 64, 62, 57, 60, 64, 67, 69, 70, 69, 67, 65, 64, 62, 61, 62)
LENGTHS = (1, 1, 1.5, 0.5, 1, 1, 2, 1, 1, 1, 1, 1.5, 0.5, 1, 1, 1, 1, 1, 1, 4)


def notes_in_beats() -> list[tuple[float, float, int]]:
    """The catalogue's own melody: (onset, duration, pitch_midi) in quarter notes."""
    onset, result = 0.0, []
    for length, pitch in zip(LENGTHS, MELODY, strict=True):
        result.append((onset, length, pitch))
        onset += length
    return result


def roll() -> list[tuple[float, float, int, float, int]]:
    """The melody over a bass, stretched onto the sample's length, as the piano roll wants it."""
    scale = SECONDS / sum(LENGTHS)
    upper = [(onset * scale, length * scale, pitch, 0.8, 0) for onset, length, pitch in notes_in_beats()]
    lower = [(beat * scale, 2 * scale, 38 + (beat * 5) % 12, 0.6, 1) for beat in range(0, int(sum(LENGTHS)), 2)]
    return [*upper, *lower]


def peaks(turn: int) -> list[float]:
    """Heights of a waveform with beats and decays."""
    return [abs(math.sin(i * 0.71 + turn)) ** 0.6 * math.exp(-((i * (2 + turn % 3)) % 120) / 70) for i in range(360)]


def cover_source(index: int) -> CoverSource:
    """What the cover of sample `index` is drawn from."""
    notes = [(onset, length, pitch + (onset * 7) % (2 + index)) for onset, length, pitch in notes_in_beats()]
    bumps = ((20 + index, 9, 1.0), (55, 6, 0.6), (80, 4, 0.35))
    hills = [sum(tall * math.exp(-(((i - at) / wide) ** 2)) for at, wide, tall in bumps) for i in range(100)]
    curve = [math.sin(i / 9 + index) * 0.5 + math.sin(i / 4) * 0.18 for i in range(100)]
    return CoverSource(
        kind=TITLES[index % len(TITLES)][1],
        content_hash=hashlib.sha256(f"sample {index}".encode()).hexdigest(),
        cells=coarse_cells([(onset, length, int(pitch)) for onset, length, pitch in notes]),
        peaks=tuple(peaks(index)),
        spectrum=tuple(curve if TITLES[index % len(TITLES)][1] == "mix_setting" else hills),
        chords=CHORDS[index % 2 :],
    )


def as_address(svg: str) -> str:
    """An SVG document as a `data:` address."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def row(index: int, **changes: Any) -> dict[str, Any]:
    """One element row."""
    title, kind, maker, key = TITLES[index % len(TITLES)]
    return {
        "id": f"sample-{index}",
        "title": title,
        "kind": kind,
        "maker": maker,
        "maker_url": "#",
        "url": "#row",
        "cover_url": as_address(draw(cover_source(index))),
        "preview_url": f"/design/sound/{index}.wav",
        "duration_s": SECONDS,
        "peaks": peaks(index),
        "tempo_bpm": 84 + index * 9 if key else None,
        "key": key,
        "price_minor": (900, 0, 1250, 499, 2900, 1500)[index % 6],
        "currency": "EUR",
        "licence": "Standard licence",
    } | changes


def pack(*, broken: bool = False) -> dict[str, Any]:
    """One pack row: four elements for less than one by one, or one that cannot be sold."""
    members = [{"row": row(index)} for index in range(2 if broken else 5)]
    return {
        "title": "Low lights" if broken else "Rain on the quay",
        "url": "#pack-row",
        "cover_url": as_address(draw_pack([draw(cover_source(index)) for index in range(len(members))])),
        "makers": [("", "Mira Lindqvist")] if broken else [("", "Mira Lindqvist"), ("", "Ngozi Adeyemi")],
        "members": members,
        "faults": [{"words": "“Glass reed” was sold exclusively."}] if broken else [],
        "price_minor": 1800 if broken else 3700,
        "saving_minor": 0 if broken else 1349,
        "currency": "EUR",
    }


def picture() -> str:
    """The drawing that visitors see in place of a piano roll."""
    cells = coarse_cells([(onset, length, pitch) for onset, length, pitch, *_ in roll()], columns=96, rows=24)
    return as_address(roll_picture(cells, content_hash="00"))


def sound(index: int) -> bytes:
    """Four seconds of two decaying sines as a WAV file, so that the player has something to play."""
    hz = 220 * 2 ** ((index * 5 % 12) / 12)
    frames = bytearray()
    for i in range(SAMPLE_RATE_HZ * SECONDS):
        time = i / SAMPLE_RATE_HZ
        fade = math.exp(-3 * (time % 1)) * min(1.0, (time % 1) * 80)
        value = fade * (math.sin(2 * math.pi * hz * time) + 0.5 * math.sin(2 * math.pi * hz * 1.5 * time))
        frames += struct.pack("<h", int(9000 * value))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(bytes(frames))
    return out.getvalue()


SHARES = [
    {"name": "Mira Lindqvist", "role": "songwriter, producer", "ppm": 450_000},
    {"name": "林怡君", "role": "arranger", "ppm": 250_000},
    {"name": "Tomás Ferreira", "role": "musician", "ppm": 166_667},
    {"name": "Ngozi Adeyemi", "role": "sound designer", "ppm": 133_333, "note": "waits in escrow"},
]
STEPS = [
    {"label": "Calculated", "note": "Ana, 3 November", "state": "done"},
    {"label": "Approved", "note": "Ana, 4 November", "state": "done"},
    {"label": "Released", "note": "waits for a second person", "state": "current"},
    {"label": "Paid", "note": "11 payees", "state": "todo"},
    {"label": "Closed", "note": "", "state": "todo"},
]
STEPS_BAD = [
    {"label": "Calculated", "note": "", "state": "done"},
    {"label": "Approved", "note": "", "state": "done"},
    {"label": "Released", "note": "", "state": "done"},
    {"label": "Paid", "note": "1 of 11 transfers failed", "state": "bad"},
    {"label": "Closed", "note": "", "state": "todo"},
]
NODES = [
    {"id": "a", "title": "BWV 269, soprano", "kind": "melody", "maker": "Mira Lindqvist", "url": "#a"},
    {"id": "b", "title": "Brush kit, dry", "kind": "sound", "maker": "Ngozi Adeyemi", "url": "#b"},
    {"id": "c", "title": "Four steps home", "kind": "progression", "maker": "林怡君", "url": "#c", "generated": True},
    {"id": "d", "title": "Chorale in the rain", "kind": "midi", "maker": "Mira Lindqvist", "url": "#d"},
    {"id": "e", "title": "Night ferry", "kind": "wave", "maker": "Tomás Ferreira", "url": "#e", "here": True},
]
EDGES = [
    {"parent": "a", "child": "c", "upstream_ppm": 300_000},
    {"parent": "c", "child": "d", "upstream_ppm": 200_000},
    {"parent": "a", "child": "d", "upstream_ppm": 100_000},
    {"parent": "b", "child": "e", "upstream_ppm": 150_000},
    {"parent": "d", "child": "e", "upstream_ppm": 250_000},
]
FLOW_NODES = [
    {"id": "sale", "label": "Sale", "layer": 0, "hue": 1},
    {"id": "platform", "label": "Ledgerline", "layer": 1, "hue": 2},
    {"id": "fee", "label": "Card fee", "layer": 1, "hue": 2},
    {"id": "here", "label": "Night ferry", "layer": 1, "hue": 6},
    {"id": "d", "label": "Chorale in the rain", "layer": 2, "hue": 4},
    {"id": "tomas", "label": "Tomás Ferreira", "layer": 3, "hue": 6},
    {"id": "mira", "label": "Mira Lindqvist", "layer": 3, "hue": 8},
    {"id": "lin", "label": "林怡君", "layer": 3, "hue": 5},
]
FLOW_LINKS = [
    {"from": "sale", "to": "fee", "value": 54},
    {"from": "sale", "to": "platform", "value": 180},
    {"from": "sale", "to": "here", "value": 966},
    {"from": "here", "to": "tomas", "value": 725},
    {"from": "here", "to": "d", "value": 241},
    {"from": "d", "to": "mira", "value": 173},
    {"from": "d", "to": "lin", "value": 68},
]
MONTHS = [
    {"label": f"{name} 2026", "short": name, "royalty": royalty, "reserve": reserve}
    for name, royalty, reserve in (
        ("Apr", 12_040, 0),
        ("May", 18_766, 0),
        ("Jun", 9_905, -1_200),
        ("Jul", 24_310, 0),
        ("Aug", 31_152, -2_450),
        ("Sep", 28_007, 1_200),
        ("Oct", 41_873, 0),
    )
]
AMOUNTS = [
    (123_456, "EUR"),
    (-250, "EUR"),
    (1_234_567, "JPY"),
    (1_234_567, "KWD"),
    (0, "TWD"),
    (None, "EUR"),
]
WHEN = dt.datetime(2026, 11, 4, 9, 30, tzinfo=dt.UTC)
NOTES = [("A4", 69, "440"), ("C4", 60, "261.6256"), ("E4", 64, "329.6276"), ("G4", 67, "391.9954")]
