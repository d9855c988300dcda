"""Multitracks with known roles: excerpts of POP909 songs with a rhythm section of our own, played stem by stem.

POP909 brings melody, bridge and piano; bass, drums, plucked chords and a pad are written here from its chords and
beats. Everything follows from the song, the seed and the bank.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.random import Generator

from engine.arrays import Signal
from engine.io import notes
from engine.mixing.styles import GENRES
from engine.score import Note, Part, Score, make_part
from engine.timbre import sampler

Moment: TypeAlias = Callable[[float], Fraction]  # seconds to quarter notes

RATE_HZ: Final = 44_100
EXCERPT_S: Final = 12.0
_ROOTS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_PROGRAMS: Final[dict[str, dict[str, tuple[int, ...]]]] = {
    "pop": {"lead": (53, 65, 73, 80, 85, 22, 40), "second": (48, 11, 28, 61), "keys": (0, 1, 4, 5),
            "guitar": (24, 25, 27), "pad": (48, 50, 89, 91), "bass": (33, 34, 38), "drums": (0, 8, 16)},
    "rock": {"lead": (29, 30, 65, 81, 26), "second": (28, 30, 18), "keys": (0, 2, 18), "guitar": (29, 30, 27),
             "pad": (18, 48, 50), "bass": (33, 34), "drums": (0, 8, 16)},
    "electronic": {"lead": (80, 81, 84, 87), "second": (81, 82, 90), "keys": (4, 5, 88), "guitar": (86, 99, 103),
                   "pad": (88, 89, 90, 94, 95), "bass": (38, 39), "drums": (24, 25)},
    "acoustic": {"lead": (73, 22, 40, 71), "second": (24, 25, 42), "keys": (0, 3), "guitar": (24, 25),
                 "pad": (48, 49, 21), "bass": (32, 33), "drums": (40, 0)},
    "jazz": {"lead": (65, 66, 56, 57, 59, 26), "second": (11, 56, 26), "keys": (0, 4, 16), "guitar": (26,),
             "pad": (48, 61), "bass": (32, 35), "drums": (32, 40)},
    "orchestral": {"lead": (40, 73, 68, 71, 60), "second": (41, 69, 70), "keys": (0, 46, 6), "guitar": (45, 46),
                   "pad": (48, 49, 52), "bass": (43,), "drums": (48,)},
}  # fmt: skip
# Kick, snare and hat by half beats of a bar of four: (half beat, key, velocity).
_BEATS: Final[dict[str, tuple[tuple[int, int, int], ...]]] = {
    "pop": ((0, 36, 105), (2, 38, 100), (4, 36, 95), (5, 36, 88), (6, 38, 102)),
    "rock": ((0, 36, 118), (2, 38, 115), (3, 36, 100), (4, 36, 112), (6, 38, 118)),
    "electronic": ((0, 36, 118), (2, 36, 112), (2, 39, 96), (4, 36, 116), (6, 36, 112), (6, 39, 100)),
    "acoustic": ((0, 36, 80), (2, 37, 72), (4, 36, 74), (6, 37, 76)),
    "jazz": ((0, 36, 56), (2, 44, 70), (3, 38, 44), (6, 44, 72)),
    "orchestral": ((0, 36, 90), (4, 38, 60)),
}
_HATS: Final = {"pop": 42, "rock": 42, "electronic": 42, "acoustic": 70, "jazz": 51, "orchestral": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Multitrack:
    """A song's excerpt: its genre, and for each stem its role and sound, (2, samples) float32 at 44.1 kHz."""

    song: int
    genre: str
    roles: tuple[str, ...]
    stems: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class _Chord:
    start_s: float
    stop_s: float
    root: int
    third: int


def split_of(song: int) -> str:
    """Which part of the data a song belongs to: "train", "valid" or "test", by a hash of its number."""
    return {0: "test", 1: "valid"}.get(sha256(f"{song:03d}".encode()).digest()[0] % 10, "train")


