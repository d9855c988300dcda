"""The notes a melody stands on, and the spans between them that ornaments fill.

A note is structural when it begins where the bar is strong, lasts a beat, or begins or ends a phrase. What lies between
two structural notes can be sung in many ways; the structural notes cannot be moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.recommend.lead_events import REST, STEPS_PER_QUARTER, Event

KEEPS: Final = ("halves", "beats", "all")
REST_STEPS_MIN: Final = 4  # shorter rests are how a note is left, not where a phrase ends
# What an ornament is told beyond what every event of a melody is told.
NOTES_MOST, LEFT_MOST = 16, 32
EXTRA: Final = (
    ("notes left in the span", NOTES_MOST + 1),
    ("steps left in the span", LEFT_MOST + 1),
    ("token after the span", 39),
    ("structural", 2),
)


@dataclass(frozen=True, slots=True)
class Span:
    """From one structural note to the next, or to the rest before it.

    first : the structural note; steps : length of the span; after : token that follows it, `REST` for a rest or the end
    notes : how many notes the melody has in it
    """

    first: Event
    steps: int
    after: int
    notes: int


def joined(events: Sequence[Event]) -> list[Event]:
    """The events, each note held through a short rest after it, and neighbouring rests made one."""
    found: list[Event] = []
    for event in events:
        after_rest = bool(found) and found[-1].token == REST
        if event.token == REST and found and (after_rest or event.steps < REST_STEPS_MIN):
            found[-1] = replace(found[-1], steps=found[-1].steps + event.steps)
        else:
            found.append(event)
    return found


def structural(events: Sequence[Event], *, bar_steps: int, keep: str) -> list[bool]:
    """Of each of the `joined` events, whether the melody stands on it; rests are False.

    keep : "halves" of bars, "beats", or "all" notes
    """
    found = []
    for index, event in enumerate(events):
        begins = index == 0 or events[index - 1].token == REST
        ends = index == len(events) - 1 or events[index + 1].token == REST
        strong = event.step % _grid(bar_steps, keep) == 0
        is_long = event.steps >= STEPS_PER_QUARTER
        found.append(event.token != REST and (keep == "all" or begins or ends or strong or is_long))
    return found


def _grid(bar_steps: int, keep: str) -> int:
    if keep == "beats":
        return STEPS_PER_QUARTER
    return bar_steps // 2 if bar_steps in (16, 24) else bar_steps


def spans(events: Sequence[Event], is_structural: Sequence[bool]) -> list[Span]:
    """The spans of `joined` events, in order; rests lie between them."""
    found: list[Span] = []
    for event, is_first in zip(events, is_structural, strict=True):
        if is_first:
            found.append(Span(event, event.steps, REST, 1))
        elif event.token != REST:
            last = found[-1]
            found[-1] = replace(last, steps=last.steps + event.steps, notes=last.notes + 1)
    ends = {span.first.step: span.first.token for span in found}
    return [replace(span, after=ends.get(span.first.step + span.steps, REST)) for span in found]


def extra_of(*, notes_left: int, steps_left: int, after: int, is_structural: bool) -> tuple[int, int, int, int]:
    """Values of the `EXTRA` fields of one event; the event itself counts among the notes left."""
    return min(notes_left, NOTES_MOST), min(steps_left, LEFT_MOST), after, int(is_structural)
