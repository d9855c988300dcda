"""Chord progressions: how those given may go on, or new ones in a key and style, voiced and named by their function."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from engine.errors import UnreadableFileError
from engine.recommend import knobs, progression_model
from engine.recommend.capability import Capability, Knob, Proposal, Tell, Value, check_call, silent
from engine.recommend.chord_reading import Given, read_given
from engine.recommend.chord_tokens import Change, merged
from engine.recommend.functions import roman, spelled_symbol
from engine.recommend.progression_phrases import STYLES
from engine.recommend.progression_writer import RHYTHMS, Wish, write
from engine.recommend.voicing import voiced
from engine.score import Note, Score, make_part
from engine.theory.names import key_name, pitch_class
from engine.weights import tensors

SCHEMA: Final = 1
_VELOCITY: Final = 76
_TONICS: Final = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_FROM_MODEL: Final = "Drawn chord by chord from a model that has learnt 663 pop songs and remembers what was given."
_FROM_RULES: Final = (
    "Built from written {style} phrases, not learnt from {style} music; the model of pop songs chose among them."
)


def propose(
    given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[Proposal]:
    """Progressions that go on from the given chords, or new ones in their tempo and meter.

    Raises
    ------
    OutOfRangeError
        If the seed, the count or a value is out of its range.
    UnreadableFileError
        If there is no chord to go on from.
    LimitExceededError
        If what is given is longer than 4,096 quarter notes.
    """
    check_call(seed=seed, count=count)
    chosen = CAPABILITY.read(values)
    read = read_asked(given, chosen)
    return _proposals(given, read, chosen, seed=seed, count=count, tell=tell)


def _proposals(
    given: Score, read: Given, chosen: Mapping[str, Value], *, seed: int, count: int, tell: Tell
) -> Iterator[Proposal]:
    tell(0.0, "Reading the chords")
    model = progression_model.load()
    wish = Wish(
        bars=int(chosen["bars"]),
        style=str(chosen["style"]),
        rhythm=str(chosen["rhythm"]),
        ends_home=chosen["ending"] == "home",
        is_fresh=chosen["memory"] == "fresh",
        temperature_milli=int(chosen["surprise"]),
    )
    for variant in range(count):
        words = f"Writing progression {variant + 1} of {count}"
        share = variant / count
        tell(share, words)
        new = write(
            model,
            read,
            wish,
            seed=seed,
            variant=variant,
            tell=lambda done, share=share, words=words: tell(share + done / count, words),  # type: ignore[misc]
        )
        [(nats, _)] = model.log_likelihoods(read.piece, [new])
        yield _proposal(given, read, new, chosen, round(1000 * nats))
    tell(1.0, "Done")


def read_asked(given: Score, chosen: Mapping[str, Value]) -> Given:
    """What is to be gone on from; for a new progression only its key, tempo and meter.

    Raises
    ------
    UnreadableFileError
        If there is no chord to go on from.
    """
    is_new = chosen["task"] == "new"
    if not given.note_count and not is_new:
        raise UnreadableFileError("there is no chord to go on from; ask for a new progression, or give one")
    source = replace(given, parts=()) if is_new and not given.note_count else given
    read = read_given(source)
    key = read.key
    if chosen["key"] != "given":
        key = replace(key, tonic=pitch_class(str(chosen["key"])))
    if chosen["mode"] != "given":
        key = replace(key, is_minor=chosen["mode"] == "minor")
    piece = replace(read.piece, tonic=key.tonic, is_minor=key.is_minor)
    if is_new:
        return replace(read, piece=replace(piece, changes=(), origin=0), key=key, end=Fraction(0))
    return replace(read, piece=piece, key=key)


def _proposal(given: Score, read: Given, new: Sequence[Change], chosen: Mapping[str, Value], milli: int) -> Proposal:
    is_whole = chosen["include"] == "whole"
    before = list(read.piece.changes) if is_whole else []
    changes = [*before, *new]  # not joined: where the new part begins, the chord is struck again
    pitches = voiced([change.token for change in changes], spacing=str(chosen["spacing"]), bass=str(chosen["bass"]))
    start = (read.end - sum((change.beats or 0) for change in before) * read.beat) if before else Fraction(0)
    notes, chords, at = [], [], max(start, Fraction(0))
    for change, chord in zip(changes, pitches, strict=True):
        length = (change.beats or 0) * read.beat
        notes += [Note(onset=at, duration=length, pitch_midi=pitch, velocity=_VELOCITY) for pitch in chord]
        chords.append((at, spelled_symbol(change.token, read.key)))
        at += length
    score = replace(given, parts=(make_part(notes, name="Chords"),), bars=())
    joined = merged(list(new))
    return Proposal(
        score=score,
        chords=tuple(pair for index, pair in enumerate(chords) if not index or chords[index - 1][1] != pair[1]),
        log_likelihood_milli=milli,
        remarks=_remarks(read, joined, chosen, len(before), milli),
    )


def _remarks(
    read: Given, new: Sequence[Change], chosen: Mapping[str, Value], given_count: int, milli: int
) -> tuple[str, ...]:
    style = str(chosen["style"])
    numerals = " ".join(roman(change.token, read.key, blues=style == "blues") for change in new)
    name = key_name(read.key.tonic, "minor" if read.key.is_minor else "major")
    where = f"after the {given_count} given ones" if given_count else "from the start"
    return (
        f"In {name}: {numerals}.",
        f"{len(new)} new chords {where}; {-milli / 1000 / max(len(new), 1):.2f} nats of surprise a chord.",
        _FROM_MODEL if style == "pop" else _FROM_RULES.format(style=style),
    )


_KEYS: Final = (("given", "as given"), *((name, name) for name in _TONICS))
CAPABILITY: Final = Capability(
    name="progression",
    title="Chord progressions",
    words="How your chords may go on, or a new progression in a key and style, with every chord's function.",
    model=progression_model.MODEL,
    weights_hash=lambda: tensors.hash_of(progression_model.MODEL),
    schema=SCHEMA,
    takes="chords",
    propose=propose,
    ending="continued",
    role="composer",
    knobs=(
        Knob(
            name="task",
            words="Write",
            choices=(("continue", "what comes next"), ("new", "a new progression")),
            default="continue",
            hint="A new one takes only tempo, meter and key from what is given.",
        ),
        knobs.style(
            ((name, name) for name in STYLES),
            default="pop",
            hint="Pop is learnt from songs; the others are built from written phrases.",
        ),
        knobs.bars(words="Bars", most=16, default=8, hint="How many new bars."),
        Knob(name="key", words="Key", choices=_KEYS, default="given", hint="The tonic."),
        Knob(
            name="mode",
            words="Mode",
            choices=(("given", "as given"), ("major", "major"), ("minor", "minor")),
            default="given",
        ),
        Knob(
            name="rhythm",
            words="Chords change",
            choices=tuple(zip(RHYTHMS, ("as in songs", "every half bar", "every bar", "every two bars"), strict=True)),
            default="learnt",
            hint="For pop; written phrases bring their own.",
        ),
        knobs.SPACING,
        knobs.BASS,
        knobs.ending("anywhere"),
        Knob(
            name="memory",
            words="Repetition",
            choices=(("song", "as songs repeat themselves"), ("fresh", "something new each time")),
            default="song",
            hint="For pop: songs mostly go on as they went on before.",
        ),
        knobs.temperature(
            name="surprise",
            words="Surprise",
            hint="1 is as the model believes; less is safer, more is bolder.",
            least=200,
            most=1600,
            step=100,
            default=900,
        ),
        Knob(
            name="include",
            words="Return",
            choices=(("whole", "given and new chords"), ("new", "new chords only")),
            default="whole",
        ),
    ),
)
