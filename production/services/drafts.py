"""Notes under review: saved with every change, kept as MIDI in the end, derived from the take they were heard in."""

from __future__ import annotations

import json
import math
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger.domain.events import Contribution, ElementProcessed, ProcessInput
from ledger.services import jobs
from production import limits
from production.errors import BadParameterError, StaleDraftError, UnknownAuditionError
from production.models import Draft
from production.parsing.apart import run_apart
from production.parsing.report import Examined
from production.processes.hearing import MIDI
from production.services import elements, locks, sweeping, workbench
from production.services.elements import Body
from production.services.wishes import Wishes
from production.services.working import Work, perform
from production.stores import content

TASK = "production.keep_notes"
SECONDS_MAX = 4 * 3600
_FIELDS = 7
_APART = {"weights", "runtime", "parameters", "title"}
"""What of a draft has no part in the notes that are kept."""


def save(*, draft_id: UUID, revision: int, notes: Any, owner_id: UUID) -> int:
    """Put other notes in place of those at `revision`; the answer is the new revision.

    Raises
    ------
    UnknownAuditionError
        If this party has no such draft.
    StaleDraftError
        If it was changed since that revision.
    BadParameterError
        If the notes are no notes.
    """
    checked = _checked(notes)
    with transaction.atomic():
        draft = _locked(draft_id, owner_id)
        if draft.revision != revision:
            raise StaleDraftError
        draft.notes, draft.revision = checked, revision + 1
        draft.save(update_fields=["notes", "revision", "changed_at"])
    return revision + 1


def keep(*, draft_id: UUID, owner_id: UUID, title: str = "", is_quantised: bool = False) -> UUID:
    """Ask for the notes as they stand now to be kept as MIDI; the answer is the job. Twice the same is one job.

    Raises
    ------
    UnknownAuditionError, NoLicenceError
        If this party has no such draft, or may not build on the take any more.
    """
    with transaction.atomic():
        draft = _locked(draft_id, owner_id)
        workbench.parent_of(draft.version, owner_id)
        locks.hold_store_shared()
        facts = {name: value for name, value in draft.heard.items() if name not in _APART}
        draft.kept_hash = content.put(_compact({"facts": facts, "notes": draft.notes}))
        draft.heard = {**draft.heard, "title": " ".join(title.split())[: limits.TITLE_CHARACTERS_MAX]}
        draft.save(update_fields=["kept_hash", "heard", "changed_at"])
        return jobs.request(
            task=TASK,
            arguments={
                "draft_id": str(draft.id),
                "element_id": str(draft.version.element_id),
                "input_hash": draft.version.content_hash,
                "notes_hash": draft.kept_hash,
                "quantised": is_quantised,
                "process": MIDI,
            },
            actor_id=owner_id,
            key=f"notes:{draft.id}:{draft.kept_hash}:{is_quantised}",
        )


def run(job_id: UUID) -> None:
    """Do what such a job asks for."""
    perform(job_id, _keep, clean_up=lambda work, code, words: None)


def _keep(work: Work) -> None:
    draft = Draft.objects.select_related("version__element").filter(id=work.arguments["draft_id"]).first()
    if draft is None:
        raise UnknownAuditionError
    work.step(0.1, "Writing the notes")
    data = content.get(str(work.arguments["notes_hash"]), verify=True)
    quantised = bool(work.arguments["quantised"])
    answer = run_apart("write_notes", data, arguments={"is_quantised": quantised}, is_cancelled=work.is_over)
    body = Body(data=answer.files["notes.mid"], examined=Examined.from_json(answer.values["examined"]))
    work.step(0.8, "Keeping it")
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        hashes.append(content.put(body.data))
        work.hold()
        made = elements.create_element(
            actor_id=work.actor_id,
            wishes=_wishes(draft, work.actor_id),
            body=body,
            element_id=UUID(int=work.job_id.int ^ 1),
            key=f"notes:{work.job_id}",
            facts=lambda element_id, content_hash: (_fact(work, draft, element_id, content_hash),),
        )
        work.finish({"element_id": str(made.element_id), "version_id": str(made.version_id), "version": made.number})


def _wishes(draft: Draft, actor_id: UUID) -> Wishes:
    source = draft.version.element
    title = str(draft.heard.get("title") or f"{source.title[:180]}, transcribed")
    return Wishes(
        title=title,
        kind=None,
        tags=tuple(source.tags[: limits.TAGS_MAX]),
        contributors=(Contribution(party_id=actor_id, role="arranger"),),
        parents=(workbench.parent_of(draft.version, actor_id),),
    )


def _fact(work: Work, draft: Draft, element_id: UUID, content_hash: str) -> ElementProcessed:
    return ElementProcessed(
        element_id=element_id,
        version=1,
        content_hash=content_hash,
        job_id=work.job_id,
        process=MIDI,
        parameters={
            **draft.heard["parameters"],
            "notes_hash": work.arguments["notes_hash"],
            "quantised": work.arguments["quantised"],
            "reviewed": draft.notes != draft.heard["notes"],
        },
        inputs=(ProcessInput(element_id=draft.version.element_id, content_hash=draft.version.content_hash),),
        weights=draft.heard["weights"],
        runtime=draft.heard["runtime"],
    )


def _locked(draft_id: UUID, owner_id: UUID) -> Draft:
    draft = (
        Draft.objects.select_for_update(of=("self",))
        .select_related("version__element")
        .filter(id=draft_id, owner_id=owner_id)
        .first()
    )
    if draft is None:
        raise UnknownAuditionError
    return draft


def _checked(notes: Any) -> list[list[float]]:
    """Rows of [id, onset_s, duration_s, pitch, velocity, confidence, part], in order."""
    if not isinstance(notes, list) or len(notes) > limits.DRAFT_NOTES_MAX:
        raise BadParameterError(f"Notes are a list of at most {limits.DRAFT_NOTES_MAX:,}.")
    return sorted((_row(note) for note in notes), key=lambda row: (row[1], row[3], row[0]))


def _row(note: Any) -> list[float]:
    numbers = isinstance(note, list) and len(note) == _FIELDS
    if not numbers or any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in note):
        raise BadParameterError("A note is seven numbers.")
    place, onset, duration, pitch, velocity, confidence, part = note
    fits = (
        all(math.isfinite(one) for one in note)
        and 0 <= place < 2**31
        and 0 <= onset <= SECONDS_MAX
        and 0.005 <= duration <= SECONDS_MAX
        and 0 <= pitch <= 127
        and 1 <= velocity <= 127
        and 0 <= confidence <= 1
    )
    if not fits:
        raise BadParameterError("A note lies outside of what MIDI can hold.")
    return [int(place), round(onset, 4), round(duration, 4), int(pitch), int(velocity), confidence, int(part)]


def _compact(values: dict[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":"), allow_nan=False, sort_keys=True).encode()
