"""Applying a process to a whole element: asked for as a job, done in a process of its own, kept as a version.

Whoever made the element gets its next version; whoever may build on it gets an element derived from it. What was
called is written beside it, so that the same call makes the same bytes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger import selectors as ledger
from ledger.domain.events import Contribution, ElementProcessed, Event
from ledger.domain.ids import uuid7
from ledger.services import jobs
from production import limits, progress
from production.models import Draft
from production.parsing.apart import PROCESSING, Answer, run_apart
from production.parsing.report import Examined
from production.services import elements, generation, motifs, sweeping, turns, workbench
from production.services.elements import Body, Made
from production.services.wishes import Wishes
from production.services.workbench import Call
from production.services.working import OPEN, Work, perform
from production.stores import content

TASK = "production.process_element"
TURN = "production.process"


def request(
    *,
    element_id: UUID,
    process: str,
    parameters: Mapping[str, Any],
    actor_id: UUID,
    token: str = "",
    number: int | None = None,
) -> UUID:
    """Ask for a process on the whole element; the answer is the job. The same `token` again answers the first job.

    Raises
    ------
    TooManyAtOnceError
        If the party has as many under way as one may.
    ProductionError
        As `workbench.call`.
    """
    call = workbench.call(
        element_id=element_id, process=process, parameters=parameters, actor_id=actor_id, number=number
    )
    turns.check_open(TASK, actor_id, most=limits.PROCESS_OPEN_MAX)
    key = f"process:{actor_id}:{hashlib.sha256(token.encode()).hexdigest() if token else uuid7()}"
    return jobs.request(task=TASK, arguments=call.as_arguments(), actor_id=actor_id, key=key)


def restore(*, element_id: UUID, number: int, actor_id: UUID, token: str = "") -> UUID:
    """Ask for an earlier version's content as the newest version; the answer is the job.

    Raises
    ------
    ProductionError
        As `request`.
    """
    return request(
        element_id=element_id,
        process="version.restored",
        parameters={"version": number},
        actor_id=actor_id,
        token=token,
    )


def run(job_id: UUID) -> bool:
    """Do the process that a job asks for; False, without work, while the same party's other process is at work.

    So one party takes one worker, however much it asks for, and the others' turn comes.
    """
    job = ledger.job(job_id)
    if job is None or job.state != OPEN:
        return True
    with turns.turn(TURN, job.actor_id) as mine:
        if mine:
            perform(job_id, _process, clean_up=lambda work, code, words: None)
    return mine


def _process(work: Work) -> None:
    call = workbench.call_again(work.arguments, actor_id=work.actor_id)
    work.step(0.02, "Opening it")
    data, arguments = call.work()
    answer = run_apart(
        "process",
        data,
        arguments=arguments,
        bounds=PROCESSING,
        is_cancelled=work.is_over,
        on_progress=lambda fraction, words: progress.tell(work.job_id, 0.02 + 0.9 * fraction, words),
    )
    work.step(0.94, "Keeping it")
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        # The bytes go to disk before the log is locked; what follows finds them there.
        hashes.extend(content.put(answer.files[str(place)]) for place in range(len(answer.values["stages"])))
        work.hold()
        work.finish(_keep_draft(work, call, answer) if answer.values["heard"] else _keep_stages(work, call, answer))


def _keep_draft(work: Work, call: Call, answer: Answer) -> dict[str, Any]:
    heard = answer.values["heard"]
    if call.owned:
        motifs.keep_heard(call.version, heard["keys"])
    notes = [[place, *note] for place, note in enumerate(heard["notes"][: limits.DRAFT_NOTES_MAX])]
    draft = Draft.objects.create(
        job_id=work.job_id,
        owner_id=work.actor_id,
        version=call.version,
        process=call.process.name,
        heard={
            **heard["facts"],
            "notes": notes,
            "weights": heard["weights"],
            "runtime": answer.values["runtime"],
            "parameters": call.parameters,
        },
        notes=notes,
    )
    return {"draft_id": str(draft.id), "element_id": str(call.version.element_id), "notes": len(notes)}


def _keep_stages(work: Work, call: Call, answer: Answer) -> dict[str, Any]:
    """The first stage is a version or an element; those after it are its versions. All of them, or none."""
    made: Made | None = None
    for place, stage in enumerate(answer.values["stages"]):
        if call.owned and stage["keys"]:
            motifs.keep_heard(call.version, stage["keys"])
        body = Body(data=answer.files[str(place)], examined=Examined.from_json(stage["examined"]))
        made = _keep_stage(work, call, body, _Said(work, call, stage, answer.values["runtime"]), place, made)
    assert made is not None, call.process.name
    result = {
        "element_id": str(made.element_id),
        "version_id": str(made.version_id),
        "version": made.number,
        "process": call.process.name,
    }
    if call.process.makes == "stages" and body.examined.element_kinds[0] == "melody":
        result["recommendation_job_id"] = str(
            generation.recommend_harmonisations(element_id=made.element_id, actor_id=work.actor_id, seed=1)
        )
    return result


@dataclass(frozen=True, slots=True)
class _Said:
    """What the ledger is told of one stage."""

    work: Work
    call: Call
    stage: Mapping[str, Any]
    runtime: Mapping[str, Any]

    def fact(self, element_id: UUID, number: int, content_hash: str) -> tuple[Event, ...]:
        """The call beside the version that it made."""
        return (
            ElementProcessed(
                element_id=element_id,
                version=number,
                content_hash=content_hash,
                job_id=self.work.job_id,
                process=self.stage["process"],
                parameters=self.call.parameters,
                inputs=self.call.named(),
                weights=self.stage["weights"],
                runtime=self.runtime,
            ),
        )


def _keep_stage(work: Work, call: Call, body: Body, said: _Said, place: int, before: Made | None) -> Made:
    target = before.element_id if before else call.version.element_id
    key = f"process:{work.job_id}:{place}"
    if before is not None or (call.owned and call.process.makes in ("sound", "file")):
        return elements.add_version(
            actor_id=work.actor_id,
            element_id=target,
            body=body,
            key=key,
            facts=lambda number, content_hash: said.fact(target, number, content_hash),
        )
    return elements.create_element(
        actor_id=work.actor_id,
        wishes=_wishes(work, call, body),
        body=body,
        element_id=UUID(int=work.job_id.int ^ 1),
        key=key,
        facts=lambda element_id, content_hash: said.fact(element_id, 1, content_hash),
    )


def _wishes(work: Work, call: Call, body: Body) -> Wishes:
    """What a derived element is called until its maker says otherwise."""
    source = call.version.element
    ending = call.process.ending
    kind = source.kind if source.kind in body.examined.element_kinds else body.examined.element_kinds[0]
    return Wishes(
        title=f"{source.title[: limits.TITLE_CHARACTERS_MAX - len(ending) - 2]}, {ending}",
        kind=kind,
        tags=tuple(source.tags[: limits.TAGS_MAX]),
        contributors=(Contribution(party_id=work.actor_id, role=call.process.role),),
        parents=(workbench.parent_of(call.version, work.actor_id),),
    )
