"""Auditioning a process on a section: heard before, after and what is removed, without a fact in the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from ledger.services import outbox
from production import limits, progress
from production.errors import BadParameterError, CancelledError, ProductionError, TooManyAtOnceError, UnsuitableError
from production.models import Audition, Draft
from production.parsing.apart import AUDITIONING, run_apart
from production.services import locks, sweeping, workbench
from production.stores import content

log = structlog.get_logger()

TASK = "production.audition"
_SUPERSEDED = "Another section was asked for meanwhile."


def begin(
    *,
    element_id: UUID,
    process: str,
    parameters: Mapping[str, Any],
    start_s: float,
    seconds: float,
    actor_id: UUID,
    number: int | None = None,
) -> UUID:
    """Ask to hear a section of a version; the answer is the audition. An older one that still waits is given up.

    Raises
    ------
    BadParameterError
        If the section is empty, or longer than one may be.
    UnsuitableError
        If this process cannot be auditioned on a section.
    ProductionError
        As `workbench.call`.
    """
    if not 0.05 <= seconds <= limits.AUDITION_SECONDS_MAX or not start_s >= 0:
        raise BadParameterError(f"A section to audition lasts from 0.05 to {limits.AUDITION_SECONDS_MAX:g} seconds.")
    call = workbench.call(
        element_id=element_id,
        process=process,
        parameters=parameters,
        actor_id=actor_id,
        number=number,
        is_audition=True,
    )
    if not call.process.has_audition:
        raise UnsuitableError("This process cannot be auditioned on a section. Apply it: the version before stays.")
    with transaction.atomic():
        waiting = Audition.objects.filter(owner_id=actor_id, state=Audition.State.OPEN)
        waiting.filter(version__element_id=element_id).update(state=Audition.State.REFUSED, refusal=_SUPERSEDED)
        if waiting.count() >= limits.AUDITIONS_OPEN_MAX:
            raise TooManyAtOnceError
        audition = Audition.objects.create(
            owner_id=actor_id,
            version=call.version,
            process=call.process.name,
            parameters=call.as_arguments(),
            start_s=start_s,
            seconds=seconds,
        )
        outbox.put(task=TASK, payload={"audition_id": str(audition.id)})
    return audition.id


def run(audition_id: UUID) -> None:
    """Do an audition; one that is over, or that is done already, stays as it is."""
    audition = Audition.objects.filter(id=audition_id, state=Audition.State.OPEN).first()
    if audition is None:
        return
    try:
        _perform(audition)
    except CancelledError:
        log.info("audition.superseded", audition_id=str(audition_id))
    except ProductionError as refusal:
        _open(audition_id).update(state=Audition.State.REFUSED, refusal=refusal.message[:400])
    progress.tell_end(audition_id)


def sweep(*, now: dt.datetime | None = None) -> int:
    """Forget yesterday's auditions and drafts that nobody touched for a season; their blobs go with the orphans."""
    now = now or timezone.now()
    auditions, _ = Audition.objects.filter(
        created_at__lt=now - dt.timedelta(hours=limits.AUDITION_AGE_HOURS_MAX)
    ).delete()
    drafts, _ = Draft.objects.filter(changed_at__lt=now - dt.timedelta(days=limits.DRAFT_AGE_DAYS_MAX)).delete()
    return auditions + drafts


def _perform(audition: Audition) -> None:
    call = workbench.call_again(audition.parameters, actor_id=audition.owner_id)
    data, arguments = call.work()
    answer = run_apart(
        "audition",
        data,
        arguments={**arguments, "start_s": audition.start_s, "seconds": audition.seconds},
        bounds=AUDITIONING,
        is_cancelled=lambda: not _open(audition.id).exists(),
    )
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        locks.hold_store_shared()
        files = {name.removesuffix(".flac"): content.put(data) for name, data in answer.files.items()}
        hashes.extend(files.values())
        _open(audition.id).update(state=Audition.State.DONE, files=files, figures=answer.values)


def _open(audition_id: UUID) -> Any:
    return Audition.objects.filter(id=audition_id, state=Audition.State.OPEN)
