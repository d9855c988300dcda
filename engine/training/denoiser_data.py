"""What the denoiser learns from: music rendered once and kept on disk, real noise, and noise made on the spot.

Music is POP909 played with the library's instruments, the parts given to random programs; loops may be added. It is
kept as one long row of 16-bit samples, so that a batch is a few slices.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy import signal as filters

from engine.arrays import Mono, to_mono
from engine.dsp.resample import resample
from engine.errors import EngineError
from engine.io import notes
from engine.score import Note, Part, Score, make_part
from engine.timbre import sampler

RATE_HZ: Final = 48_000
EXCERPT_S: Final = 30
_TAIL_S: Final = 2.0
# Programs a part may be given, by how often they are wanted: keys, guitars, strings, voices, winds, organ, synths.
_LEADS: Final = (0, 4, 11, 22, 24, 25, 27, 40, 41, 42, 52, 53, 54, 56, 57, 60, 64, 65, 66, 68, 71, 73, 75, 79, 80, 81)
_BACKING: Final = (0, 0, 1, 2, 4, 5, 6, 7, 16, 18, 19, 21, 24, 25, 26, 27, 46, 48, 49, 50, 52, 61, 88, 89, 90, 95)
_BASSES: Final = (32, 33, 34, 35, 36, 38, 39)
# Left out: breaks cut from records, whose recordings are not the uploader's to give.
_LOOPS_LEFT_OUT: Final = ("loop_amen", "loop_amen_full", "loop_breakbeat")

Tell = Callable[[str], None]


def split_of_song(number: int) -> str | None:
    """Which split a song of POP909 belongs to by its number; those that end in 0 are never used."""
    return {0: None, 9: "test", 8: "valid"}.get(number % 10, "train")


def split_of_clip(name: str) -> str:
    """Which split a clip of ESC-10 belongs to by its fold, the digit it begins with; folds share no recording."""
    return {"5": "test", "4": "valid"}.get(name[0], "train")


def render_music(data: Path, cache: Path, *, split: str, excerpts: int, seed: int, tell: Tell) -> Path:
    """Play `excerpts` excerpts of the split's songs into one file of mono 16-bit samples, unless it is there.

    Returns
    -------
    path of the .npy, (samples,) int16 at 48 kHz
    """
    target = cache / f"music-{split}-{seed}-{excerpts}.npy"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    songs = [path for path in sorted(data.glob("pop909/*/*.mid")) if split_of_song(int(path.stem)) == split]
    random = np.random.default_rng([seed, len(split)])
    pieces = []
    for index in range(excerpts):
        path = songs[int(random.integers(len(songs)))]
        pieces.append(_as_int16(_excerpt(path, random)))
        if index % 20 == 19:
            tell(f"{split}: {index + 1} of {excerpts} excerpts rendered")
    np.save(target, np.concatenate(pieces))
    return target


def read_noise(data: Path, *, split: str) -> list[Mono]:
    """The split's clips of ESC-10, resampled to 48 kHz, without the silence the set pads them with."""
    clips = []
    for path in sorted(data.glob("noise/*/*.ogg")):
        if split_of_clip(path.name) == split:
            clips.append(_without_padding(read_mono(path)))
    return [clip for clip in clips if len(clip) > RATE_HZ // 10]


def read_loops(folder: Path) -> list[Mono]:
    """Loops and single sounds of a folder of FLAC files at 48 kHz."""
    names = [path for path in sorted(folder.glob("*.flac")) if path.stem not in _LOOPS_LEFT_OUT]
    return [read_mono(path) for path in names if "noiz" not in path.stem and "hiss" not in path.stem]


def read_mono(path: Path) -> Mono:
    """One recording as mono at 48 kHz."""
    frames, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return to_mono(resample(np.ascontiguousarray(frames.T), from_hz=int(rate), to_hz=RATE_HZ))


def _excerpt(path: Path, random: np.random.Generator) -> Mono:
    score = notes.read(path.read_bytes())
    clock = score.clock()
    latest = max(score.duration_s - EXCERPT_S, 0.0)
    start = clock.position(float(random.uniform(0, latest)))
    stop = clock.position(min(clock.seconds(start) + EXCERPT_S - _TAIL_S, score.duration_s))
    piece = score.between(start, max(stop, start + 1))
    arranged = _arranged(piece, random)
    try:
        mono = to_mono(sampler.render(arranged, sample_rate_hz=RATE_HZ, seconds_max=EXCERPT_S))
    except EngineError:
        return np.zeros(RATE_HZ, dtype=np.float32)
    return _in_a_room(mono, random) if random.random() < 0.5 else mono


def _arranged(piece: Score, random: np.random.Generator) -> Score:
    """One to all of the parts with new programs, sometimes a bass line under them and a beat."""
    sounding = [part for part in piece.parts if part.notes]
    random.shuffle(sounding)
    kept = sounding[: int(random.integers(1, len(sounding) + 1))] if random.random() < 0.5 else sounding
    parts = []
    for part in kept:
        programs = _LEADS if part.name.upper() in ("MELODY", "BRIDGE") else _BACKING
        parts.append(replace(part, program=int(random.choice(programs)), bank=0))
    if random.random() < 0.4:
        parts.append(_bass_line(piece, int(random.choice(_BASSES))))
    if random.random() < 0.4:
        parts.append(_beat(piece, random))
    shift = int(random.integers(-5, 6))
    moved = replace(piece, parts=tuple(parts))
    try:
        return moved.transposed(shift)
    except EngineError:
        return moved


def _bass_line(piece: Score, program: int) -> Part:
    """The lowest note that begins at each half note, an octave or two down."""
    lowest: dict[int, Note] = {}
    for note in piece.notes():
        slot = int(note.onset // 2)
        if slot not in lowest or note.pitch_midi < lowest[slot].pitch_midi:
            lowest[slot] = note
    line = []
    for slot, note in lowest.items():
        pitch = note.pitch_midi % 12 + (36 if note.pitch_midi % 12 < 5 else 24)
        line.append(Note(onset=Fraction(2 * slot), duration=Fraction(7, 4), pitch_midi=pitch, velocity=88))
    return make_part(line, name="Bass", program=program)


def _beat(piece: Score, random: np.random.Generator) -> Part:
    kit = ((36, 0, 2, 104), (38, 1, 2, 98), (42, Fraction(0), Fraction(1, 2), 76))
    hits = []
    for pitch, first, every, velocity in kit:
        at = Fraction(first)
        while at < piece.end:
            if random.random() < 0.93:
                louder = int(np.clip(velocity + random.integers(-14, 15), 1, 127))
                hits.append(Note(onset=at, duration=Fraction(1, 4), pitch_midi=pitch, velocity=louder))
            at += Fraction(every)
    return make_part(hits, name="Drums", is_drums=True, program=int(random.choice((0, 0, 8, 16, 24, 25, 32, 40))))


def _in_a_room(mono: Mono, random: np.random.Generator) -> Mono:
    """The same with the tail of a room, 0.2 to 1.5 s long."""
    count = int(random.uniform(0.2, 1.5) * RATE_HZ)
    room = random.standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    room = filters.lfilter([0.4], [1, -0.6], room)
    room *= random.uniform(0.05, 0.5) / np.sqrt(np.square(room).sum())
    wet = mono + filters.oaconvolve(mono, room)[: len(mono)]
    return np.asarray(wet / max(1.0, float(np.abs(wet).max())), dtype=np.float32)


def _as_int16(mono: Mono) -> NDArray[np.int16]:
    return np.asarray(np.clip(np.rint(mono * 32767), -32768, 32767), dtype=np.int16)


def _without_padding(mono: Mono) -> Mono:
    """ESC-10 fills clips up to five seconds with digital silence."""
    loud = np.flatnonzero(np.abs(mono) > 1e-5)
    return mono[loud[0] : loud[-1] + 1] if len(loud) else mono[:0]


def read_attribution(data: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Licence and source of each clip, from the list that comes with the set."""
    lines = (data / "noise" / "ATTRIBUTION.md").read_text(encoding="utf-8").splitlines()
    for name in names:
        stem = name.rsplit(".", 1)[0]
        found = next((line for line in lines if f"**{stem}." in line), "")
        yield {"clip": stem, "line": json.dumps(found.strip("- ").strip(), ensure_ascii=False)}
