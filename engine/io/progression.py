"""Chord progressions: chord symbols as text or JSON, to a `Score` and back."""

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from engine.errors import EngineError, UnreadableFileError
from engine.io import limits, strict_json
from engine.score import MeterMark, Note, Part, Score, TempoMark, make_part
from engine.theory.names import chord_name, parse_chord

SCHEMA_PATH: Final = Path(__file__).with_name("progression.schema.json")
_REST: Final = frozenset({"N.C.", "NC", "N", "-"})
_BASS_LOW: Final = 40  # E2: the bass lies in the octave above
_CHORD_CENTRE: Final = 64  # E4: the chord lies around it
_VELOCITY: Final = 76
_TEXT_MAX: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """A chord symbol and how long it lasts, quarter notes; the symbol "N.C." is a rest."""

    symbol: str
    quarters: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Progression:
    """Chords in order, with a tempo (quarter notes a minute) and a meter."""

    chords: tuple[Chord, ...]
    tempo_bpm: float = 100.0
    meter: tuple[int, int] = (4, 4)
    title: str = ""


def read(data: bytes) -> Progression:
    """Read a progression as JSON (`progression.schema.json`) or as text such as ``C | Am7 | F G | C``.

    In text a bar line ends a bar, chords share their bar equally, and ``%`` or ``.`` repeats the last chord.

    Raises
    ------
    UnreadableFileError
        If a chord is not known or the form is broken; the message names the chord and its bar.
    LimitExceededError
        If there are too many chords.
    """
    if not data.strip():
        raise UnreadableFileError("the file is empty")
    limits.check_size(data, "progression")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _from_json(strict_json.loads(data))
    try:
        return parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableFileError("the progression is not UTF-8 text") from None


def parse(text: str, *, tempo_bpm: float = 100.0, meter: tuple[int, int] = (4, 4)) -> Progression:
    """Read chord symbols with bar lines; see `read`."""
    bar = Fraction(4 * meter[0], meter[1])
    chords: list[Chord] = []
    bars = [part for part in re.split(r"[|\n;]+", text.replace("||", "|")) if part.strip()]
    for number, words in enumerate((part.replace(",", " ").split() for part in bars), start=1):
        for word in words:
            symbol = chords[-1].symbol if word in ("%", ".") and chords else word
            try:
                _check_symbol(symbol)
            except UnreadableFileError as error:
                raise UnreadableFileError(f"bar {number}: {error.message}") from None
            chords.append(Chord(symbol=symbol, quarters=bar / len(words)))
            limits.check_count(len(chords), limits.PROGRESSION_CHORDS_MAX, "chords")
    if not chords:
        raise UnreadableFileError("the progression holds no chord")
    return Progression(chords=tuple(chords), tempo_bpm=tempo_bpm, meter=meter)


def looks_like_symbols(text: str) -> bool:
    """Whether `text` is a chord progression: short, two chords or more, and every word a chord or a bar line."""
    if not text.strip() or len(text) > _TEXT_MAX or not text.strip()[0].isprintable():
        return False
    try:
        return len(parse(text).chords) > 1
    except EngineError:
        return False


def write(progression: Progression) -> bytes:
    """The progression as JSON; equal progressions give equal bytes."""
    value = {
        "version": 1,
        "title": progression.title,
        "tempo_bpm": progression.tempo_bpm,
        "meter": f"{progression.meter[0]}/{progression.meter[1]}",
        "chords": [{"symbol": chord.symbol, "quarters": str(chord.quarters)} for chord in progression.chords],
    }
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def to_score(progression: Progression, *, program: int = 0) -> Score:
    """The chords as notes: a bass note and the chord in the position nearest to the one before."""
    notes: list[Note] = []
    position = Fraction(0)
    before: tuple[int, ...] = ()
    for chord in progression.chords:
        pitches = _voiced(chord.symbol, before)
        before = pitches[1:]
        notes += [
            Note(onset=position, duration=chord.quarters, pitch_midi=pitch, velocity=_VELOCITY) for pitch in pitches
        ]
        position += chord.quarters
    tempo = TempoMark(at=Fraction(0), us_per_quarter=round(60_000_000 / progression.tempo_bpm))
    meter = MeterMark(at=Fraction(0), numerator=progression.meter[0], denominator=progression.meter[1])
    part = make_part(notes, name="Chords", program=program)
    return Score(title=progression.title, parts=(part,), tempos=(tempo,), meters=(meter,))


