"""POP909 as values: the notes, chords, beats and keys of every song, and one split of the songs for every model.

A folder a song, named by its number: `NNN.mid` (tracks MELODY, BRIDGE, PIANO), `beat_midi.txt`, `chord_midi.txt`,
`key_audio.txt`. Time is counted in beats of the song, 0 is the first beat of `beat_midi.txt`: chords change on beats,
notes lie between them as they were played.

Source: Z. Wang et al., "POP909: A Pop-song Dataset for Music Arrangement Generation", ISMIR 2020 (MIT licence).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError, UnreadableFileError
from engine.io import midi
from engine.score import Score
from engine.theory.names import pitch_class
from engine.training import array_cache

SPLITS: Final = ("train", "valid", "test")
TRACKS: Final = ("MELODY", "BRIDGE", "PIANO")
NO_ROOT: Final = -1
ONSET, DURATION, PITCH, VELOCITY = range(4)  # columns of a track

# Quality as POP909 writes it -> semitones above the root.
TONES: Final[dict[str, tuple[int, ...]]] = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus2": (0, 2, 7), "sus4": (0, 5, 7),
    "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10), "minmaj7": (0, 3, 7, 11),
    "hdim7": (0, 3, 6, 10), "dim7": (0, 3, 6, 9), "sus4(b7)": (0, 5, 7, 10), "maj6": (0, 4, 7, 9), "min6": (0, 3, 7, 9),
}  # fmt: skip
_DEGREES: Final = {"b3": 3, "3": 4, "4": 5, "b5": 6, "5": 7, "6": 9, "b7": 10, "7": 11, "2": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """What the annotation says from beat `start` to beat `stop`.

    root, bass : pitch classes 0..11; both `NO_ROOT` where there is no chord ("N")
    quality : a key of `TONES`; "" where there is no chord
    """

    start: int
    stop: int
    root: int = NO_ROOT
    quality: str = ""
    bass: int = NO_ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The key from beat `start` on: `tonic` 0..11."""

    start: int
    tonic: int
    is_minor: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Song:
    """One song.

    number : three digits, the name of its folder
    beats_s : (beats,) float64, where each beat lies in the MIDI file, seconds
    is_downbeat : (beats,) bool, where bars begin; beats_per_bar : 4, or 6 for bars of twice three beats
    melody, bridge, piano : (notes, 4) float64, onset and duration in beats, MIDI pitch, velocity; by onset, then pitch
    chords : in order, without gaps, from the first beat on; keys : in order, the first from beat 0 on
    """

    number: str
    beats_s: NDArray[np.float64]
    is_downbeat: NDArray[np.bool_]
    beats_per_bar: int
    melody: NDArray[np.float64]
    bridge: NDArray[np.float64]
    piano: NDArray[np.float64]
    chords: tuple[Chord, ...]
    keys: tuple[Key, ...]

    @property
    def split(self) -> str:
        """Which part of the data it belongs to."""
        return split_of(self.number)

    @property
    def first_downbeat(self) -> int:
        """Beat at which the first whole bar begins."""
        return int(np.argmax(self.is_downbeat))


def split_of(number: str) -> str:
    """A tenth of the songs is "test", a tenth "valid", the rest "train": the same for every model."""
    return {0: "test", 1: "valid"}.get(hashlib.sha256(number.encode()).digest()[0] % 10, "train")


def read_all(folder: Path, *, cache: Path | None = None) -> list[Song]:
    """Every song of `folder` in the order of their numbers.

    cache : a file that is written after the first reading and read instead of the songs while they stay as they are

    Raises
    ------
    UnreadableFileError
        If there is no song, or one is broken; the message names the file.
    """
    found = sorted(path for path in folder.iterdir() if (path / f"{path.name}.mid").is_file())
    if not found:
        raise UnreadableFileError(f"{folder} holds no song: NNN/NNN.mid was looked for")
    state = _state_of(found)
    kept = array_cache.read(cache, state) if cache is not None else None
    if kept is not None:
        return [_unpacked(kept, path.name) for path in found]
    songs = [read(path) for path in found]
    if cache is not None:
        array_cache.write(cache, state, {key: array for song in songs for key, array in _packed(song).items()})
    return songs


def of_split(songs: Iterable[Song], split: str) -> list[Song]:
    """The songs of one part, in their order.

    Raises
    ------
    UnreadableFileError
        If the part is unknown or holds no song.
    """
    found = [song for song in songs if song.split == split]
    if not found:
        raise UnreadableFileError(f"no song belongs to the split {split!r}; there are {', '.join(SPLITS)}")
    return found