def songs(data: Path, split: str, most: int | None = None) -> list[Path]:
    """The folders of a split, in order of number; `most` of them, evenly spread, if it says so."""
    found = sorted(path for path in data.iterdir() if path.name.isdigit() and path.is_dir())
    mine = [path for path in found if split_of(int(path.name)) == split]
    if most is None or len(mine) <= most:
        return mine
    return [mine[index * len(mine) // most] for index in range(most)]


def multitrack(folder: Path, *, seed: int, bank: Path) -> Multitrack:
    """One excerpt of the song in `folder`; genre, instruments and which roles play are drawn from seed and song."""
    song = int(folder.name)
    draw = np.random.default_rng([seed, song])
    genre = GENRES[int(draw.integers(len(GENRES)))]
    score = notes.read((folder / f"{folder.name}.mid").read_bytes())
    start_s = float(draw.uniform(0.15, 0.6)) * score.duration_s
    parts = _cast(score, folder, genre, start_s, draw)
    whole = replace(score, parts=tuple(part for _, part in parts))
    roles, stems = [], []
    for index, (role, _) in enumerate(parts):
        sound = sampler.stem(whole, index, sample_rate_hz=RATE_HZ, bank=bank)
        roles.append(role)
        stems.append(_as_long(sound, int(EXCERPT_S * RATE_HZ)))
    kept = [index for index, stem in enumerate(stems) if float(np.abs(stem).max()) > 1e-3]
    return Multitrack(song=song, genre=genre, roles=tuple(roles[i] for i in kept), stems=tuple(stems[i] for i in kept))


def _cast(score: Score, folder: Path, genre: str, start_s: float, draw: Generator) -> list[tuple[str, Part]]:
    clock = score.clock()
    window = score.between(clock.position(start_s), clock.position(start_s + EXCERPT_S))
    found: list[tuple[str, Part]] = []
    for part in window.parts:
        role = {"MELODY": "lead", "BRIDGE": "second", "PIANO": "keys"}.get(part.name.upper())
        if role and part.notes and (role == "lead" or draw.random() < 0.85):
            found.append((role, part))
    chords = list(_chords(folder / "chord_midi.txt", start_s))
    beats, downs = _beats(folder / "beat_midi.txt", start_s)
    moment = window.clock().position
    made = {
        "bass": (0.9, _bass(chords, beats, moment, draw)),
        "drums": (0.25 if genre == "orchestral" else 0.85, _drums(genre, beats, downs, moment, draw)),
        "guitar": (0.55, _strums(chords, beats, moment, draw)),
        "pad": (0.55, _pad(chords, moment)),
    }
    for role, (likely, written) in made.items():
        if draw.random() < likely and written:
            found.append((role, make_part(written, is_drums=role == "drums")))
    return [(role, _dressed(role, part, genre, draw)) for role, part in found]


def _dressed(role: str, part: Part, genre: str, draw: Generator) -> Part:
    choices = _PROGRAMS[genre][role]
    return replace(part, name=role, program=int(choices[int(draw.integers(len(choices)))]))


def _chords(path: Path, start_s: float) -> Iterator[_Chord]:
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) < 3 or words[2][0] not in _ROOTS:
            continue
        start, stop = float(words[0]) - start_s, float(words[1]) - start_s
        if stop <= 0.1 or start >= EXCERPT_S:
            continue
        root = _ROOTS[words[2][0]] + {"#": 1, "b": -1}.get(words[2][1:2], 0)
        is_minor = any(kind in words[2] for kind in (":min", ":dim", ":hdim"))
        yield _Chord(max(start, 0.0), min(stop, EXCERPT_S), root % 12, 3 if is_minor else 4)


def _beats(path: Path, start_s: float) -> tuple[list[float], list[bool]]:
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    inside = [(float(r[0]) - start_s, float(r[-1]) > 0.5) for r in rows if 0 <= float(r[0]) - start_s < EXCERPT_S]
    return [time for time, _ in inside], [is_down for _, is_down in inside]


def _note(at_s: float, stop_s: float, pitch: int, velocity: float, moment: Moment) -> Note:
    at, stop = moment(at_s), moment(stop_s)
    loud = int(np.clip(velocity, 8, 127))
    return Note(onset=at, duration=max(stop - at, Fraction(1, 16)), pitch_midi=pitch, velocity=loud)


def _bass(chords: list[_Chord], beats: list[float], moment: Moment, draw: Generator) -> list[Note]:
    written, level, busy = [], float(draw.uniform(70, 105)), float(draw.uniform(0.3, 0.95))
    for chord in chords:
        low = 28 + (chord.root - 4) % 12
        places = [b for b in beats if chord.start_s - 0.05 <= b < chord.stop_s - 0.1] or [chord.start_s]
        kept = [place for i, place in enumerate(places) if i == 0 or draw.random() < busy]
        for at, after in zip(kept, [*kept[1:], chord.stop_s], strict=True):
            pitch = low + (7 if at != kept[0] and draw.random() < 0.2 else 0)
            written.append(_note(at, at + 0.92 * (after - at), pitch, draw.normal(level, 6), moment))
    return written


def _drums(genre: str, beats: list[float], downs: list[bool], moment: Moment, draw: Generator) -> list[Note]:
    written, level = [], float(draw.uniform(0.75, 1.1))
    hat = _HATS[genre]
    starts = [i for i, is_down in enumerate(downs) if is_down] or list(range(0, len(beats), 4))
    for first in starts:
        for half, key, velocity in _BEATS[genre]:
            place = first + half // 2
            if place + 1 >= len(beats):
                continue
            at = beats[place] + (beats[place + 1] - beats[place]) / 2 * (half % 2)
            written.append(_note(at, at + 0.1, key, draw.normal(velocity * level, 5), moment))
    for place in range(len(beats) - 1) if hat else ():
        for half in (0, 1):
            at = beats[place] + (beats[place + 1] - beats[place]) / 2 * half
            written.append(_note(at, at + 0.08, hat, draw.normal((82 - 18 * half) * level, 5), moment))
    return written


def _strums(chords: list[_Chord], beats: list[float], moment: Moment, draw: Generator) -> list[Note]:
    written, level, busy = [], float(draw.uniform(55, 95)), float(draw.uniform(0.4, 1.0))
    for chord in chords:
        places = [b for b in beats if chord.start_s - 0.05 <= b < chord.stop_s - 0.1]
        for at in places:
            if draw.random() > busy:
                continue
            for number, step in enumerate((0, 7, 12, 12 + chord.third, 19)):
                late = 0.012 * number
                pitch = 40 + (chord.root - 4) % 12 + step
                written.append(_note(at + late, at + 0.45, pitch, draw.normal(level, 7), moment))
    return written


def _pad(chords: list[_Chord], moment: Moment) -> list[Note]:
    written = []
    for chord in chords:
        for step in (0, chord.third, 7, 12):
            pitch = 53 + (chord.root - 5) % 12 + step
            written.append(_note(chord.start_s, chord.stop_s, pitch, 72, moment))
    return written


def _as_long(sound: Signal, samples: int) -> Signal:
    return np.ascontiguousarray(np.pad(sound[:, :samples], ((0, 0), (0, max(samples - sound.shape[1], 0)))))
