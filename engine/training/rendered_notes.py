"""Music with known notes: excerpts of MIDI files, varied, played by the library's banks, and heard through a bad room.

Everything an excerpt is made of follows from the seed and its number, so a cut-off run goes on where it stopped.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from engine.arrays import Floats, Mono
from engine.io import notes
from engine.score import Control, Note, Part, Score, TempoMark, make_part
from engine.timbre import sampler
from engine.timbre.sampler.pedal import SUSTAIN, sounding_ends

EXCERPT_S: Final = 20.0
_PIANOS: Final = (0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7)
_LEADS: Final = (0, 11, 21, 22, 24, 40, 52, 56, 64, 65, 66, 68, 71, 73, 74, 75, 80, 81, 85)
_PADS: Final = (0, 4, 16, 19, 24, 25, 26, 27, 48, 49, 50, 52, 61, 88, 89)
_COMPERS: Final = (0, 0, 0, 4, 5, 6, 12, 24, 24, 25, 25, 26, 27, 46, 16, 48)
_SLOW: Final = (
    *(48, 49, 50, 51) * 2,
    40,
    41,
    42,
    43,
    44,
    52,
    53,
    54,
    56,
    57,
    60,
    61,
    61,
    62,
    65,
    68,
    70,
    71,
    73,
    89,
    91,
    94,
    95,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardNote:
    """A note as it sounds: the offset includes the pedal. Seconds, MIDI pitch, velocity 1..127, part index.

    released_s : when its key is let go, `offset_s` at the latest
    """

    onset_s: float
    offset_s: float
    released_s: float
    pitch_midi: int
    velocity: int
    part: int


def read_song(path: Path) -> Score:
    """The song's named parts (melody, bridge, piano), those without notes left out."""
    score = notes.read(path.read_bytes())
    return replace(score, parts=tuple(part for part in score.parts if part.notes))


def excerpt(score: Score, start_s: float, length_s: float) -> Score:
    """The notes that begin within a stretch of the song, moved to its start."""
    clock = score.clock()
    return score.between(clock.position(start_s), clock.position(start_s + length_s))


def heard_notes(score: Score) -> list[HeardNote]:
    """Notes in seconds, held as long as key or pedal hold them, and no longer than to the key's next stroke."""
    clock, found = score.clock(), []
    for index, part in enumerate(score.parts):
        if part.is_drums:
            continue
        following: dict[int, Fraction] = {}
        for note, end in zip(reversed(part.notes), reversed(sounding_ends(part)), strict=True):
            again = following.get(note.pitch_midi)
            if again is not None and again > note.onset:
                end = min(end, again)
            following[note.pitch_midi] = note.onset
            found.append(
                HeardNote(
                    onset_s=clock.seconds(note.onset),
                    offset_s=clock.seconds(max(end, note.onset)),
                    released_s=clock.seconds(max(min(note.offset, end), note.onset)),
                    pitch_midi=note.pitch_midi,
                    velocity=note.velocity,
                    part=index,
                )
            )
    return sorted(found, key=lambda note: (note.onset_s, note.pitch_midi, note.part))


def varied(score: Score, draw: Generator, *, is_slow: bool = False) -> Score:
    """Another key, tempo, touch and, half of the time, other instruments; sometimes the piano part alone.

    is_slow : all instruments are such as begin without a stroke: bowed, blown, sung
    """
    shift = int(draw.integers(-5, 7))
    pace = float(draw.uniform(0.85, 1.2))
    touch, offset = float(draw.uniform(0.7, 1.2)), float(draw.integers(-25, 16))
    parts = list(score.parts)
    kind = float(draw.random())
    if kind < 0.4:
        parts = [part for part in parts if "PIANO" in part.name.upper()] or parts[-1:]
    elif kind < 0.5:
        parts = [parts[int(draw.integers(len(parts)))]]
    own_sounds = bool(draw.random() < 0.45)
    pedal = bool(draw.random() < 0.75)
    made = []
    for part in parts:
        program = 0 if own_sounds else _program(part.name, len(parts), draw)
        program = int(draw.choice(_SLOW)) if is_slow else program
        controls = part.controls if pedal else ()
        made.append(replace(part, program=program, controls=controls, notes=_played(part, shift, touch, offset, draw)))
    if draw.random() < 0.15:
        made.append(_drums(score, draw))
    tempos = tuple(TempoMark(at=mark.at, us_per_quarter=int(mark.us_per_quarter * pace)) for mark in score.tempos) or (
        TempoMark(at=Fraction(0), us_per_quarter=int(500_000 * pace)),
    )
    return replace(score, parts=tuple(made), tempos=tempos)


def _program(name: str, count: int, draw: Generator) -> int:
    choices: tuple[int, ...] = _PIANOS if count == 1 and draw.random() < 0.6 else _COMPERS
    if "MELODY" in name.upper():
        choices = _LEADS
    elif "BRIDGE" in name.upper():
        choices = _PADS
    return int(choices[int(draw.integers(len(choices)))])


