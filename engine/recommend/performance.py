"""Performances of written notes: how loud each is played and when, drawn from a model of players, in a style.

The network sees only what stands on the page. It says how loud each note would be played and how surely; a performance
is a draw from that, in which what stays for a role, for a bar and for a chord is drawn once for all its notes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles
from engine.recommend import knobs
from engine.recommend.capability import Capability, Knob, Proposal, Tell, Value, check_call, silent
from engine.recommend.chance import normals
from engine.recommend.performance_features import ROLES, TOGETHER_PER_BEAT, Written, features
from engine.recommend.performance_network import PerformanceNetwork
from engine.recommend.performance_score import Place, written
from engine.recommend.performance_styles import CHORD_MS, STYLES, WANDER_FOLLOW, WANDER_MS, Style
from engine.recommend.performance_time import moved
from engine.score import Score
from engine.weights import tensors

MODEL: Final = "performance-1"
SCHEMA: Final = 1
# Kinds of draws, so that no two share their chance.
_ROLE, _BAR, _CHORD, _NOTE, _WANDER, _SPREAD = range(6)

KNOBS: Final = (
    knobs.style(
        ((name, style.words) for name, style in STYLES.items()),
        default="natural",
        hint="How the notes are played: loudness, contrast, and where they lie around the beat.",
    ),
    Knob(
        name="loudness",
        words="Loudness",
        hint="Added to every velocity, on top of the style.",
        least=-40,
        most=40,
        default=0,
    ),
    Knob(
        name="contrast_milli",
        words="Contrast",
        hint="1 is the style's own; 0 plays everything alike, 2 twice as far apart.",
        milli=True,
        least=0,
        most=2000,
        step=50,
        default=1000,
    ),
    Knob(
        name="timing_milli",
        words="Freedom in time",
        hint="1 is the style's own; 0 leaves every note where it is written.",
        milli=True,
        least=0,
        most=2000,
        step=50,
        default=1000,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Page:
    """The piece, and what the network makes of it: mean and spread of each note's velocity."""

    score: Score
    notes: Written
    places: list[Place]
    mean: Doubles
    spread: Doubles