def read(folder: Path) -> Song:
    """The song that lies in `folder`.

    Raises
    ------
    UnreadableFileError
        If a file is missing or broken; the message names it.
    """
    try:
        rows = _rows(folder / "beat_midi.txt")
        beats_s = np.array([float(row[0]) for row in rows])
        bars = np.array([[float(cell) > 0 for cell in row[1:3]] for row in rows])
        downbeats = np.flatnonzero(bars[:, 1])
        beats_per_bar = int(np.bincount(np.diff(downbeats)).argmax())
        tracks = _tracks(midi.read((folder / f"{folder.name}.mid").read_bytes()), beats_s)
        return Song(
            number=folder.name,
            beats_s=beats_s,
            is_downbeat=bars[:, 1],
            beats_per_bar=beats_per_bar,
            melody=tracks["MELODY"],
            bridge=tracks["BRIDGE"],
            piano=tracks["PIANO"],
            chords=tuple(_chord(row, beats_s) for row in _rows(folder / "chord_midi.txt")),
            keys=_keys(_rows(folder / "key_audio.txt"), beats_s),
        )
    except (EngineError, OSError, ValueError, KeyError, IndexError) as error:
        raise UnreadableFileError(f"{folder}: {error}") from error


def _rows(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _nearest(beats_s: NDArray[np.float64], seconds: str) -> int:
    return int(np.abs(beats_s - float(seconds)).argmin())


def _chord(row: list[str], beats_s: NDArray[np.float64]) -> Chord:
    start = _nearest(beats_s, row[0])
    # The last chord ends one beat after the last beat.
    stop = len(beats_s) if float(row[1]) > beats_s[-1] + 0.05 else _nearest(beats_s, row[1])
    if row[2] == "N":
        return Chord(start=start, stop=stop)
    name, _, rest = row[2].partition(":")
    quality, _, degree = rest.partition("/")
    root = pitch_class(name)
    if quality not in TONES:
        raise ValueError(f"the chord {row[2]} is not known")
    bass = (root + _DEGREES[degree]) % 12 if degree else root
    return Chord(start=start, stop=stop, root=root, quality=quality, bass=bass)


def _keys(rows: list[list[str]], beats_s: NDArray[np.float64]) -> tuple[Key, ...]:
    keys: list[Key] = []
    for row in rows:
        name, _, mode = row[2].partition(":")
        start = _nearest(beats_s, row[0]) if keys else 0
        keys.append(Key(start=start, tonic=pitch_class(name), is_minor=mode.startswith("min")))
    return tuple(keys)


def _tracks(score: Score, beats_s: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    clock = score.clock()
    found = {}
    for name in TRACKS:
        notes = [
            (clock.seconds(note.onset), clock.seconds(note.offset), note.pitch_midi, note.velocity)
            for part in score.parts
            if part.name == name
            for note in part.notes
        ]
        table = np.array(notes, np.float64).reshape(-1, 4)
        onsets = _in_beats(table[:, 0], beats_s)
        table[:, DURATION] = _in_beats(table[:, 1], beats_s) - onsets
        table[:, ONSET] = onsets
        found[name] = table[np.lexsort((table[:, PITCH], table[:, ONSET]))]
    return found


def _in_beats(seconds: NDArray[np.float64], beats_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds to beats; before the first beat and after the last, the beat keeps its length."""
    index = np.clip(np.searchsorted(beats_s, seconds, side="right") - 1, 0, len(beats_s) - 2)
    return np.asarray(index + (seconds - beats_s[index]) / (beats_s[index + 1] - beats_s[index]))


def _state_of(found: list[Path]) -> str:
    names = ("{}.mid", "beat_midi.txt", "chord_midi.txt", "key_audio.txt")
    files = [path / name.format(path.name) for path in found for name in names]
    listed = [f"{file.parent.name}/{file.name} {file.stat().st_size}" for file in files if file.is_file()]
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()


_QUALITIES: Final = ("", *TONES)


def _packed(song: Song) -> dict[str, NDArray[np.float64]]:
    chords = [(c.start, c.stop, c.root, _QUALITIES.index(c.quality), c.bass) for c in song.chords]
    tables = {
        "beats": np.column_stack([song.beats_s, song.is_downbeat]),
        "chords": np.array(chords, np.float64).reshape(-1, 5),
        "keys": np.array([(k.start, k.tonic, k.is_minor) for k in song.keys], np.float64).reshape(-1, 3),
        "melody": song.melody,
        "bridge": song.bridge,
        "piano": song.piano,
    }
    return {f"{song.number}.{name}": table for name, table in tables.items()}


def _unpacked(arrays: dict[str, NDArray[np.float64]], number: str) -> Song:
    beats = arrays[f"{number}.beats"]
    is_downbeat = beats[:, 1] > 0
    chords = [
        Chord(start=start, stop=stop, root=root, quality=_QUALITIES[quality], bass=bass)
        for start, stop, root, quality, bass in arrays[f"{number}.chords"].astype(int).tolist()
    ]
    keys = arrays[f"{number}.keys"].astype(int).tolist()
    return Song(
        number=number,
        beats_s=beats[:, 0],
        is_downbeat=is_downbeat,
        beats_per_bar=int(np.bincount(np.diff(np.flatnonzero(is_downbeat))).argmax()),
        melody=arrays[f"{number}.melody"],
        bridge=arrays[f"{number}.bridge"],
        piano=arrays[f"{number}.piano"],
        chords=tuple(chords),
        keys=tuple(Key(start=start, tonic=tonic, is_minor=bool(minor)) for start, tonic, minor in keys),
    )
