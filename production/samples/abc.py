"""Tunes in ABC notation, read bar by bar: as much of the language as the two dance collections of the demo use.

Reads one voice: pitches, accidentals that last for their bar, lengths, broken rhythm, tuplets, ties, chords. Ornaments,
slurs, fingerings and words are skipped; second endings are left out, so that the bars run on as the first time through.

Source: C. Walshaw, "The abc music standard 2.1", 2011.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from engine.score import KeyMark, MeterMark, Mode, Note, Score, TempoMark, make_part

_TOKEN = re.compile(
    r'(?P<skip>"[^"]*"|![^!]*!|\{[^}]*\}|[~.vuTHLMPRSJ`\\\s)])'
    r"|(?P<ending>(?:\||\[|:\|)\s*(?P<number>[12])(?![0-9/]))"
    r"|(?P<bar>:\|:|:\||\|:|::|\|\||\|\]|\[\||\|)"
    r"|(?P<tuplet>\((?P<of>[2-9])(?::(?P<into>[0-9]?))?(?::(?P<over>[0-9]?))?)"
    r"|(?P<slur>\()"
    r"|(?P<chord>\[(?P<inside>[^\]|:]*)\](?P<chord_length>[0-9]*/*[0-9]*))"
    r"|(?P<note>(?P<accidental>\^\^|\^|__|_|=)?(?P<step>[A-Ga-g])(?P<octave>[,']*)(?P<length>[0-9]*/*[0-9]*))"
    r"|(?P<rest>[zxZ](?P<rest_length>[0-9]*/*[0-9]*))"
    r"|(?P<broken><+|>+)"
    r"|(?P<tie>-)"
)
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARPS = "FCGDAEB"
_SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_TUPLET_INTO = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_MODES = {"": 0, "maj": 0, "ion": 0, "mix": -1, "dor": -2, "m": -3, "min": -3, "aeo": -3, "phr": -4, "lyd": 1}
_MINORISH = {"m": -3, "min": -3, "aeo": -3, "dor": -3, "phr": -3}


class AbcError(ValueError):
    """The tune uses something that is not read here."""


@dataclass(frozen=True, slots=True)
class Tune:
    """One tune: header fields by letter (first of each), and its notes in bars; onsets count from the bar's start."""

    fields: dict[str, str]
    meter: MeterMark
    key: KeyMark
    bars: tuple[tuple[Note, ...], ...]
    lengths: tuple[Fraction, ...]

    def loop(self, bars: int, *, tempo_bpm: int, program: int) -> Score:
        """The first `bars` full bars, without the upbeat, as a score.

        Raises
        ------
        AbcError
            If they are not all as long as the meter says.
        """
        first = 0 if self.lengths and self.lengths[0] == self.meter.bar else 1
        chosen = range(first, first + bars)
        if chosen.stop > len(self.bars) or any(self.lengths[place] != self.meter.bar for place in chosen):
            raise AbcError(f"{self.fields.get('T', '')}: no {bars} full bars in a row")
        notes = [
            replace(n, onset=(place - first) * self.meter.bar + n.onset) for place in chosen for n in self.bars[place]
        ]
        tempo = TempoMark(at=Fraction(0), us_per_quarter=round(60_000_000 / tempo_bpm))
        title = self.fields.get("T", "")
        part = make_part(_joined(notes), name=title, program=program)
        return Score(title=title, parts=(part,), tempos=(tempo,), meters=(self.meter,), keys=(self.key,))


def tunes(text: str) -> Iterator[str]:
    """The tunes of a file, each from its X: line on."""
    for part in re.split(r"(?m)^(?=X:)", text):
        if part.startswith("X:"):
            yield part


def read(text: str) -> Tune:
    """Read one tune.

    Raises
    ------
    AbcError
        If the key, the meter or a sign is not known.
    """
    fields, body = _parted(text)
    meter = _meter(fields.get("M", "C"))
    unit = _unit(fields.get("L", ""), meter)
    key, signature = _key(fields.get("K", "C"))
    reader = _Reader(unit=unit, fifths=signature)
    reader.read(body)
    return Tune(fields, meter, key, tuple(map(tuple, reader.bars)), tuple(reader.lengths))


def _parted(text: str) -> tuple[dict[str, str], str]:
    """Header fields up to K:, and the music up to the first change of key, meter, unit or voice."""
    fields: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        letter, colon, words = line.partition(":")
        if colon and len(letter) == 1:
            fields.setdefault(letter, words.partition("%")[0].strip().strip('"'))
            if letter == "K":
                break
    body = []
    for line in lines:
        if re.match(r"[KMLV]:", line):
            break
        if not re.match(r"[A-Za-z]:|%", line):
            body.append(line.partition("%")[0])
    return fields, "\n".join(body)


def _meter(text: str) -> MeterMark:
    words = {"C": "4/4", "C|": "2/2"}.get(text, text)
    match = re.fullmatch(r"(\d+)/(\d+)", words)
    if match is None:
        raise AbcError(f"meter {text!r}")
    return MeterMark(at=Fraction(0), numerator=int(match[1]), denominator=int(match[2]))


def _unit(text: str, meter: MeterMark) -> Fraction:
    """The unit length, quarter notes."""
    if match := re.fullmatch(r"1/(\d+)", text):
        return Fraction(4, int(match[1]))
    return Fraction(1, 4) if Fraction(meter.numerator, meter.denominator) < Fraction(3, 4) else Fraction(1, 2)