def propose(
    given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[Proposal]:
    """Performances of `given`, one after another; drums stay as they are.

    Raises
    ------
    OutOfRangeError
        If a value does not fit, or there is no pitched note.
    LimitExceededError
        If there are more than 50,000 notes.

    Source: the task is StyleNet's (I. Malik and C. H. Ek, "Neural Translation of Musical Style", 2017); the model and
    its draws are our own, see the card.
    """
    check_call(seed=seed, count=count)
    chosen = CAPABILITY.read(values)
    tell(0.0, "reading the notes")
    notes, places = written(given)
    mean, spread = _network()(features(notes), notes.bar)
    page = _Page(score=given, notes=notes, places=places, mean=mean, spread=spread)
    for variant in range(count):
        tell((variant + 0.5) / count, f"playing version {variant + 1}")
        yield _performed(page, chosen, seed, variant)
    tell(1.0, "done")


def _performed(page: _Page, chosen: Mapping[str, Value], seed: int, variant: int) -> Proposal:
    style = STYLES[str(chosen["style"])]
    contrast = int(chosen["contrast_milli"]) / 1000
    departures = draw_departures(page.notes, seed, variant)
    velocity = np.clip(
        np.rint(
            page.mean.mean()
            + style.level
            + int(chosen["loudness"])
            + style.contrast * contrast * (page.mean - page.mean.mean())
            + style.chance * contrast * page.spread * departures
            + _accents(page.notes, style.accent * contrast)
        ),
        1,
        127,
    ).astype(int)
    late_ms = _late_ms(page.notes, style, seed, variant) * (int(chosen["timing_milli"]) / 1000)
    score = _applied(page, velocity, late_ms)
    nats = float(np.sum(-0.5 * departures**2 - np.log(page.spread * np.sqrt(2 * np.pi))))
    return Proposal(score=score, log_likelihood_milli=round(1000 * nats), remarks=_remarks(velocity, late_ms))


def draw_departures(notes: Written, seed: int, variant: int) -> Doubles:
    """How far each note's velocity departs from the mean, in spreads: (notes,), varying as real playing did."""
    network = _network()
    for_role, for_bar, for_chord, alone = np.sqrt(network.shares)
    bars = int(notes.bar[-1]) + 1
    wave = _following(normals(bars * ROLES, seed, variant, _BAR).reshape(bars, ROLES), network.follow)
    _, chord = np.unique(_chords(notes), return_inverse=True)
    return np.asarray(
        for_role * normals(ROLES, seed, variant, _ROLE)[notes.role]
        + for_bar * wave[notes.bar, notes.role]
        + for_chord * normals(int(chord.max()) + 1, seed, variant, _CHORD)[chord]
        + alone * normals(len(notes.bar), seed, variant, _NOTE)
    )


def _chords(notes: Written) -> NDArray[np.int64]:
    """A number for each (onset, role)."""
    return np.round(notes.onset * TOGETHER_PER_BEAT).astype(np.int64) * ROLES + notes.role


def _following(steps: Doubles, follow: float) -> Doubles:
    """White noise (steps, ...) of variance 1 to noise of variance 1 in which each step follows the last."""
    found = steps.copy()
    fresh = np.sqrt(1 - follow**2)
    for index in range(1, len(steps)):
        found[index] = follow * found[index - 1] + fresh * steps[index]
    return found


def _accents(notes: Written, accent: float) -> Doubles:
    on_bar = notes.place < 1 / 32
    on_beat = np.abs(notes.place * 4 - np.round(notes.place * 4)) < 1 / 8
    return np.where(on_bar, accent, np.where(on_beat, accent / 2, 0.0))


def _late_ms(notes: Written, style: Style, seed: int, variant: int) -> Doubles:
    """How much later than written each note is played, ms."""
    order, chord = np.unique(_chords(notes), return_inverse=True)
    wander = np.zeros(len(order))
    for role in range(ROLES):
        own = order % ROLES == role
        white = normals(int(own.sum()), seed, variant, _WANDER, role)
        wander[own] = _following(white, WANDER_FOLLOW) if len(white) else white
    spread = normals(len(notes.onset), seed, variant, _SPREAD)
    return np.asarray(
        np.array(style.lag_ms)[notes.role] + style.wander * (WANDER_MS * wander[chord] + CHORD_MS * spread)
    )


def _applied(page: _Page, velocity: NDArray[np.int64], late_ms: Doubles) -> Score:
    ms_per_quarter = 60_000 / page.notes.bpm
    late: dict[int, dict[int, tuple[int, Fraction]]] = {}
    for (part, index), loud, ms in zip(page.places, velocity.tolist(), late_ms.tolist(), strict=True):
        late.setdefault(part, {})[index] = (loud, Fraction(round(ms / ms_per_quarter * 960), 960))
    parts = list(page.score.parts)
    for number, changes in late.items():
        notes = parts[number].notes
        louder = [replace(note, velocity=changes[index][0]) for index, note in enumerate(notes)]
        parts[number] = replace(parts[number], notes=moved(louder, [changes[i][1] for i in range(len(notes))]))
    return replace(page.score, parts=tuple(parts))


def _remarks(velocity: NDArray[np.int64], late_ms: Doubles) -> tuple[str, ...]:
    low, high = np.percentile(velocity, [5, 95])
    first = f"Velocities mostly lie between {low:.0f} and {high:.0f}, around {velocity.mean():.0f}."
    if not late_ms.any():
        return (first, "Every note begins where it is written.")
    early, late = np.percentile(late_ms, [5, 95])
    return first, f"Notes mostly begin between {early:+.0f} and {late:+.0f} ms from where they are written."


@cache
def _network() -> PerformanceNetwork:
    return PerformanceNetwork(tensors.read(MODEL))


CAPABILITY: Final = Capability(
    name="performance",
    title="A performance",
    words="Plays written notes as a person would: how loud each note is and where it lies around the beat.",
    model=MODEL,
    weights_hash=lambda: tensors.hash_of(MODEL),
    schema=SCHEMA,
    takes="notes",
    propose=propose,
    knobs=KNOBS,
    ending="performed",
    role="performer",
)
