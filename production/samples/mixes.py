"""Mix settings and chord progressions of our own, as the published schemas want them."""

from __future__ import annotations

import json
from typing import Any

from engine.io import progression


def _eq(*bands: tuple[str, float, float]) -> dict[str, Any]:
    shaped = [
        {"shape": shape, "frequency_hz": hz, **({} if shape.endswith("cut") else {"gain_db": gain}), "q": 0.8}
        for shape, hz, gain in bands
    ]
    return {"type": "eq", "bands": shaped}


def _compressor(threshold_db: float, ratio: float, makeup_db: float) -> dict[str, Any]:
    return {
        "type": "compressor",
        "threshold_db": threshold_db,
        "ratio": ratio,
        "attack_ms": 8,
        "release_ms": 140,
        "makeup_db": makeup_db,
    }


def _reverb(decay_s: float, mix: float, damping_hz: float = 6000) -> dict[str, Any]:
    return {"type": "reverb", "decay_s": decay_s, "pre_delay_ms": 18, "damping_hz": damping_hz, "mix": mix}


def _delay(time_ms: float, mix: float, feedback: float = 0.35) -> dict[str, Any]:
    return {"type": "delay", "time_ms": time_ms, "feedback": feedback, "ping_pong": True, "mix": mix}


_LIMIT: dict[str, Any] = {"type": "limiter", "ceiling_db": -1.0, "release_ms": 80}

MIXES: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
    "warm-tape": (
        "Warm tape",
        "Rolls off the top, lifts the low middle and glues it with a slow compressor.",
        [_eq(("high_cut", 9000, 0), ("peak", 220, 2.5)), _compressor(-22, 3, 4), _LIMIT],
    ),
    "stone-church": (
        "Stone church",
        "Four seconds of dark stone behind a clear front.",
        [_eq(("low_cut", 90, 0)), _reverb(4.2, 0.38, 4200), _LIMIT],
    ),
    "small-room": (
        "Small wooden room",
        "Half a second of early wood, for fiddles and guitars that sound too dry.",
        [_reverb(0.5, 0.22, 7000), _eq(("peak", 3200, 1.5)), _LIMIT],
    ),
    "late-radio": (
        "Late radio",
        "A narrow band and a hard squeeze: the kitchen radio at two in the morning.",
        [
            _eq(("low_cut", 320, 0), ("high_cut", 3600, 0), ("peak", 1400, 5)),
            _compressor(-30, 8, 8),
            {"type": "width", "width": 0.0},
            _LIMIT,
        ],
    ),
    "glass-delay": (
        "Glass delay",
        "Dotted echoes that cross from side to side under a bright shelf.",
        [_delay(375, 0.32, 0.45), _eq(("high_shelf", 6500, 3)), _LIMIT],
    ),
    "punchy-bus": (
        "Punchy bus",
        "Makes a small band stand up: fast compressor, low shelf, a little width.",
        [
            _compressor(-18, 4, 5),
            _eq(("low_shelf", 110, 2), ("peak", 400, -2)),
            {"type": "width", "width": 1.3},
            _LIMIT,
        ],
    ),
    "underwater": (
        "Underwater",
        "All low end and slow swirl.",
        [_eq(("high_cut", 1200, 0), ("low_shelf", 160, 4)), _delay(120, 0.4, 0.6), _reverb(2.6, 0.4, 1800), _LIMIT],
    ),
    "wide-pads": (
        "Wide pads",
        "For held chords: very wide, soft top, long but quiet hall.",
        [{"type": "width", "width": 1.8}, _eq(("high_shelf", 5000, -3)), _reverb(3.0, 0.24), _LIMIT],
    ),
    "clean-master": (
        "Clean master",
        "Gentle last stage: a breath of air, two decibels of control, a safe ceiling.",
        [_eq(("high_shelf", 10000, 1.5), ("low_cut", 28, 0)), _compressor(-14, 1.8, 1.5), _LIMIT],
    ),
    "slapback": (
        "Slapback",
        "One quick echo and a bite in the middle, as the first rock records had it.",
        [_delay(105, 0.28, 0.05), _eq(("peak", 2400, 3)), _compressor(-20, 3, 3), _LIMIT],
    ),
}
"""slug -> (title, description, plugins)."""

PROGRESSIONS: dict[str, tuple[str, str, float]] = {
    "night-bus": ("Night bus", "Dm7 | G7 | Cmaj7 | Am7 | Dm7 | G7 | Cmaj7 | A7", 84),
    "paper-boats": ("Paper boats", "F | C/E | Dm7 | Bbmaj7 | F | C/E | Bbmaj7 | C7sus4", 96),
    "andalusian-door": ("Andalusian door", "Am | G | F | E7 | Am | G | F | E7", 108),
    "slow-lift": ("Slow lift", "Ebmaj7 | Gm7 | Abmaj7 | Bb7sus4 | Cm7 | Gm7 | Abmaj7 | Bb7", 72),
    "two-lamps": ("Two lamps", "Em9 | Cmaj7 | G6 | D | Em9 | Cmaj7 | Am7 | B7", 90),
    "harbour-lights": ("Harbour lights", "A | E/G# | F#m7 | D | A | E/G# | D | E7", 118),
}
"""slug -> (title, chords, tempo in quarter notes a minute)."""


def mix_bytes(slug: str) -> bytes:
    """One mix setting as its file."""
    title, notes, plugins = MIXES[slug]
    value = {"version": 1, "name": title, "notes": notes, "plugins": plugins}
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def progression_bytes(slug: str) -> bytes:
    """One progression as its file."""
    title, symbols, tempo_bpm = PROGRESSIONS[slug]
    read = progression.parse(symbols, tempo_bpm=tempo_bpm)
    return progression.write(
        progression.Progression(chords=read.chords, tempo_bpm=tempo_bpm, meter=read.meter, title=title)
    )
