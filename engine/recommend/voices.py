"""Harmony: four voices around any given notes; what is missing is written, and what is named is drawn again.

Source: the tasks are HARMONET's (Hild, Feulner and Menzel, NIPS 1991: a chorale's lower voices) and DeepBach's
(Hadjeres, Pachet and Nielsen, ICML 2017: any notes pinned, any others drawn again).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import OutOfRangeError
from engine.recommend import chord_symbols, knobs
from engine.recommend.capability import Capability, Knob, Proposal, Tell, Value, check_call, silent
from engine.recommend.quiet import one_thread
from engine.recommend.voice_leading import violations
from engine.recommend.voices_parts import (
    RANGES,
    STEPS_PER_QUARTER,
    UNKNOWN,
    VOICES,
    Given,
    Grid,
    lay_out,
    parts_of,
)
from engine.score import Score
from engine.weights import tensors

if TYPE_CHECKING:
    from engine.recommend.voices_writer import Wishes

MODEL: Final = "harmony-1"
ATTEMPTS: Final = 3  # drafts for each proposal, of which the one with the fewest broken rules is kept
FAULT_NATS: Final = 5.0  # what a broken rule weighs where one note is drawn again
HELD_END: Final = 2 * STEPS_PER_QUARTER  # a given note this long ends a phrase, where phrases are not counted
_VOICES: Final = {
    "missing": (),
    "lower": (1, 2, 3),
    "inner": (1, 2),
    "all": (0, 1, 2, 3),
    "soprano": (0,),
    "alto": (1,),
    "tenor": (2,),
    "bass": (3,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is to be drawn: the rows given, and which cells are open."""

    given: Given
    grid: Grid
    open_: NDArray[np.bool_]