def _key(text: str) -> tuple[KeyMark, int]:
    """The key by its tonic, church modes as the major or minor nearest to them; and the sharps that are written."""
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]{0,3})", text)
    if match is None:
        raise AbcError(f"key {text!r}")
    mode_word = match[3].lower()
    if mode_word not in _MODES:
        raise AbcError(f"key {text!r}")
    major = _SHARPS.index(match[1]) - 1 + {"#": 7, "b": -7, "": 0}[match[2]]
    fifths = major + _MINORISH.get(mode_word, 0)
    if not -7 <= fifths <= 7:
        raise AbcError(f"key {text!r}")
    mode: Mode = "minor" if mode_word in _MINORISH else "major"
    return KeyMark(at=Fraction(0), fifths=fifths, mode=mode), major + _MODES[mode_word]


def _joined(notes: list[Note]) -> list[Note]:
    """Tied notes (marked by voice 2) as one."""
    found: list[Note] = []
    for note in notes:
        last = found[-1] if found else None
        if last and last.voice == 2 and last.offset == note.onset and last.pitch_midi == note.pitch_midi:
            found[-1] = replace(note, onset=last.onset, duration=last.duration + note.duration)
        else:
            found.append(note)
    return [replace(note, voice=1) for note in found]


@dataclass(slots=True)
class _Reader:
    """Where the reading stands."""

    unit: Fraction
    fifths: int
    bars: list[list[Note]] = field(default_factory=lambda: [[]])
    lengths: list[Fraction] = field(default_factory=lambda: [Fraction(0)])
    accidentals: dict[str, int] = field(default_factory=dict)
    scale: Fraction = Fraction(1)
    scaled: int = 0
    dots: Fraction | None = None
    skipping: bool = False

    def read(self, body: str) -> None:
        """Take every sign in turn."""
        position = 0
        while position < len(body):
            match = _TOKEN.match(body, position)
            if match is None:
                raise AbcError(f"sign {body[position]!r}")
            position = match.end()
            self._take(match)
        if not self.lengths[-1]:
            self.bars.pop()
            self.lengths.pop()

    def _take(self, match: re.Match[str]) -> None:
        kind = match.lastgroup
        if match["ending"]:
            self._bar()
            self.skipping = match["number"] == "2"
        elif match["bar"]:
            self._bar()
            self.skipping = self.skipping and match["bar"] == "|"
        elif match["tuplet"]:
            count = int(match["of"])
            into = int(match["into"] or 0) or _TUPLET_INTO.get(count, 2)
            self.scale, self.scaled = Fraction(into, count), int(match["over"] or 0) or count
        elif match["note"]:
            self._sound([self._pitch(match["accidental"], match["step"], match["octave"])], match["length"])
        elif match["chord"]:
            inner = [m for m in _TOKEN.finditer(match["inside"]) if m["note"]]
            self._sound([self._pitch(m["accidental"], m["step"], m["octave"]) for m in inner], match["chord_length"])
        elif match["rest"]:
            self._sound([], match["rest_length"])
        elif match["broken"]:
            self._break(match["broken"])
        elif match["tie"] and self.bars[-1]:
            self.bars[-1][-1] = replace(self.bars[-1][-1], voice=2)
        assert kind is not None

    def _bar(self) -> None:
        self.accidentals = {}
        if self.lengths[-1]:
            self.bars.append([])
            self.lengths.append(Fraction(0))

    def _pitch(self, sign: str | None, step: str, octave: str) -> int:
        letter = step.upper()
        name = step + octave
        if sign is not None:
            self.accidentals[name] = _SIGNS[sign]
        place = _SHARPS.index(letter)
        signature = 1 if place < self.fifths else -1 if 6 - place < -self.fifths else 0
        pitch = 60 + _STEPS[letter] + self.accidentals.get(name, signature) + (12 if step.islower() else 0)
        return pitch + 12 * (octave.count("'") - octave.count(","))

    def _sound(self, pitches: list[int], length: str) -> None:
        duration = _length(length) * self.unit
        if self.scaled:
            duration *= self.scale
            self.scaled -= 1
        if self.dots is not None:
            duration *= self.dots
            self.dots = None
        if self.skipping:
            return
        onset = self.lengths[-1]
        self.bars[-1] += [Note(onset=onset, duration=duration, pitch_midi=pitch) for pitch in pitches]
        self.lengths[-1] += duration

    def _break(self, signs: str) -> None:
        """`a>b`: the first is dotted, the second has what is left; `<` the other way about."""
        short = Fraction(1, 2 ** len(signs))
        first, self.dots = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        if self.skipping or not self.bars[-1]:
            return
        onset = self.bars[-1][-1].onset
        changed = [replace(n, duration=n.duration * first) if n.onset == onset else n for n in self.bars[-1]]
        self.lengths[-1] += changed[-1].duration - self.bars[-1][-1].duration
        self.bars[-1] = changed


def _length(text: str) -> Fraction:
    """`3` is 3, `/` is 1/2, `//` 1/4, `3/2` is 3/2."""
    over, slashes, under = re.fullmatch(r"([0-9]*)(/*)([0-9]*)", text).groups()  # type: ignore[union-attr]
    divisor = int(under) if under else 2 ** len(slashes)
    return Fraction(int(over or 1), divisor)
