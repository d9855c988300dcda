"""What the confined process can be asked to do. Everything here may meet hostile bytes; nothing here keeps anything."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from engine import preview
from engine.describe import Description, describe
from engine.io import midi_writer, mix_setting, musicxml, notes
from engine.io.recording import media_of, read_small
from engine.picture import Picture
from production import limits
from production.media import MEDIA
from production.parsing import credentials
from production.parsing.drawing import cover_svg
from production.parsing.measuring import measure
from production.parsing.processing import audition, process
from production.parsing.ranking import rank
from production.parsing.recommending import recommend
from production.parsing.recommending_sound import difference, recommend_sound
from production.parsing.report import Examined
from production.parsing.reviewed import write_notes
from production.parsing.sounding import sound_of

Files: TypeAlias = dict[str, bytes]
Outcome: TypeAlias = tuple[dict[str, Any], Files]

_OUTLINE_COLUMNS = 96
SOUNDING = frozenset({"wav", "aiff", "flac", "ogg", "mp3"})
_CHORDS_DRAWN_MAX = 12
_ROOT = re.compile("[A-G][#b]?(m(?!aj))?")
_FACTS = (
    "title",
    "duration_s",
    "tempo_bpm",
    "key",
    "time_signature",
    "integrated_lufs",
    "true_peak_dbtp",
    "sample_rate_hz",
    "channels",
    "note_count",
    "part_names",
    "pitch_low",
    "pitch_high",
    "presets",
    "plugins",
)


def look(source: bytes | Path) -> Examined:
    """Everything the engine can say of these bytes, ready to be kept.

    Raises
    ------
    engine.errors.EngineError
        If the bytes are refused.
    """
    found = describe(source)
    facts = {name: getattr(found, name) for name in _FACTS}
    if found.peaks:
        facts["outline"] = _outline(found.peaks)
    facts["picture"] = _grid(found.picture)
    facts["chords"] = coarse_chords(found.chords)
    sound = sound_of(source) if found.media in SOUNDING else {}
    facts["instrument_family"] = sound.get("family")
    if (said := credentials.found_in(source, found.media)) is not None:
        facts["credentials"] = said
    return Examined(
        media=found.media,
        element_kinds=_kinds(found),
        facts={name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()},
        peaks={"peaks": [list(pair) for pair in found.peaks]} if found.peaks else None,
        picture=cover_svg(found.picture),
        roll=_roll(found) if found.roll else None,
        fingerprint_kind=found.fingerprint_kind,
        fingerprint=tuple(sorted(set(found.fingerprint[: limits.FINGERPRINT_HASHES_MAX]))),
        sound_model=sound.get("model", ""),
        sound=tuple(sound.get("vector", ())),
        motifs=dataclasses.asdict(found.motifs) if found.motifs else None,
        statistics=dataclasses.asdict(found.statistics) if found.statistics else None,
    )


def examine(source: bytes | Path) -> Outcome:
    """Look, as JSON."""
    return look(source).as_json(), {}


def render(source: bytes | Path) -> Outcome:
    """A listenable preview, and notes in their other form."""
    files = other_forms(source)
    files["preview.ogg"] = preview.listenable(source, seconds_max=limits.PREVIEW_SECONDS_MAX)
    return {}, files


def other_forms(source: bytes | Path) -> Files:
    """Notes as MIDI and as MusicXML, whichever they are not; nothing for anything else."""
    media = media_of(source)
    if media not in notes.MEDIA:
        return {}
    score = notes.read(read_small(source))
    files = {}
    if media != "midi":
        files["other.mid"] = midi_writer.write(score)
    if media != "musicxml":
        files["other.musicxml"] = musicxml.write(score)
    return files


def harmonise(data: bytes, *, seed: int, variants: int) -> Outcome:
    """Harmonisations as they were called before there were capabilities: the ledger's calls of that time, again."""
    from engine.recommend import harmony

    made = harmony.harmonise(notes.read(data), seed=seed, variants=variants)
    files = {f"{variant}.mid": midi_writer.write(one.score) for variant, one in enumerate(made)}
    return {"call": {"weights_hash": harmony.WEIGHTS_HASH, "runtime": dict(harmony.RUNTIME)}}, files


def _kinds(found: Description) -> tuple[str, ...]:
    """The engine hears a recording; whether it is sold as one or as a sound to play with is its maker's choice."""
    allowed = MEDIA[found.media].element_kinds
    likely = tuple(kind for kind in found.element_kinds if kind in allowed)
    return tuple(dict.fromkeys((*likely, *allowed))) if likely in (("wave",), ("sound",)) else likely or allowed


def _roll(found: Description) -> dict[str, Any]:
    """As `<ll-roll>` reads it: onset and length in seconds, pitch, velocity, part. Chords are as much as notes."""
    return {
        "seconds": found.duration_s,
        "chords": list(found.chords),
        "notes": [[n.onset_s, n.duration_s, n.pitch_midi, n.velocity, n.part] for n in found.roll],
    }


def _grid(picture: Picture) -> dict[str, Any]:
    """The picture's cells, one byte each, for whoever draws a cover: rows from low to high, one after the other."""
    values = bytes(round(max(0.0, min(1.0, cell)) * 255) for row in picture.cells for cell in row)
    return {"kind": picture.kind, "columns": len(picture.cells[0]), "cells": base64.b64encode(values).decode()}


def coarse_chords(symbols: Sequence[str]) -> list[str]:
    """The first few roots, major or minor: enough for a drawing, not for playing; the chords need a licence."""
    coarse = [match.group() for symbol in symbols if (match := _ROOT.match(symbol))]
    return [symbol for symbol, _ in itertools.groupby(coarse)][:_CHORDS_DRAWN_MAX]


def _outline(peaks: Sequence[tuple[float, float]]) -> str:
    """Heights of a small waveform, one byte a column, for lists."""
    loudest = max(max(-low, high) for low, high in peaks) or 1.0
    step = len(peaks) / _OUTLINE_COLUMNS
    columns = (peaks[int(i * step) : max(int((i + 1) * step), int(i * step) + 1)] for i in range(_OUTLINE_COLUMNS))
    heights = (max(max(-low, high) for low, high in column) / loudest for column in columns)
    return base64.b64encode(bytes(min(int(height * 255), 255) for height in heights)).decode()


def setting(data: bytes) -> Outcome:
    """The plugins of a mix setting of any version, in today's form."""
    return {"plugins": mix_setting.read(data)["plugins"]}, {}


def write_setting(data: bytes, *, plugins: list[dict[str, Any]]) -> Outcome:
    """A chain of plugins as a mix setting: `setting.json`, and what is found in it."""
    written = mix_setting.write({"version": mix_setting.VERSION, "plugins": plugins})
    return {"examined": look(written).as_json()}, {"setting.json": written}


WORK: dict[str, Callable[..., Outcome]] = {
    "examine": examine,
    "render": render,
    "harmonise": harmonise,
    "recommend": recommend,
    "rank": rank,
    "recommend_sound": recommend_sound,
    "difference": difference,
    "measure": measure,
    "process": process,
    "audition": audition,
    "write_notes": write_notes,
    "setting": setting,
    "write_setting": write_setting,
    "mark": credentials.mark,
    "read_credentials": credentials.read,
}

# These take the file's path and read long recordings block by block; the others take its bytes.
FROM_PATH = frozenset({"examine", "render", "mark", "read_credentials"})
