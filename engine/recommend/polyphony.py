"""Polyphony: several notes at once go on after what was given, or between its outer lines.

Source: the task is that of Boulanger-Lewandowski, Bengio and Vincent, "Modeling temporal dependencies in
high-dimensional sequences", ICML 2012, and of Sutskever, Hinton and Taylor, "The recurrent temporal restricted
Boltzmann machine", NIPS 2008.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import fmean
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.errors import OutOfRangeError
from engine.recommend import knobs
from engine.recommend.capability import Capability, Knob, Proposal, Tell, Value, check_call, silent
from engine.recommend.polyphony_frames import (
    KEYS,
    Frames,
    Passage,
    Touch,
    bars_of,
    ceil,
    frames_of,
    lay_out,
    notes_of,
    pitched,
)
from engine.recommend.quiet import one_thread
from engine.score import Note, Score, make_part
from engine.weights import tensors

if TYPE_CHECKING:
    from engine.recommend.polyphony_player import Bounds

MODEL: Final = "polyphony-1"
# Quarter notes a frame, as in the data each style was learned from.
STEPS: Final = {
    "chorale": Fraction(1),
    "folk": Fraction(1, 2),
    "piano": Fraction(1, 2),
    "orchestral": Fraction(1, 2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is to be drawn.

    passage : what stands before, and what is kept
    kept : notes of each part that stay; start, stop : steps that are drawn
    bounds : of each step that is drawn
    """

    passage: Passage
    kept: tuple[tuple[Note, ...], ...]
    start: int
    stop: int
    bounds: "tuple[Bounds, ...]"


def propose(
    given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
) -> Iterator[Proposal]:
    """The piece with new bars after it, or with some of its bars drawn anew.

    Raises
    ------
    OutOfRangeError
        If there is no pitched note, a value does not fit, or the bars to vary lie beyond the end.
    LimitExceededError
        If it is longer than 4,096 steps of the style.
    """
    check_call(seed=seed, count=count)
    knobs = CAPABILITY.read(values)
    passage = lay_out(given, STEPS[str(knobs["style"])])
    task = _continuation(passage, knobs) if knobs["mode"] == "continue" else _variation(passage, knobs)
    for variant in range(count):
        yield _drawn(task, knobs, seed=seed, variant=variant, count=count, tell=tell)


def _drawn(task: _Task, knobs: Mapping[str, Value], *, seed: int, variant: int, count: int, tell: Tell) -> Proposal:
    from engine.recommend.polyphony_player import Chance, Player, members

    chance = Chance(
        seed=seed,
        variant=variant,
        temperature_milli=int(knobs["temperature"]),
        fullness_milli=int(knobs["fullness"]),
        repeats_milli=int(knobs["repeats"]),
    )
    tell(variant / count, "Reading what was given")
    with one_thread():
        passage = task.passage
        player = Player(members(str(knobs["style"])), passage.frames[: task.start], phase=passage.phase)
        frames = []
        for done, bounds in enumerate(task.bounds):
            tell((variant + done / len(task.bounds)) / count, "Writing")
            frames.append(player.draw(bounds, chance))
        drawn = np.array(frames).reshape(-1, KEYS)
    tell((variant + 1) / count, f"{variant + 1} of {count} written")
    return Proposal(
        score=_score(task, drawn),
        log_likelihood_milli=round(1000 * player.log_likelihood),
        remarks=_remarks(task, knobs),
    )


def _continuation(passage: Passage, knobs: Mapping[str, Value]) -> _Task:
    """New bars from the step after the last note; a bar that the source leaves open is filled first."""
    from engine.recommend.polyphony_player import Bounds

    start, bars = len(passage.frames), int(knobs["bars"])
    lines = bars_of(passage.score, start * passage.step, more=bars + 1)
    stop = ceil([line for line in lines if line >= start * passage.step][bars] / passage.step)
    return _Task(
        passage=replace(passage, bars=lines),
        kept=tuple(part.notes for part in passage.score.parts),
        start=start,
        stop=stop,
        bounds=(Bounds(),) * (stop - start),
    )


def _variation(passage: Passage, knobs: Mapping[str, Value]) -> _Task:
    """Some bars anew, without the notes that are to be kept."""
    first, bars, keep = int(knobs["from_bar"]) - 1, passage.bars, str(knobs["keep"])
    if first >= len(bars) - 1:
        raise OutOfRangeError(f"from_bar is {first + 1}; the piece has {len(bars) - 1} bars")
    begin, end = bars[first], bars[min(first + int(knobs["bars"]), len(bars) - 1)]
    start, stop = ceil(begin / passage.step), min(ceil(end / passage.step), len(passage.frames))
    if start >= stop:
        raise OutOfRangeError(f"from_bar is {first + 1}; no note sounds from there on")
    around = pitched(passage.score)
    kept = tuple(
        tuple(n for n in part.notes if part.is_drums or not begin <= n.onset < end or _stays(n, keep, around))
        for part in passage.score.parts
    )
    return _Task(
        passage=passage, kept=kept, start=start, stop=stop, bounds=tuple(_bounds(passage, kept, keep, start, stop))
    )


