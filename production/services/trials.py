"""Trying a process on a section: heard before, after and what is removed, without a fact in the ledger."""

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
from production.models import Draft, Trial
from production.parsing.apart import TRYING, run_apart
from production.services import locks, sweeping, workbench
from production.stores import content

log = structlog.get_logger()

TASK = "production.try_process"
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
    """Ask to hear a section of a version; the answer is the trial. An older one that still waits is given up.

    Raises
    ------
    BadParameterError
        If the section is empty, or longer than one may be.
    UnsuitableError
        If this process cannot be tried on a section.
    ProductionError
        As `workbench.call`.
    """
    if not 0.05 <= seconds <= limits.TRIAL_SECONDS_MAX or not start_s >= 0:
        raise BadParameterError(f"A section to try lasts from 0.05 to {limits.TRIAL_SECONDS_MAX:g} seconds.")
    call = workbench.call(
        element_id=element_id, process=process, parameters=parameters, actor_id=actor_id, number=number, tried=True
    )
    if not call.process.tries or call.process.makes not in ("sound", "figures"):
        raise UnsuitableError("This process cannot be tried on a section. Apply it: the version before stays.")
    with transaction.atomic():
        waiting = Trial.objects.filter(owner_id=actor_id, state=Trial.State.OPEN)
        waiting.filter(version__element_id=element_id).update(state=Trial.State.REFUSED, refusal=_SUPERSEDED)
        if waiting.count() >= limits.TRIALS_OPEN_MAX:
            raise TooManyAtOnceError
        trial = Trial.objects.create(
            owner_id=actor_id,
            version=call.version,
            process=call.process.name,
            parameters=call.as_arguments(),
            start_s=start_s,
            seconds=seconds,
        )
        outbox.put(task=TASK, payload={"trial_id": str(trial.id)})
    return trial.id


def run(trial_id: UUID) -> None:
    """Do a trial; one that is over, or that is done already, stays as it is."""
    trial = Trial.objects.filter(id=trial_id, state=Trial.State.OPEN).first()
    if trial is None:
        return
    try:
        _try(trial)
    except CancelledError:
        log.info("trial.superseded", trial_id=str(trial_id))
    except ProductionError as refusal:
        _open(trial_id).update(state=Trial.State.REFUSED, refusal=refusal.message[:400])
    progress.tell_end(trial_id)


def sweep(*, now: dt.datetime | None = None) -> int:
    """Forget trials of yesterday and drafts that nobody touched for a season; their blobs follow with the orphans."""
    now = now or timezone.now()
    trials, _ = Trial.objects.filter(created_at__lt=now - dt.timedelta(hours=limits.TRIAL_AGE_HOURS_MAX)).delete()
    drafts, _ = Draft.objects.filter(changed_at__lt=now - dt.timedelta(days=limits.DRAFT_AGE_DAYS_MAX)).delete()
    return trials + drafts


def _try(trial: Trial) -> None:
    call = workbench.call_again(trial.parameters, actor_id=trial.owner_id)
    data, arguments = call.work()
    answer = run_apart(
        "attempt",
        data,
        arguments={**arguments, "start_s": trial.start_s, "seconds": trial.seconds},
        bounds=TRYING,
        is_cancelled=lambda: not _open(trial.id).exists(),
    )
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        locks.hold_store_shared()
        files = {name.removesuffix(".flac"): content.put(data) for name, data in answer.files.items()}
        hashes.extend(files.values())
        _open(trial.id).update(state=Trial.State.DONE, files=files, figures=answer.values)


def _open(trial_id: UUID) -> Any:
    return Trial.objects.filter(id=trial_id, state=Trial.State.OPEN)
