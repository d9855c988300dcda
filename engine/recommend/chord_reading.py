"""The chords of what somebody gives, as the networks read them: a progression, a part that plays chords, any notes."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from engine.analysis.key import best_key
from engine.errors import LimitExceededError, UnreadableFileError
from engine.io import progression
from engine.recommend import chord_symbols
from engine.recommend.chord_tokens import NO_CHORD, Change, merged, token_of, tones_of
from engine.recommend.progression_network import Piece
from engine.score import MeterMark, Score
from engine.theory.names import pitch_class

QUARTERS_MAX: Final = 4096
_FOUR: Final = MeterMark(at=Fraction(0), numerator=4, denominator=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key: tonic 0..11."""

    tonic: int
    is_minor: bool

    @property
    def flats(self) -> bool:
        """Whether its signature has flats."""
        return ((self.tonic + 3 * self.is_minor) * 7) % 12 > 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Chords as read.

    piece : for the networks; its key is told
    bar, beat : quarter notes; end : where the last chord ends, quarter notes
    """

    piece: Piece
    key: Key
    bar: Fraction
    beat: Fraction
    end: Fraction


def read_chords(score: Score) -> list[tuple[Fraction, Fraction, str]]:
    """(onset, end, symbol) of every chord, quarter notes, without gaps from the first on.

    Where a part plays chords they are named as they stand; other notes are summed up half bar by half bar.

    Raises
    ------
    LimitExceededError
        If the notes last longer than 4,096 quarters.
    UnreadableFileError
        If no chord can be named.
    """
    if score.end > QUARTERS_MAX:
        raise LimitExceededError(f"these notes last {int(score.end)} quarter notes; at most {QUARTERS_MAX} are read")
    part = progression.chord_part(score)
    found = progression.named(Score(parts=(part,))) if part is not None else _summed_up(score)
    ends = [onset for onset, _ in found[1:]] + [score.end]
    return [(onset, end, symbol) for (onset, symbol), end in zip(found, ends, strict=True) if end > onset]


def _summed_up(score: Score) -> list[tuple[Fraction, str]]:
    half = meter_of(score).bar / 2
    places = -int(-score.end // half)
    weights = np.zeros((max(places, 1), 12))
    for part in score.parts:
        for note in part.notes if not part.is_drums else ():
            for place in range(int(note.onset // half), -int(-note.offset // half)):
                share = min(note.offset, (place + 1) * half) - max(note.onset, place * half)
                weights[place, note.pitch_midi % 12] += float(share / half)
    found: list[tuple[Fraction, str]] = []
    for place, row in enumerate(weights):
        symbol = _best(row)
        if symbol and (not found or found[-1][1] != symbol):
            found.append((place * half, symbol))
    if not found:
        raise UnreadableFileError("no chord could be named in these notes")
    return found


def _best(row: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> str | None:
    """The chord whose tones sound most, in these twelve weights; None for fewer than two pitch classes."""
    if np.count_nonzero(row) < 2:
        return None
    repeated = np.repeat(np.arange(60, 72), np.rint(row * 16).astype(int))
    return chord_symbols.label(np.tile(repeated, (4, 1)), fifths=0).partition("/")[0] if len(repeated) else None


def meter_of(score: Score) -> MeterMark:
    """The meter it begins in; 4/4 where none is said."""
    return score.meters[0] if score.meters else _FOUR


def beats_of(meter: MeterMark) -> tuple[Fraction, int]:
    """Length of a beat in quarter notes and beats in a bar, as the networks count: bars of four beats, or twice three.

    Two bars of 3/4 are one bar of six; other meters have quarter beats and no bar (0).
    """
    if meter.numerator in (6, 12) and meter.denominator in (8, 16):
        return Fraction(4, meter.denominator), 6
    if meter.numerator == 3:
        return Fraction(4, meter.denominator), 6
    return Fraction(1), 4 if meter.bar in (2, 4, 8) else 0


def read_given(score: Score, key: Key | None = None) -> Given:
    """The chords of a score, ready for the networks; no chords at all where the score is empty.

    Raises
    ------
    UnreadableFileError, LimitExceededError
        As `read_chords`.
    """
    meter = meter_of(score)
    beat, beats_per_bar = beats_of(meter)
    read = read_chords(score) if score.note_count else []
    changes = merged([Change(token=token_of(symbol), beats=_beats(onset, end, beat)) for onset, end, symbol in read])
    key = key or key_of(score, changes)
    origin = _beats(Fraction(0), read[0][0], beat) if read else 0
    piece = Piece(
        changes=tuple(changes),
        tonic=key.tonic,
        is_minor=key.is_minor,
        beats_per_bar=beats_per_bar,
        origin=(origin or 0) % (8 * (beats_per_bar or 4)),
    )
    return Given(piece=piece, key=key, bar=meter.bar, beat=beat, end=read[-1][1] if read else Fraction(0))


def _beats(onset: Fraction, end: Fraction, beat: Fraction) -> int:
    return max(round(float((end - onset) / beat)), 1) if end > onset else 0


def key_of(score: Score, changes: "list[Change]") -> Key:
    """The key a score says it is in, else the one its chords fit best; C major for none."""
    if score.keys:
        mark = score.keys[0]
        is_minor = mark.mode == "minor"
        return Key(tonic=(7 * mark.fifths + (9 if is_minor else 0)) % 12, is_minor=is_minor)
    weights = np.zeros(12)
    for index, change in enumerate(changes):
        for rank, tone in enumerate(tones_of(change.token)):
            # Roots count more; the first and last chord most of all, since pieces begin and end at home.
            weights[tone] += (
                (change.beats or 2) * (2 if rank == 0 else 1) * (1.5 if index in (0, len(changes) - 1) else 1)
            )
    name = best_key(weights)
    if name is None or all(change.token == NO_CHORD for change in changes):
        return Key(tonic=0, is_minor=False)
    tonic, mode = name.split()
    return Key(tonic=pitch_class(tonic), is_minor=mode == "minor")
