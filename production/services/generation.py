"""Recommendations: asked for, proposed by a model in a process of its own one by one, kept as elements.

What is kept is a derivation of its declared inputs: the published policy passes 300,000 ppm of its income to them, or
more where the terms of an input's licence ask for more. `generation_replay` makes the same bytes again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.services import jobs
from production import limits, progress
from production.errors import NoLicenceError, NotAMelodyError, UnknownElementError, UnknownProposalError
from production.models import Proposal, Version
from production.parsing.apart import GENERATING, PROCESSING, run_apart
from production.permissions import may_have
from production.services import asking, beside, elements, keeping, sounds, turns
from production.services.asking import Asked
from production.services.drawing import Drawing, NotesDrawing, SoundDrawing
from production.services.elements import Made
from production.services.sounds import Input
from production.services.working import OPEN, Work, perform
from production.stores import content, midi

TASK = "production.recommend"
OLD_TASK = "production.generate_harmony"
"""What harmonies were asked for by, before there were other recommendations."""
TASKS = (TASK, OLD_TASK)
PROPOSAL_DAYS_MAX = 30


def recommend(asked: Asked, *, actor_id: UUID, element_id: UUID | None = None, token: str = "") -> UUID:
    """Ask for proposals made of an element, of the progression in `asked.given`, or of the recordings in
    `asked.sounds`; the answer is the job.

    The same `token` again answers the first job.

    Raises
    ------
    UnknownElementError, NotAMelodyError, NotARecordingError
        If there is no such element, or it is of a kind that the capability cannot take.
    NoLicenceError
        If the actor neither owns it nor holds a licence that allows building on it.
    UnknownProcessError, BadParameterError
        If there is no such capability, or something that was set does not fit.
    TooManyAtOnceError
        If the party has as many requests open as one may.
    """
    if element_id is not None and asking.is_of_sound(asked.capability) and not asked.sounds:
        asked = dataclasses.replace(asked, sounds=(element_id,))
    asked = asking.checked(asked, from_element=element_id is not None)
    arguments = asked.as_arguments()
    if asking.is_of_sound(asked.capability):
        inputs = sounds.taken(asking.of_sound(asked.capability), asked, actor_id)
        arguments |= {"element_id": str(inputs[0].element_id), "inputs": [one.as_json() for one in inputs]}
    elif element_id is not None:
        version = _usable(element_id, actor_id)
        elements.check_may_derive(actor_id, element_id)
        arguments |= {"element_id": str(element_id), "input_hash": version.content_hash}
    return _asked(arguments, actor_id, token)


def change(*, job_id: UUID, variant: int, setting: Any, actor_id: UUID, token: str = "") -> UUID:
    """Ask to hear a proposal of sound with the setting that a person made of it; the answer is the job.

    Raises
    ------
    UnknownProposalError
        If this party's job made no such variant, or it is no sound.
    BadParameterError
        If the setting breaks its schema; the message names the place.
    TooManyAtOnceError
        As `recommend`.
    """
    with transaction.atomic():
        proposal = _proposal(job_id, variant, actor_id)
    if not proposal.setting_hash:
        raise UnknownProposalError
    found = asking.of_sound(proposal.capability)
    base = json.loads(content.get(proposal.setting_hash, verify=True))
    said = proposal.parameters
    first = said.get("base") or {
        "job_id": str(job_id), "variant": variant, "count": said["count"], "setting_hash": proposal.setting_hash,
        "page_id": str(job_id),
    }  # fmt: skip
    arguments = {
        **{name: value for name, value in said.items() if name != "base"},
        "count": 1,
        "seed": proposal.seed,
        "element_id": str(proposal.input_id),
        "inputs": proposal.inputs,
        "setting_hash": content.put(sounds.document_of(found, setting, base)),
        "base": first,
    }
    return _asked(arguments, actor_id, token)


def reopen(*, element_id: UUID, actor_id: UUID, token: str = "") -> UUID:
    """Ask to hear a kept setting again with the recordings that it was made for, so that it can be changed.

    Raises
    ------
    UnknownElementError, NoLicenceError
        If there is no such setting of this party's, or a recording may not be used any more.
    """
    called = ledger.generation(element_id)
    version = Version.objects.select_related("element").filter(element_id=element_id).order_by("-number").first()
    if called is None or version is None or called.parameters.get("kept") != "setting":
        raise UnknownElementError("This setting was not made here for recordings: load it at a workbench.")
    if not may_have(actor_id, element_id, version.content_hash):
        raise NoLicenceError
    said = called.parameters
    inputs = [Input.from_json(one) for one in said["inputs"]]
    for one in inputs:
        if one.part == "sound":
            elements.check_may_derive(actor_id, one.element_id)
    arguments = {
        "capability": said["capability"], "count": 1, "values": said["values"], "seed": called.seed,
        "element_id": str(inputs[0].element_id), "inputs": said["inputs"], "setting_hash": version.content_hash,
        "base": {
            "job_id": str(called.job_id), "variant": said["variant"], "count": said["count"],
            "setting_hash": called.content_hash, "setting_id": str(element_id),
        },
    }  # fmt: skip
    return _asked(arguments, actor_id, token)


def _asked(arguments: dict[str, Any], actor_id: UUID, token: str) -> UUID:
    turns.check_open(TASK, actor_id, most=limits.GENERATE_OPEN_MAX)
    key = f"recommend:{actor_id}:{asking.digest(token)}" if token else f"recommend:{uuid7()}"
    return jobs.request(task=TASK, arguments=arguments, actor_id=actor_id, key=key)


def recommend_harmonisations(*, element_id: UUID, actor_id: UUID, seed: int = 0, variants: int = 3) -> UUID:
    """Ask for `variants` harmonisations of a melody; the answer is the job.

    Raises
    ------
    ProductionError
        As `recommend`.
    """
    asked = Asked(capability="chorale", seed=seed, count=variants)
    return recommend(asked, actor_id=actor_id, element_id=element_id)


def run(job_id: UUID) -> bool:
    """Do what a job asks for; False, without work, while another request of the same party is at work."""
    job = ledger.job(job_id)
    if job is None or job.state != OPEN:
        return True
    with turns.turn(TASK, job.actor_id) as mine:
        if mine:
            perform(job_id, _recommend, clean_up=lambda work, code, words: None)
    return mine


def keep(*, job_id: UUID, variant: int, title: str, actor_id: UUID, with_setting: bool = True) -> Made:
    """Make an element of one proposal; asking again answers the same element.

    with_setting : of a sound, whether its setting becomes an element of its own, too; a mix's always does

    Raises
    ------
    UnknownProposalError
        If this party's job made no such variant.
    NoLicenceError
        If the licence for the input has ended since.
    NotLookedAtError
        If a sound is still being measured.
    """
    with transaction.atomic():
        proposal = _proposal(job_id, variant, actor_id)
        made = (
            keeping.keep_sound(proposal, title, with_setting=with_setting)
            if proposal.setting_hash
            else keeping.keep_notes(proposal, title)
        )
        keeping.share_out(proposal, made)
        return made


def discard(*, job_id: UUID, variant: int, actor_id: UUID) -> None:
    """Forget a proposal: the same call makes it again. What was kept of it stays.

    Raises
    ------
    UnknownProposalError
        If this party's job made no such variant.
    """
    with transaction.atomic():
        _proposal(job_id, variant, actor_id).delete()


def sweep(*, now: dt.datetime | None = None) -> int:
    """Forget proposals that nobody kept for a month, of sound for a week; their blobs follow with the orphans."""
    now = now or timezone.now()
    old = Q(created_at__lt=now - dt.timedelta(days=PROPOSAL_DAYS_MAX))
    large = Q(created_at__lt=now - dt.timedelta(days=limits.SOUND_PROPOSAL_DAYS_MAX)) & ~Q(setting_hash="")
    count, _ = Proposal.objects.filter(old | large).delete()
    return count


# ------------------------------------------------------------------------------------------------------ the work
def _recommend(work: Work) -> None:
    asked = Asked.from_arguments(work.arguments)
    is_sound = asking.is_of_sound(asked.capability)
    source, further = _recordings(work) if is_sound else (_source(work), {})
    work.step(0.03, "Reading it")
    drawing: Drawing = SoundDrawing(work, asked, inputs=_inputs(work)) if is_sound else NotesDrawing(work, asked)
    run_apart(
        "recommend_sound" if is_sound else "recommend",
        source,
        arguments={**asked.call(), **further, "listen": True},
        bounds=PROCESSING if is_sound else GENERATING,
        is_cancelled=work.is_over,
        on_progress=lambda fraction, words: progress.tell(work.job_id, 0.03 + 0.88 * fraction, words),
        on_part=drawing.take,
    )
    ranking = beside.ranked(work, asked, source)
    with transaction.atomic():
        work.hold()
        work.finish(
            {
                "input": work.arguments.get("element_id"),
                "capability": asked.capability,
                **drawing.named,
                "variants": _variants(work.job_id, ranking),
                **({"beside": {"event": ranking.event, "known": list(ranking.known)}} if ranking.event else {}),
            }
        )


def _variants(job_id: UUID, ranking: beside.Ranking) -> list[dict[str, Any]]:
    made = Proposal.objects.filter(job_id=job_id).order_by("variant")
    return [
        {"variant": one.variant, "content_hash": one.content_hash}
        | ({"fit_milli": ranking.drawn[one.variant]} if one.variant in ranking.drawn else {})
        for one in made
    ]


def _source(work: Work) -> bytes:
    if "element_id" not in work.arguments:
        return str(work.arguments["given"]).encode()
    element_id, content_hash = UUID(str(work.arguments["element_id"])), str(work.arguments["input_hash"])
    if not may_have(work.actor_id, element_id, content_hash):
        raise NoLicenceError
    return content.get(content_hash, verify=True)


def _inputs(work: Work) -> list[Input]:
    return [Input.from_json(one) for one in work.arguments["inputs"]]


def _recordings(work: Work) -> tuple[bytes, dict[str, Any]]:
    """The recordings, and the setting that a person changed, if there is one."""
    setting_hash = str(work.arguments.get("setting_hash") or "")
    setting = content.get(setting_hash, verify=True).decode() if setting_hash else ""
    names = sounds.track_names(json.loads(setting)) if setting else []
    source, arguments = sounds.loaded(_inputs(work), work.actor_id, names=names)
    return source, arguments | {"setting": setting}


def _proposal(job_id: UUID, variant: int, actor_id: UUID) -> Proposal:
    found = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("input")
        .filter(job_id=job_id, variant=variant, owner_id=actor_id)
        .first()
    )
    if found is None:
        raise UnknownProposalError
    return found


def _usable(element_id: UUID, actor_id: UUID) -> Version:
    """The newest version with notes that the actor may have."""
    versions = list(Version.objects.select_related("element").filter(element_id=element_id).order_by("-number"))
    if not versions:
        raise UnknownElementError
    if versions[0].element.kind not in midi.STORE.kinds:
        raise NotAMelodyError
    for version in versions:
        if may_have(actor_id, element_id, version.content_hash):
            return version
    raise NoLicenceError
