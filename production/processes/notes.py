"""Notes edited by hand in a piano roll: moved, added, taken away, louder or softer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from production.errors import BadParameterError
from production.processes.base import Choice, Parameter, Process
from production.processes.crafted import Stage
from production.processes.sound import Tell

NAME = "notes.edited"
NOTES_MAX = 6_000
"""As many as a piano roll holds."""
GRIDS = {"none": 0, "quarter": 1, "eighth": 2, "triplet": 3, "sixteenth": 4}


def processes() -> tuple[Process, ...]:
    """One."""
    return (
        Process(
            name=NAME,
            room="notes",
            title="Edit notes",
            words="Every note in a piano roll: move it, change its length and strength, add and delete. What you do "
            "not touch stays exactly as it is.",
            takes=("midi", "melody"),
            media=("midi", "musicxml", "mxl"),
            makes="file",
            has_audition=False,
            control="notes",
            ending="edited",
            role="arranger",
            parameters=(
                Parameter(
                    name="edits",
                    words="Changes",
                    kind="json",
                    hint='{"changed": [[id, onset_s, duration_s, pitch, velocity]], "removed": [id], '
                    '"added": [[onset_s, duration_s, pitch, velocity, part]]}',
                ),
                Parameter(
                    name="grid",
                    words="Grid",
                    kind="choice",
                    default="none",
                    hint="Where notes that you move or add begin and end.",
                    choices=(
                        Choice(value="none", words="Free"),
                        Choice(value="quarter", words="Quarters"),
                        Choice(value="eighth", words="Eighths"),
                        Choice(value="triplet", words="Triplets of eighths"),
                        Choice(value="sixteenth", words="Sixteenths"),
                    ),
                ),
            ),
        ),
    )


def make(process: str, files: tuple[bytes, ...], parameters: Mapping[str, Any], tell: Tell) -> list[Stage]:
    """The notes with the changes, in the form they came in.

    Raises
    ------
    BadParameterError
        If nothing was changed, or a change names no note or lies outside what a note can be; the words say which.
    """
    from engine.convert import written
    from engine.io import notes
    from engine.io.sniff import sniff
    from production.processes.note_edits import edited, read_edits

    wanted = read_edits(parameters["edits"])
    score = notes.read(files[0])
    if score.note_count > NOTES_MAX:
        raise BadParameterError(f"A piano roll holds {NOTES_MAX} notes; this has {score.note_count}.")
    form = sniff(files[0])
    data = written(edited(score, wanted, per_quarter=GRIDS[parameters["grid"]]), form)  # type: ignore[arg-type]
    return [Stage(process=NAME, data=data)]
