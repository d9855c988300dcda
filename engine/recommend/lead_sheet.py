"""Chords for a melody, as on a lead sheet: half bar by half bar, as pop songs do it, several versions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median_low
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import LimitExceededError
from engine.recommend import knobs, lead_sheet_writer
from engine.recommend.capability import Capability, Knob, Proposal, Tell, Value, check_call, silent
from engine.recommend.chord_reading import Key, beats_of, meter_of
from engine.recommend.chord_tokens import QUALITIES, Change, merged, moved, tones_of
from engine.recommend.functions import roman, spelled_symbol
from engine.recommend.lead_sheet_grid import home_of, lay_out, seen_from
from engine.recommend.lead_sheet_writer import COLOURS, MODEL, Wish, write
from engine.recommend.melody_grid import single_line
from engine.recommend.voicing import voiced
from engine.score import Note, Score, make_part
from engine.theory.names import key_name
from engine.weights import tensors

SCHEMA: Final = 1
PLACES_MAX: Final = 1024  # half bars: 512 bars
_MINOR_HOME: Final = 9  # semitones from the home of a minor key, its relative major, up to its tonic
_RHYTHMS: Final = {"half": 1, "bar": 2, "two_bars": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A melody ready for the network.

    half : quarter notes of a half bar; origin : where the first one begins, quarter notes
    notes : (notes, 3) onset and duration in half bars, MIDI pitch
    home : pitch class chords are counted from; key : as the score says or as its notes suggest
    """

    half: Fraction
    origin: Fraction
    notes: NDArray[np.float64]
    places: int
    home: int
    key: Key