def from_score(score: Score) -> Progression:
    """The chords of a score: what sounds at each onset, named; equal neighbours joined, unnamed ones skipped.

    Raises
    ------
    UnreadableFileError
        If nothing in the score is a known chord.
    """
    from engine.analysis.tempo import of_score as tempo_of

    found, ends = named(score), score.end
    stops = [onset for onset, _ in found[1:]] + [ends]
    chords = tuple(Chord(symbol=name, quarters=stop - onset) for (onset, name), stop in zip(found, stops, strict=True))
    first = score.meters[0] if score.meters else MeterMark(at=Fraction(0), numerator=4, denominator=4)
    return Progression(
        chords=chords, tempo_bpm=tempo_of(score), meter=(first.numerator, first.denominator), title=score.title
    )


def named(score: Score) -> list[tuple[Fraction, str]]:
    """Onset (quarter notes) and symbol of every chord that can be named, equal neighbours once.

    Raises
    ------
    UnreadableFileError
        If nothing in the score is a known chord.
    """
    found: list[tuple[Fraction, str]] = []
    for onset, pitches in _sounding(score):
        name = chord_name(tuple(sorted(pitches))) if len(pitches) > 1 else None
        if name and (not found or found[-1][1] != name):
            found.append((onset, name))
    if not found:
        raise UnreadableFileError("no chord could be named in these notes")
    return found


def _from_json(value: Any) -> Progression:
    strict_json.check(value, json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))
    chords = []
    for index, entry in enumerate(value["chords"]):
        try:
            _check_symbol(entry["symbol"])
            chords.append(Chord(symbol=entry["symbol"], quarters=_length(entry["quarters"])))
        except UnreadableFileError as error:
            raise UnreadableFileError(f"$.chords[{index}]: {error.message}") from None
    top, _, bottom = value.get("meter", "4/4").partition("/")
    if not (top.isdigit() and bottom in ("1", "2", "4", "8", "16", "32") and 1 <= int(top) <= 32):
        raise UnreadableFileError("$.meter must be such as 4/4 or 6/8")
    return Progression(
        chords=tuple(chords),
        tempo_bpm=float(value.get("tempo_bpm", 100.0)),
        meter=(int(top), int(bottom)),
        title=value.get("title", ""),
    )


def _length(text: str) -> Fraction:
    if not re.fullmatch(r"[0-9]{1,5}(/[0-9]{1,4})?", text) or text.endswith("/0") or not 0 < Fraction(text) <= 1024:
        raise UnreadableFileError(f"the length {text[:20]!r} must be quarter notes such as 4 or 3/2")
    return Fraction(text)


def _check_symbol(symbol: str) -> None:
    if symbol not in _REST:
        parse_chord(symbol)


def _voiced(symbol: str, before: tuple[int, ...]) -> tuple[int, ...]:
    """Bass and chord tones, the tones turned so that they move least from `before`."""
    if symbol in _REST:
        return ()
    root, intervals, bass = parse_chord(symbol)
    low = _BASS_LOW + (bass - _BASS_LOW) % 12
    classes = [(root + interval) % 12 for interval in intervals]
    centre = round(sum(before) / len(before)) if before else _CHORD_CENTRE
    centre = (centre + _CHORD_CENTRE) // 2
    # Each tone goes to the octave nearest to the middle of the chord before; nothing sounds below the bass.
    tones = sorted({centre - 6 + (each - centre + 6) % 12 for each in classes})
    return (low, *(tone for tone in tones if tone > low))


def _sounding(score: Score) -> list[tuple[Fraction, set[int]]]:
    """For each onset, the pitches that sound there (drums aside), in time order and linear passes."""
    notes = sorted(
        (note for part in score.parts if not part.is_drums for note in part.notes if note.duration > 0),
        key=lambda note: note.onset,
    )
    found: list[tuple[Fraction, set[int]]] = []
    held: dict[int, Fraction] = {}  # pitch -> where its last note ends: at most 128 entries, however many overlap
    index = 0
    while index < len(notes):
        onset = notes[index].onset
        held = {pitch: end for pitch, end in held.items() if end > onset}
        while index < len(notes) and notes[index].onset == onset:
            note = notes[index]
            held[note.pitch_midi] = max(note.offset, held.get(note.pitch_midi, onset))
            index += 1
        found.append((onset, set(held)))
    return found


def chord_part(score: Score) -> Part | None:
    """The part that plays chords, if there is one: at least three notes at most of its onsets."""
    for part in score.parts:
        onsets: dict[Fraction, int] = {}
        for note in part.notes:
            onsets[note.onset] = onsets.get(note.onset, 0) + 1
        if onsets and not part.is_drums and sum(count >= 3 for count in onsets.values()) * 2 > len(onsets):
            return part
    return None
