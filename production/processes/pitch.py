"""Moving notes of a recorded take: the take follows, over `engine.transcription.pitch_edit`."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from production.errors import BadParameterError
from production.processes.base import Parameter, Process
from production.processes.sound import Processed, Take, Tell

NAME = "pitch.moved"
EDITS_MAX = 512
CENTS_MAX = 2400.0


def processes() -> tuple[Process, ...]:
    """One, if the engine has it."""
    if importlib.util.find_spec("engine.transcription.retune") is None:
        return ()
    return (
        Process(
            name=NAME,
            room="pitch",
            title="Pitch of notes",
            words="Shows the notes of a sung or played line in a piano roll. Move one: the take follows.",
            control="pitch",
            parameters=(Parameter(name="edits", words="Moved notes", kind="json", default=[]),),
        ),
    )


def check(process: Process, parameters: Mapping[str, Any]) -> None:
    """Refuse edits of another form before anything is queued: [onset_s, offset_s, cents, move_s, length_ratio]."""
    edits = parameters["edits"]
    if not isinstance(edits, list) or not edits:
        raise BadParameterError("No note was moved yet.")
    if len(edits) > EDITS_MAX:
        raise BadParameterError(f"At most {EDITS_MAX} notes can be moved at once.")
    for edit in edits:
        numbers = isinstance(edit, list) and len(edit) == 5
        if not numbers or any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in edit):
            raise BadParameterError("A moved note is five numbers.")
        if abs(edit[2]) > CENTS_MAX:
            raise BadParameterError("A note moves by at most two octaves.")


def run(process: str, take: Take, parameters: Mapping[str, Any], tell: Tell) -> Processed:
    """The stretch with the edits that lie in it; those at its edges are made on the whole around it."""
    from engine.transcription import NoteEdit, pitch_edit

    tell(0.3, "Moving notes")
    rate = take.sample_rate_hz
    from_s, to_s = take.start / rate, take.stop / rate
    whole_s = take.signal.shape[1] / rate
    wanted = [one for one in parameters["edits"] if one[0] + one[3] < to_s and one[1] + one[3] > from_s]
    edits = [
        NoteEdit(onset_s=on, offset_s=min(off, whole_s), shift_cents=cents, move_s=move, length_ratio=ratio)
        for on, off, cents, move, ratio in wanted
    ]
    edited = pitch_edit(take.signal, rate, edits) if edits else take.signal
    return Processed(signal=edited[:, take.start : take.stop])