def _stays(note: Note, keep: str, around: list[Note]) -> bool:
    """Whether the note belongs to what is kept: the top line, both outer lines, or what starts on a beat."""
    if keep == "beats":
        return note.onset.denominator == 1
    together = [other.pitch_midi for other in around if other.onset <= note.onset < other.offset]
    return note.pitch_midi >= max(together, default=0) or (keep == "outer" and note.pitch_midi <= min(together))


def _bounds(
    passage: Passage, kept: tuple[tuple[Note, ...], ...], keep: str, start: int, stop: int
) -> "Iterator[Bounds]":
    from engine.recommend.polyphony_player import Bounds

    stay = [note for part, notes in zip(passage.score.parts, kept, strict=True) if not part.is_drums for note in notes]
    frames = frames_of(stay, step=passage.step, shift=passage.shift, steps=len(passage.frames))
    for step in range(start, stop):
        required = tuple(np.flatnonzero(frames[step]).tolist())
        lowest, highest = 0, KEYS - 1
        if keep != "beats":
            # Where the source rests, so does the variation; elsewhere nothing is drawn outside the lines kept.
            highest = max(required, default=KEYS - 1 if passage.frames[step].any() else -1)
            lowest = min(required, default=0) if keep == "outer" else 0
        yield Bounds(required=required, lowest=lowest, highest=highest)


def _score(task: _Task, drawn: Frames) -> Score:
    """The kept notes, and the drawn ones in the part whose notes lie nearest."""
    for place, bounds in enumerate(task.bounds):
        drawn[place, list(bounds.required)] = 0  # the source's own notes sound there
    added = notes_of(drawn, task.start, task.passage, Touch(task.passage))
    parts = task.passage.score.parts
    centres = {
        index: fmean(note.pitch_midi for note in part.notes)
        for index, part in enumerate(parts)
        if part.notes and not part.is_drums
    }
    shares: dict[int, list[Note]] = {index: [] for index in centres}
    for note in added:
        shares[min(centres, key=lambda index: abs(centres[index] - note.pitch_midi))].append(note)
    return replace(
        task.passage.score,
        parts=tuple(
            make_part(
                (*task.kept[index], *shares.get(index, ())),
                name=part.name,
                program=part.program,
                bank=part.bank,
                is_drums=part.is_drums,
                controls=part.controls,
                cues=part.cues,
                beyond=part.beyond,
            )
            for index, part in enumerate(parts)
        ),
    )


def _remarks(task: _Task, knobs: Mapping[str, Value]) -> tuple[str, ...]:
    step = "quarters" if task.passage.step == 1 else "eighths"
    first, last = (_bar_number(task, at) for at in (task.start, task.stop - 1))
    told = [f"Bars {first} to {last} were written in {step}, as in {_STYLES[str(knobs['style'])]}."]
    if knobs["mode"] == "vary":
        told.append(f"Kept as given: {_KEPT[str(knobs['keep'])]}.")
    return tuple(told)


def _bar_number(task: _Task, step: int) -> int:
    return sum(bar <= step * task.passage.step for bar in task.passage.bars)


_STYLES: Final = {
    "chorale": "four-part chorales",
    "folk": "folk tunes with chords",
    "piano": "classical piano music",
    "orchestral": "music for orchestra and ensembles",
}
_KEPT: Final = {"top": "the top line", "outer": "the top line and the bass", "beats": "what starts on a beat"}

CAPABILITY: Final = Capability(
    name="polyphony",
    title="Polyphony",
    words="Several notes at once: new bars after a passage, or other notes under its top line.",
    model=MODEL,
    weights_hash=lambda: tensors.hash_of(MODEL),
    schema=1,
    takes="notes",
    propose=propose,
    knobs=(
        Knob(
            name="mode",
            words="What to do",
            hint="Go on after the last note, or draw bars anew.",
            choices=(("continue", "continue"), ("vary", "vary")),
            default="continue",
        ),
        knobs.style(
            _STYLES.items(),
            words="Manner",
            hint="The music it was learned from; chorales move in quarters, the others in eighths.",
            default="piano",
        ),
        knobs.bars(most=32, default=8),
        Knob(
            name="from_bar",
            words="Vary from bar",
            hint="The first bar that is drawn anew; only where bars are varied.",
            least=1,
            most=999,
            default=1,
        ),
        Knob(
            name="keep",
            words="Keep",
            hint="What stays as you gave it where bars are varied.",
            choices=tuple(_KEPT.items()),
            default="top",
        ),
        knobs.temperature(default=900),
        Knob(
            name="fullness",
            words="Fullness",
            hint="Above 0 more notes sound at once, below 0 fewer.",
            milli=True,
            least=-3000,
            most=3000,
            step=250,
            default=0,
        ),
        Knob(
            name="repeats",
            words="Repeats",
            hint="At 0 what was given comes again as often as in its music; below 0 less, above 0 more.",
            milli=True,
            least=-6000,
            most=3000,
            step=250,
            default=-2000,
        ),
    ),
    ending="continued",
    role="arranger",
)