def propose(
    given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[Proposal]:
    """Chords for one line of notes: the melody as it is, and a part that plays the chords.

    Raises
    ------
    OutOfRangeError
        If the seed, the count or a value is out of its range.
    NotAMelodyError
        If there is no note, or two sound at once.
    LimitExceededError
        If the melody is longer than 512 bars.
    """
    check_call(seed=seed, count=count)
    chosen = CAPABILITY.read(values)
    return _proposals(given, read(given), chosen, seed=seed, count=count, tell=tell)


def read(given: Score) -> Sheet:
    """The melody on the grid of half bars; raises as `propose`."""
    line = single_line(given)
    meter = meter_of(given)
    beat, beats_per_bar = beats_of(meter)
    half = beat * (beats_per_bar // 2) if beats_per_bar else meter.bar
    first = meter.at % meter.bar  # a meter that starts late has a pickup before it
    origin = first + (line[0].onset - first) // (2 * half) * 2 * half
    places = -int(-(max(note.offset for note in line) - origin) // half)
    if places > PLACES_MAX:
        raise LimitExceededError(f"the melody is {places} half bars long; at most {PLACES_MAX} can be harmonised")
    rows = [(float((n.onset - origin) / half), float(n.duration / half), float(n.pitch_midi)) for n in line]
    notes = np.array(rows)
    if not given.keys:
        home = home_of(notes)
        return Sheet(half=half, origin=origin, notes=notes, places=places, home=home, key=_key_of(notes, home))
    mark = given.keys[0]
    home, is_minor = 7 * mark.fifths % 12, mark.mode == "minor"
    key = Key(tonic=(home + _MINOR_HOME * is_minor) % 12, is_minor=is_minor)
    return Sheet(half=half, origin=origin, notes=notes, places=places, home=home, key=key)


def _key_of(notes: NDArray[np.float64], home: int) -> Key:
    """Major unless the melody ends on the tonic of the relative minor."""
    is_minor = int(notes[-1, 2]) % 12 == (home + _MINOR_HOME) % 12
    return Key(tonic=(home + _MINOR_HOME * is_minor) % 12, is_minor=is_minor)


def _proposals(
    given: Score, sheet: Sheet, chosen: Mapping[str, Value], *, seed: int, count: int, tell: Tell
) -> Iterator[Proposal]:
    tell(0.0, "Reading the melody")
    network = lead_sheet_writer.load()
    rows = seen_from(lay_out(sheet.notes, sheet.places), sheet.home)
    tonic = ((sheet.key.tonic - sheet.home) % 12) * len(QUALITIES) + QUALITIES.index("m" if sheet.key.is_minor else "")
    wish = Wish(
        temperature_milli=int(chosen["surprise"]),
        places_per_chord=_RHYTHMS[str(chosen["rhythm"])],
        colour=str(chosen["colour"]),
        last=tonic if chosen["ending"] == "home" else None,
    )
    for variant in range(count):
        words, share = f"Putting chords, version {variant + 1} of {count}", variant / count

        def told(done: float, share: float = share, words: str = words) -> None:
            tell(share + done / count, words)

        told(0.0)
        tokens, nats = write(network, rows, wish, seed=seed, variant=variant, tell=told)
        changes = merged([Change(token=moved(token, sheet.home), beats=1) for token in tokens.tolist()])
        yield _proposal(given, sheet, changes, chosen, round(1000 * nats))
    tell(1.0, "Done")


def _proposal(given: Score, sheet: Sheet, changes: list[Change], chosen: Mapping[str, Value], milli: int) -> Proposal:
    tokens = [change.token for change in changes]
    pitches = voiced(tokens, spacing=str(chosen["spacing"]), bass=str(chosen["bass"]))
    sung = next(part for part in given.parts if part.notes)
    velocity = max(median_low(note.velocity for note in sung.notes) - 12, 1)
    notes, chords, at = [], [], max(sheet.origin, Fraction(0))
    for change, chord in zip(changes, pitches, strict=True):
        stop = at + (change.beats or 0) * sheet.half
        notes += [Note(onset=at, duration=stop - at, pitch_midi=pitch, velocity=velocity) for pitch in chord]
        chords.append((at, spelled_symbol(change.token, sheet.key)))
        at = stop
    return Proposal(
        score=replace(given, parts=(sung, make_part(notes, name="Chords"))),
        chords=tuple(chords),
        log_likelihood_milli=milli,
        remarks=_remarks(sheet, changes, milli),
    )


def _remarks(sheet: Sheet, changes: list[Change], milli: int) -> tuple[str, ...]:
    name = key_name(sheet.key.tonic, "minor" if sheet.key.is_minor else "major")
    numerals = " ".join(roman(change.token, sheet.key) for change in changes)
    half_bars = [change.token for change in changes for _ in range(change.beats or 0)]
    places = np.clip(np.floor(sheet.notes[:, 0] + 0.05).astype(int), 0, len(half_bars) - 1)
    inside = sum(
        int(pitch) % 12 in tones_of(half_bars[at]) for at, pitch in zip(places, sheet.notes[:, 2], strict=True)
    )
    return (
        f"In {name}: {numerals}.",
        f"{inside} of {len(places)} notes of the melody belong to their chord.",
        f"{-milli / 1000 / len(half_bars):.2f} nats of surprise a half bar; pop songs have about 2.",
    )


CAPABILITY: Final = Capability(
    name="chords",
    title="Chords for a melody",
    words="Lead-sheet chords for your tune, as pop songs have them, with every chord's function.",
    model=MODEL,
    weights_hash=lambda: tensors.hash_of(MODEL),
    schema=SCHEMA,
    takes="melody",
    propose=propose,
    ending="with chords",
    role="arranger",
    knobs=(
        Knob(
            name="rhythm",
            words="Chords change",
            choices=(
                ("half", "at half bars at most"),
                ("bar", "at bars at most"),
                ("two_bars", "at every other bar at most"),
            ),
            default="half",
        ),
        Knob(
            name="colour",
            words="Colour",
            choices=tuple(zip(COLOURS, ("as in songs", "triads only", "more sevenths"), strict=True)),
            default="songs",
        ),
        knobs.SPACING,
        knobs.BASS,
        knobs.ending("as it falls"),
        knobs.temperature(
            name="surprise",
            words="Surprise",
            hint="1 is as the model believes; 0 takes the likeliest chord each time.",
            least=0,
            most=1600,
            step=100,
            default=1000,
        ),
    ),
)