def _played(part: Part, shift: int, touch: float, offset: float, draw: Generator) -> tuple[Note, ...]:
    jitter = draw.normal(0, 4, len(part.notes))
    played = []
    for note, wobble in zip(part.notes, jitter, strict=True):
        pitch = note.pitch_midi + shift
        if 21 <= pitch <= 108:
            velocity = int(np.clip(note.velocity * touch + offset + wobble, 12, 127))
            played.append(replace(note, pitch_midi=pitch, velocity=velocity))
    return tuple(played)


def _drums(score: Score, draw: Generator) -> Part:
    """A plain beat with a few surprises, so that the network learns to leave drums alone."""
    beats = int(score.end) + 1
    hits = []
    for half in range(2 * beats):
        at = Fraction(half, 2)
        hits.append((at, int(draw.choice([42, 42, 44, 46]))))
        if half % 8 in (0, 5) or draw.random() < 0.1:
            hits.append((at, 36))
        if half % 4 == 2:
            hits.append((at, int(draw.choice([38, 38, 40]))))
        if draw.random() < 0.03:
            hits.append((at, int(draw.choice([49, 57, 51, 45, 47, 50]))))
    level = float(draw.uniform(40, 100))
    made = [
        Note(onset=at, duration=Fraction(1, 8), pitch_midi=pitch, velocity=int(np.clip(draw.normal(level, 8), 20, 127)))
        for at, pitch in hits
    ]
    return make_part(made, name="DRUMS", is_drums=True)


def heard_through(mono: Mono, draw: Generator, *, sample_rate_hz: int) -> Mono:
    """The same sound through a random tone control, room, noise, soft clipping and gain."""
    heard = _toned(mono, draw) if draw.random() < 0.7 else mono
    if draw.random() < 0.5:
        heard = _in_room(heard, draw, sample_rate_hz)
    peak = float(np.abs(heard).max(initial=0)) or 1.0
    heard = heard / np.float32(peak)
    if draw.random() < 0.1:
        heard = np.tanh(2.5 * heard) / np.float32(np.tanh(2.5))
    if draw.random() < 0.5:
        noise = draw.standard_normal(len(heard)).astype(np.float32)
        heard = heard + noise * np.float32(10 ** (draw.uniform(-75, -38) / 20))
    return np.asarray(heard * np.float32(10 ** (draw.uniform(-22, -0.2) / 20)), np.float32)


def _toned(mono: Mono, draw: Generator) -> Mono:
    """A smooth random equaliser of up to 10 dB, by a curve over seven octave points."""
    spectrum = np.fft.rfft(mono)
    place = np.log2(np.maximum(np.arange(len(spectrum)) / len(spectrum), 2**-7)) + 7
    gain_db = np.interp(place, np.arange(8), draw.uniform(-10, 10, 8))
    return np.asarray(np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(mono)), np.float32)


def _in_room(mono: Mono, draw: Generator, rate: int) -> Mono:
    """Dry sound plus an exponential tail that darkens."""
    seconds = float(draw.uniform(0.15, 1.4))
    time = np.arange(int(seconds * rate)) / rate
    tail = draw.standard_normal(len(time)) * np.exp(-6.9 * time / seconds)
    tail = np.convolve(tail, np.ones(int(draw.integers(1, 6))), "same")
    tail[: int(draw.uniform(0.002, 0.03) * rate)] = 0
    tail *= 10 ** (draw.uniform(-18, -3) / 20) / max(float(np.sqrt((tail**2).sum())), 1e-9)
    size = len(mono) + len(tail)
    wet = np.fft.irfft(np.fft.rfft(mono, size) * np.fft.rfft(tail, size), size)[: len(mono)]
    return np.asarray(mono + wet, np.float32)


def play(score: Score, bank: Path, *, sample_rate_hz: int, detune_cents: float = 0.0) -> Mono:
    """The score as one channel; `detune_cents` moves the whole tuning, and time with it by less than 3 %."""
    stretch = 2 ** (detune_cents / 1200)
    # Played at another rate, then taken for the nominal one: pitch and time move together.
    signal = sampler.render(score, sample_rate_hz=round(sample_rate_hz / stretch), bank=bank)
    return np.asarray(signal.mean(axis=0), np.float32)


def stretched(found: list[HeardNote], *, sample_rate_hz: int, detune_cents: float) -> list[HeardNote]:
    """The notes at the times at which `play` made them sound."""
    factor = round(sample_rate_hz / 2 ** (detune_cents / 1200)) / sample_rate_hz
    return [
        replace(
            note, onset_s=note.onset_s * factor, offset_s=note.offset_s * factor, released_s=note.released_s * factor
        )
        for note in found
    ]


def controls_off(part: Part) -> tuple[Control, ...]:
    """The part's movements without the pedal."""
    return tuple(control for control in part.controls if control.controller != SUSTAIN)


def as_table(found: list[HeardNote]) -> Floats:
    """(notes, 6) float32: onset_s, offset_s, pitch_midi, velocity, part, released_s."""
    rows = [(n.onset_s, n.offset_s, n.pitch_midi, n.velocity, n.part, n.released_s) for n in found]
    return np.array(rows, np.float32).reshape(-1, 6)
