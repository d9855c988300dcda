"""Lead melodies over given chords, drawn bar by bar from a network that learned from sung melodies."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from engine.errors import LimitExceededError
from engine.io import progression
from engine.recommend import knobs
from engine.recommend.capability import Capability, Knob, Proposal, Tell, Value, check_call, silent
from engine.recommend.lead_chords import Symbols, chords_of, harmony_of, setting_of
from engine.recommend.lead_events import PITCH_LOW, PITCHES, REST, STEPS_PER_QUARTER, Event, Setting, pitch_of
from engine.recommend.melody_stream import MODEL, TEMPERATURE_MILLI, Live, Steering, character, next_bar
from engine.score import Note, Part, Score, make_part
from engine.theory.names import note_name
from engine.weights import tensors

SCHEMA: Final = 2
BARS_MAX: Final = 256
VELOCITY: Final = 92
_RANGES: Final = {"low": (48, 69), "middle": (53, 76), "high": (62, 84), "any": (48, 84)}
_LENGTH_PULLS: Final = {"sparse": 0.6, "medium": 0.0, "busy": -0.6}

KNOBS: Final = (
    Knob(
        name="density",
        words="Notes",
        hint="Long notes or many; medium sings as the songs the model learned from.",
        choices=(("sparse", "Few and long"), ("medium", "Medium"), ("busy", "Many and short")),
        default="medium",
    ),
    Knob(
        name="register",
        words="Range",
        hint="Where the melody lies; an octave and a half or more each.",
        choices=(
            ("low", "Low, around C3 to A4"),
            ("middle", "Middle, around F3 to E5"),
            ("high", "High, around D4 to C6"),
            ("any", "Anywhere"),
        ),
        default="middle",
    ),
    knobs.temperature(name="temperature_milli", words="Surprise", least=500, most=1500, default=TEMPERATURE_MILLI),
    Knob(
        name="chord_pull_milli",
        words="Pull of the chords",
        hint="How strongly notes on beats are drawn to tones of the chord, beyond what the model learned.",
        milli=True,
        least=0,
        most=4000,
        step=250,
        default=0,
    ),
)


def propose(
    given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[Proposal]:
    """Melodies over the chords of `given`, each with the part that plays the chords.

    Raises
    ------
    OutOfRangeError
        If a value does not fit, no chord can be named, or the meter is not one of up to six quarters.
    LimitExceededError
        If the chords last more than 256 bars.
    """
    check_call(seed=seed, count=count)
    chosen = CAPABILITY.read(values)
    chords = chords_of(given)
    setting, shift = setting_of(given, chords)
    bars = -int(-given.end * STEPS_PER_QUARTER // setting.bar_steps)
    if bars > BARS_MAX:
        raise LimitExceededError(f"the chords last {bars} bars; a melody can be written over {BARS_MAX}")
    for variant in range(count):
        steering = steering_of(chosen, shift, character(seed, variant))
        live, events = Live(seed=seed, variant=variant), list[Event]()
        for bar in range(bars):
            tell((variant + bar / bars) / count, f"melody {variant + 1}, bar {bar + 1} of {bars}")
            new, live = next_bar(live, setting, steering)
            events += new
        yield _proposal(given, chords, setting, notes_of(events, shift, given.end), live)
    tell(1.0, "done")


def steering_of(chosen: Mapping[str, Value], shift: int, own: Steering) -> Steering:
    """What the knobs ask for, on top of a melody's own character."""
    low, high = _RANGES[str(chosen["register"])]
    lowest = max(low + shift, PITCH_LOW)
    return replace(
        own,
        lowest=lowest,
        highest=max(min(high + shift, PITCH_LOW + PITCHES - 1), lowest + 12),
        temperature_milli=int(chosen["temperature_milli"]),
        length_pull=own.length_pull + _LENGTH_PULLS[str(chosen["density"])],
        chord_pull=int(chosen["chord_pull_milli"]) / 1000,
    )


def notes_of(events: Sequence[Event], shift: int, end: Fraction) -> list[Note]:
    """The events as notes in the score's own key, none beyond `end`."""
    found = []
    for event in events:
        onset = Fraction(event.step, STEPS_PER_QUARTER)
        offset = min(onset + Fraction(event.steps, STEPS_PER_QUARTER), end)
        if event.token != REST and offset > onset:
            pitch = pitch_of(event.token) - shift
            found.append(Note(onset=onset, duration=offset - onset, pitch_midi=pitch, velocity=VELOCITY))
    return found


def _proposal(given: Score, chords: Symbols, setting: Setting, notes: list[Note], live: Live) -> Proposal:
    accompaniment = progression.chord_part(given)
    parts: tuple[Part, ...] = (accompaniment,) if accompaniment else given.parts
    return Proposal(
        score=replace(given, parts=(make_part(notes, name="Melody"), *parts)),
        chords=chords,
        log_likelihood_milli=round(1000 * live.log_likelihood),
        remarks=_remarks(notes, chords, given.end),
    )


def _remarks(notes: list[Note], chords: Symbols, end: Fraction) -> tuple[str, ...]:
    if not notes:
        return ("The melody rests throughout; another version may sing.",)
    low, high = (note_name(choose(note.pitch_midi for note in notes)) for choose in (min, max))
    found = [f"{len(notes)} notes, {len(notes) / float(end):.1f} a beat, from {low} to {high}."]
    onsets = [onset for onset, _ in chords]
    on_beat = [note for note in notes if note.onset.denominator == 1 and note.onset >= onsets[0]]
    sung = [chords[bisect_right(onsets, note.onset) - 1][1] for note in on_beat]
    inside = sum(
        note.pitch_midi % 12 in harmony_of(symbol, 0, 0).tones for note, symbol in zip(on_beat, sung, strict=True)
    )
    if on_beat:
        found.append(f"{inside} of the {len(on_beat)} notes on beats are tones of their chord.")
    return tuple(found)


CAPABILITY: Final = Capability(
    name="melody",
    title="A melody over chords",
    words="Writes a lead melody over your chords, bar by bar, as it would while you play them.",
    model=MODEL,
    weights_hash=lambda: tensors.hash_of(MODEL),
    schema=SCHEMA,
    takes="chords",
    propose=propose,
    knobs=KNOBS,
    ending="melody",
    role="composer",
)