def propose(
    given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[Proposal]:
    """The given notes in four voices, with every voice complete.

    Raises
    ------
    OutOfRangeError
        If there is no pitched note, nothing is left to draw, the notes lie too far apart, or a value does not fit.
    NotAMelodyError
        If more than four notes sound at once.
    LimitExceededError
        If the notes span more than 1,024 sixteenths.
    """
    check_call(seed=seed, count=count)
    knobs = CAPABILITY.read(values)
    rows = lay_out(given, line=str(knobs["line"]), gaps=str(knobs["gaps"]))
    if knobs["redraw"] == "note":
        yield from _with_another_note(rows, knobs, seed=seed, count=count, tell=tell)
        return
    task = _task(rows, knobs)
    for variant in range(count):
        yield _written(task, knobs, seed=seed, variant=variant, count=count, tell=tell)


def _task(given: Given, knobs: Mapping[str, Value]) -> _Task:
    grid = given.grid.copy()
    if knobs["redraw"] == "bars":
        if knobs["voices"] == "missing":
            raise OutOfRangeError("voices is 'missing'; to draw bars anew, say in which voices")
        start, stop = _span(given, int(knobs["from_bar"]), int(knobs["bars"]))
        rests = (grid == 0).all(axis=0)
        for voice in _VOICES[str(knobs["voices"])]:
            grid[voice, start:stop] = np.where(rests[start:stop], 0, UNKNOWN)
    if not (grid == UNKNOWN).any():
        raise OutOfRangeError("all four voices are given throughout; name bars and voices, or a note, to draw anew")
    return _Task(given=given, grid=grid, open_=grid == UNKNOWN)


def _span(given: Given, from_bar: int, bars: int) -> tuple[int, int]:
    if from_bar > len(given.bars) - 1 or given.bars[from_bar - 1] >= given.steps:
        raise OutOfRangeError(f"from_bar is {from_bar}; the notes have {len(given.bars) - 1} bars")
    start, stop = given.bars[from_bar - 1], given.bars[min(from_bar - 1 + bars, len(given.bars) - 1)]
    return max(0, start), min(stop, given.steps)


def _written(task: _Task, knobs: Mapping[str, Value], *, seed: int, variant: int, count: int, tell: Tell) -> Proposal:
    from engine.recommend.voices_writer import Wishes

    wishes = Wishes(
        seed=seed,
        variant=variant,
        temperature_milli=int(knobs["temperature"]),
        ends=phrase_ends(task.given, int(knobs["phrase_bars"])),
        cadence_milli=int(knobs["cadence"]),
    )
    grid, likely = written(task.grid, wishes, tell=lambda share, words: tell((variant + share) / count, words))
    tell((variant + 1) / count, f"{variant + 1} of {count} written")
    return _proposal(task.given, grid, task.open_, likely)


def written(grid: Grid, wishes: "Wishes", *, tell: Tell = silent) -> tuple[Grid, float]:
    """The best of `ATTEMPTS` drafts: fewest broken rules, then likeliest, then first; and its ln P."""
    from engine.recommend.voices_writer import fill

    with one_thread():
        grids, likely = fill(grid, wishes, attempts=ATTEMPTS, tell=tell)
    order = sorted(range(ATTEMPTS), key=lambda row: (violations(grids[row]).total, -likely[row]))
    return grids[order[0]], likely[order[0]]


def phrase_ends(given: Given, phrase_bars: int) -> NDArray[np.int64]:
    """(steps,) 1 where the last chord of a phrase starts, 2 while it is held, 0 elsewhere.

    phrase_bars : bars in a phrase; 0 lets long given notes end phrases. The end of the piece always does.
    """
    ends = np.zeros(given.steps, np.int64)
    stops = [given.steps]
    if phrase_bars:
        stops += [bar for bar in given.bars[phrase_bars::phrase_bars] if 0 < bar < given.steps]
    for stop in stops:
        start = _last_strike(given, stop)
        ends[start:stop], ends[start] = 2, 1
    if not phrase_bars:
        for voice in given.lines:
            for note in voice:
                start = round((note.onset - given.origin) * STEPS_PER_QUARTER)
                stop = min(given.steps, round((note.offset - given.origin) * STEPS_PER_QUARTER))
                if stop - start >= HELD_END:
                    ends[start:stop], ends[start : start + 1] = 2, 1
    return ends


def _last_strike(given: Given, stop: int) -> int:
    """The beat on which the last chord before `stop` starts: where given notes last strike, at most a bar before."""
    strikes = [
        step
        for voice in given.lines
        for note in voice
        if (step := round((note.onset - given.origin) * STEPS_PER_QUARTER)) < stop and step % STEPS_PER_QUARTER == 0
    ]
    return max([step for step in strikes if step >= stop - 4 * STEPS_PER_QUARTER], default=max(0, stop - 4))


def _with_another_note(
    given: Given, knobs: Mapping[str, Value], *, seed: int, count: int, tell: Tell
) -> Iterator[Proposal]:
    """The same music with one note of one voice at another pitch; each proposal takes one that none before it took."""
    from engine.recommend.chance import choose
    from engine.recommend.voices_writer import weigh_note

    voice, step = _note_place(given, knobs)
    start, stop = _note_span(given, voice, step)
    grid = np.maximum(given.grid, 0)
    with one_thread():
        likely = weigh_note(grid, voice, start, stop)
    low = RANGES[voice][0]
    wanted = likely - FAULT_NATS * np.array(
        [_faults_with(grid, voice, start, stop, low + i - 1) for i in range(len(likely))]
    )
    wanted[int(grid[voice, start]) - low + 1] = -np.inf
    open_ = np.zeros(grid.shape, np.bool_)
    open_[voice, start:stop] = True
    temperature = int(knobs["temperature"])
    for variant in range(min(count, int(np.isfinite(wanted).sum()))):
        choice, ln_p = choose(wanted, seed, variant, start, voice, temperature_milli=temperature)
        wanted[choice] = -np.inf
        changed = grid.copy()
        changed[voice, start:stop] = low + choice - 1
        tell((variant + 1) / count, f"{variant + 1} of {count} drawn")
        yield _proposal(given, changed, open_, ln_p)


def _note_place(given: Given, knobs: Mapping[str, Value]) -> tuple[int, int]:
    names = [name for name, voices in _VOICES.items() if len(voices) == 1]
    if knobs["voices"] not in names:
        raise OutOfRangeError(f"voices is {knobs['voices']!r}; to draw one note anew it must be {', '.join(names)}")
    start, stop = _span(given, int(knobs["from_bar"]), 1)
    step = given.bars[int(knobs["from_bar"]) - 1] + int(knobs["sixteenth"]) - 1
    if not start <= step < stop:
        raise OutOfRangeError(f"sixteenth is {knobs['sixteenth']}; bar {knobs['from_bar']} has none of that number")
    return _VOICES[str(knobs["voices"])][0], step


def _note_span(given: Given, voice: int, step: int) -> tuple[int, int]:
    for note in given.lines[voice]:
        start = -int(-(note.onset - given.origin) * STEPS_PER_QUARTER // 1)
        stop = -int(-(note.offset - given.origin) * STEPS_PER_QUARTER // 1)
        if start <= step < stop:
            return start, stop
    raise OutOfRangeError(f"the {VOICES[voice].lower()} has no note at that place")


def _faults_with(grid: Grid, voice: int, start: int, stop: int, pitch: int) -> int:
    around = grid[:, max(0, start - STEPS_PER_QUARTER) : stop + STEPS_PER_QUARTER].copy()
    first = start - max(0, start - STEPS_PER_QUARTER)
    around[voice, first : first + stop - start] = pitch
    return violations(around).total


def _proposal(given: Given, grid: Grid, open_: NDArray[np.bool_], likely: float) -> Proposal:
    found = violations(grid)
    fifths, octaves = found.parallel_fifths, found.parallel_octaves
    told = f"{fifths} parallel fifths, {octaves} parallel octaves, {found.crossings} crossings"
    return Proposal(
        score=replace(given.score, parts=parts_of(given, grid, open_)),
        chords=_chords(given, grid),
        log_likelihood_milli=round(1000 * likely),
        remarks=(f"Voice leading over {found.chords} chords: {told}.",),
    )


def _chords(given: Given, grid: Grid) -> tuple[tuple[Fraction, str], ...]:
    fifths = given.score.keys[0].fifths if given.score.keys else 0
    named = np.where(grid > 0, grid + -given.shift % 12, 0)
    changes = chord_symbols.progression(named, list(range(0, given.steps, STEPS_PER_QUARTER)), fifths=fifths)
    return tuple((given.origin + Fraction(step, STEPS_PER_QUARTER), symbol) for step, symbol in changes)


CAPABILITY: Final = Capability(
    name="harmony",
    title="Harmonies",
    words="Four voices around any notes you give: a tune, a bass, or some notes here and there.",
    model=MODEL,
    weights_hash=lambda: tensors.hash_of(MODEL),
    schema=1,
    takes="notes",
    propose=propose,
    knobs=(
        Knob(
            name="redraw",
            words="Draw",
            hint="What is missing; or also some bars, or one note, again. Everything else stays as given.",
            choices=(("missing", "what is missing"), ("bars", "some bars again"), ("note", "one note again")),
            default="missing",
        ),
        Knob(
            name="voices",
            words="In",
            hint="Whose bars, or whose note, is drawn again.",
            choices=(
                ("missing", "voices that are missing"),
                ("lower", "alto, tenor and bass"),
                ("inner", "alto and tenor"),
                ("all", "all voices"),
                *((name.lower(), name.lower()) for name in VOICES),
            ),
            default="missing",
        ),
        Knob(name="from_bar", words="From bar", least=1, most=999, default=1),
        knobs.bars(most=64, default=1),
        Knob(
            name="sixteenth",
            words="At sixteenth",
            hint="Where in the bar the one note sounds; 1 is the bar line.",
            least=1,
            most=64,
            default=1,
        ),
        Knob(
            name="line",
            words="A single line is",
            hint="Which voice one line of notes belongs to.",
            choices=(("auto", "told by its height"), *((name.lower(), name.lower()) for name in VOICES)),
            default="auto",
        ),
        Knob(
            name="gaps",
            words="Rests in what is given",
            hint="Filled with new notes, or kept; of a single line they are kept.",
            choices=(("auto", "as it is usual"), ("fill", "fill"), ("keep", "keep")),
            default="auto",
        ),
        Knob(
            name="phrase_bars",
            words="Phrase",
            hint="A cadence after so many bars; 0 puts one where given notes are held for two quarters or more.",
            unit="bars",
            least=0,
            most=16,
            default=0,
        ),
        Knob(
            name="cadence",
            words="Cadence",
            hint="How strongly the end of a phrase comes to rest.",
            milli=True,
            least=0,
            most=3000,
            step=250,
            default=1000,
        ),
        knobs.temperature(default=800),
    ),
    ending="harmonised",
)
