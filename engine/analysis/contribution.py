"""How much of a piece was there before: in its parents, and in its own earlier versions.

A piece is counted in *units*: notes, half seconds that sound, parameters of a mix setting, samples of a sound. Each
measure says of each unit whether another piece holds it, and

    measured_ppm = floor(1,000,000 × units held / units)            (0 where there are no units)

Silence, rests and titles are nobody's. What holds for every measure: a copy is held whole (1,000,000), what shares
nothing is not held (0), a copy of one half of a piece holds that half, more kept is never measured as less; equal input
gives equal figures on every machine. Two pieces of different units (a recording and the notes it plays) cannot be
compared: that is said (`None`), never guessed.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.analysis import note_trace, setting_trace, sound_trace
from engine.arrays import Mono, to_mono
from engine.errors import OutOfRangeError
from engine.io import audio, mix_setting, notes, soundfont
from engine.io.sniff import sniff
from engine.mixing import mix
from engine.score import Score

Unit = Literal["notes", "milliseconds", "parameters", "samples"]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
WHOLE_PPM: Final = 1_000_000
CELL_MS: Final = round(sound_trace.CELL_S * 1000)
PIECES_MAX: Final = 48


@dataclass(frozen=True, slots=True)
class Kept:
    """`kept` of `total` units."""

    kept: int
    total: int

    @property
    def ppm(self) -> int:
        """floor(1,000,000 × kept / total); 0 of nothing is nothing."""
        return WHOLE_PPM * self.kept // self.total if self.total else 0


# ------------------------------------------------------------------------------------------------ the single measures
def notes_kept(child: Score, parent: Score) -> Kept:
    """Notes of `child` that stand in a passage of `parent`, moved in time, transposed or at half or double speed.

    kept = Σ over the child's notes of [the note lies in a passage of the parent], total = notes of the child; what a
    passage is stands in `note_trace`. A passage repeated counts as often as it sounds.

    Raises
    ------
    LimitExceededError
        If there are too many notes to compare.
    """
    return _kept(note_trace.trace(child, parent) >= 0)


def bars_used(child: Score, parent: Score) -> Kept:
    """Bars of `child` in which at least one note is the parent's; total = bars in which a note begins.

    Raises
    ------
    LimitExceededError
        As `notes_kept`.
    """
    held, bars = note_trace.trace(child, parent) >= 0, bar_numbers(child)
    return Kept(len(np.unique(bars[held])), len(np.unique(bars)))


def parameters_unchanged(child: dict[str, Any], parent: dict[str, Any]) -> Kept:
    """Parameters of the mix setting `child` whose plugin stands in `parent` with the very same value.

    kept = Σ over (plugin, parameter) of [same value in the parent's plugin of that place and type], total = parameters
    of the child, the choice of each plugin being one; see `setting_trace`. Both settings fit the schema.
    """
    return _kept(np.array(setting_trace.unchanged(child, parent), np.bool_))


def seconds_from(child: Mono, parent: Mono, *, child_rate_hz: int, parent_rate_hz: int) -> Kept:
    """Milliseconds of the recording `child`, of those in which it sounds, that come from `parent`.

    kept = 500 × half seconds that hold the parent's landmarks, total = 500 × half seconds that sound; see
    `sound_trace`.

    Parameters
    ----------
    child, parent : (samples,), full scale 1.0

    Raises
    ------
    LimitExceededError
        If a recording is too dense to compare.
    """
    ours = sound_trace.landmarks(child, sample_rate_hz=child_rate_hz)
    theirs = sound_trace.landmarks(parent, sample_rate_hz=parent_rate_hz)
    cells = sound_trace.cells_from(ours, theirs)
    return Kept(CELL_MS * int(cells.sum()), CELL_MS * int(sound_trace.sounding_cells(ours).sum()))


def bar_numbers(score: Score) -> Ints:
    """(notes,) the bar, from 0, in which each note of `score.notes()` begins; 4/4 where no meter is written."""
    meters = [mark for mark in score.meters if mark.bar > 0]
    starts = [mark.at for mark in meters]
    firsts = [0]
    for earlier, later in pairwise(meters):
        firsts.append(firsts[-1] + -int(-(later.at - earlier.at) // earlier.bar))

    def number(onset: Fraction) -> int:
        place = bisect_right(starts, onset) - 1
        if place < 0:
            return int(onset // 4)
        return firsts[place] + int((onset - starts[place]) // meters[place].bar)

    return np.array([number(note.onset) for note in score.notes()], np.int64)


# ------------------------------------------------------------------------------------------------------ all together
@dataclass(frozen=True, slots=True)
class Piece:
    """A file that was read: its units, and how another of the same unit is looked for in it.

    count : units; weight : what one counts; value : what was read
    held_by : (another piece, whether it is an earlier version of this one) -> (units,) bool
    """

    unit: Unit
    count: int
    weight: int
    value: Any
    held_by: Callable[["Piece", bool], Bools]


@dataclass(frozen=True, slots=True)
class Origins:
    """Where each unit of a piece comes from.

    first_version : (units,) place of the oldest version that holds the unit
    parents : for each parent (units,) whether it holds the unit; None where the two cannot be compared
    """

    piece: Piece
    first_version: Ints
    parents: tuple[Bools | None, ...]

    def parent_ppm(self) -> list[int | None]:
        """What of the piece is each parent's; a unit that k parents hold counts 1/k for each of them.

        measured_ppm(j) = floor(1,000,000 × Σ over units u of [j holds u] / (parents that hold u) / units), so that the
        parents together never pass the whole.
        """
        known = [held for held in self.parents if held is not None]
        holders = np.sum(known, axis=0) if known else np.zeros(self.piece.count, np.int64)
        return [None if held is None else self._ppm(held, holders) for held in self.parents]

    def _ppm(self, held: Bools, holders: Ints) -> int:
        if self.piece.count == 0:
            return 0
        values, counts = np.unique(holders[held], return_counts=True)
        parts = sum((Fraction(int(n), int(k)) for k, n in zip(values, counts, strict=True)), Fraction(0))
        return int(WHOLE_PPM * parts / self.piece.count)

    @property
    def from_parents(self) -> Bools:
        """(units,): whether any parent holds the unit."""
        held = np.zeros(self.piece.count, np.bool_)
        for one in self.parents:
            if one is not None:
                held |= one
        return held

    def new_in(self, version: int) -> int:
        """Weight of the units that no parent holds and that stand first in this version."""
        return int((~self.from_parents & (self.first_version == version)).sum()) * self.piece.weight


def origins(versions: Sequence[bytes], parents: Sequence[bytes]) -> Origins:
    """Trace the newest of `versions` (oldest first) to the older ones and to `parents`.

    A unit belongs to the first version that holds it, so what was taken out and put back stays its first maker's.

    Raises
    ------
    OutOfRangeError
        If there is no version, or there are more than `PIECES_MAX` files.
    EngineError
        As the readers of the files.
    """
    if not versions or len(versions) + len(parents) > PIECES_MAX:
        raise OutOfRangeError(f"one version at least, and at most {PIECES_MAX} files together, can be compared")
    newest = read(versions[-1])
    first = np.full(newest.count, len(versions) - 1, np.int64)
    for place in reversed(range(len(versions) - 1)):
        earlier = read(versions[place])
        if earlier.unit == newest.unit:
            first[newest.held_by(earlier, True)] = place
    held: list[Bools | None] = []
    for data in parents:
        parent = read(data)
        held.append(newest.held_by(parent, False) if parent.unit == newest.unit else None)
    return Origins(newest, first, tuple(held))


def read(data: bytes) -> Piece:
    """Read a file of any kind the library takes into units.

    Raises
    ------
    EngineError
        As the reader of the file's kind.
    """
    media = sniff(data)
    if media in notes.MEDIA:
        return _of_score(notes.read(data))
    if media == "mix_setting":
        setting = mix.as_setting(mix.read(data)) if mix.is_mix(data) else mix_setting.read(data)
        return _of_setting(setting)
    if media in ("sf2", "sf3"):
        return _of_sound(data)
    return _of_recording(data)


def _of_score(score: Score) -> Piece:
    def held_by(other: Piece, in_place: bool) -> Bools:
        return np.asarray(note_trace.trace(score, other.value, in_place=in_place) >= 0)

    return Piece("notes", score.note_count, 1, score, held_by)


def _of_setting(setting: dict[str, Any]) -> Piece:
    rows = setting_trace.parameters(setting)

    def held_by(other: Piece, in_place: bool) -> Bools:
        return np.array(setting_trace.unchanged(setting, other.value), np.bool_)

    return Piece("parameters", len(rows), 1, setting, held_by)


def _of_sound(data: bytes) -> Piece:
    samples = [sha256(sample).digest() for sample in soundfont.sample_bytes(data)]

    def held_by(other: Piece, in_place: bool) -> Bools:
        theirs = set(other.value)
        return np.array([sample in theirs for sample in samples], np.bool_)

    return Piece("samples", len(samples), 1, samples, held_by)


def _of_recording(data: bytes) -> Piece:
    signal, rate = audio.read(data)
    found = sound_trace.landmarks(to_mono(signal), sample_rate_hz=rate)
    sounding = sound_trace.sounding_cells(found)

    def held_by(other: Piece, in_place: bool) -> Bools:
        return np.asarray(sound_trace.cells_from(found, other.value)[sounding])

    return Piece("milliseconds", int(sounding.sum()), CELL_MS, found, held_by)


def _kept(held: Bools) -> Kept:
    return Kept(int(held.sum()), len(held))
