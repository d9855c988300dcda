"""Celery's doors to production. Each gets one id, may be started twice, and does its work once."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from celery.signals import worker_process_init

from ledger.services import outbox
from production.parsing import nursery
from production.services import (
    auditions,
    checks,
    contributions,
    credentials,
    drafts,
    generation,
    imports,
    motifs,
    previews,
    processing,
    sweeping,
    uploads,
)

SECONDS_MAX = 900
TURN_SECONDS = 2
"""So long a second process of the same party waits before it asks again."""


@worker_process_init.connect
def ready(**_said: object) -> None:
    """A worker loads the engine before the first job comes: whoever asks first should not wait for it."""
    nursery.begin()


@shared_task(name="production.import_upload", acks_late=True, time_limit=SECONDS_MAX)
def import_upload(job_id: str) -> None:
    """An uploaded file becomes an element."""
    imports.run(UUID(job_id))


@shared_task(name=generation.TASK, acks_late=True, time_limit=SECONDS_MAX)
def recommend(job_id: str) -> None:
    """A model makes proposals; while the same party's other request is at work, later."""
    if not generation.run(UUID(job_id)):
        recommend.apply_async(args=[job_id], countdown=TURN_SECONDS)


@shared_task(name=generation.OLD_TASK, acks_late=True, time_limit=SECONDS_MAX)
def generate_harmony(job_id: str) -> None:
    """The same for jobs that were asked for when there were only harmonies."""
    if not generation.run(UUID(job_id)):
        generate_harmony.apply_async(args=[job_id], countdown=TURN_SECONDS)


@shared_task(name="production.measure_contribution", acks_late=True, time_limit=SECONDS_MAX)
def measure_contribution(job_id: str) -> None:
    """An element is compared with what it is made from."""
    contributions.run(UUID(job_id))


@shared_task(name=processing.TASK, acks_late=True, time_limit=SECONDS_MAX)
def process_element(job_id: str) -> None:
    """A process of the engine makes a version; while the same party's other one is at work, later."""
    if not processing.run(UUID(job_id)):
        process_element.apply_async(args=[job_id], countdown=TURN_SECONDS)


@shared_task(name=auditions.TASK, acks_late=True, time_limit=SECONDS_MAX)
def audition_process(outbox_id: str) -> None:
    """A section is heard before and after."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            auditions.run(UUID(payload.get("audition_id") or payload["trial_id"]))


@shared_task(name="production.try_process", acks_late=True, time_limit=SECONDS_MAX)
def audition_process_asked_before(outbox_id: str) -> None:
    """The same, as it was queued before auditions had their name: rows that wait through an update are done."""
    audition_process(outbox_id)


@shared_task(name=drafts.TASK, acks_late=True, time_limit=SECONDS_MAX)
def keep_notes(job_id: str) -> None:
    """Reviewed notes become MIDI."""
    drafts.run(UUID(job_id))


@shared_task(name="production.make_previews", acks_late=True, time_limit=SECONDS_MAX)
def make_previews(outbox_id: str) -> None:
    """A version gets what is heard of it, and its other form."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            previews.make(UUID(payload["version_id"]))
            credentials.ask(UUID(payload["version_id"]))


@shared_task(name=credentials.TASK, acks_late=True, time_limit=SECONDS_MAX)
def mark(outbox_id: str) -> None:
    """A version's files get their content credentials."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            credentials.make(UUID(payload["version_id"]))


@shared_task(name=checks.TASK, acks_late=True, time_limit=SECONDS_MAX)
def check_credentials(outbox_id: str) -> None:
    """A stranger's file is read for its content credentials."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            checks.run(UUID(payload["check_id"]))


@shared_task(name="production.sweep")
def sweep() -> None:
    """Uploads that nobody came back to, and blobs that nothing names, go."""
    uploads.sweep()
    generation.sweep()
    auditions.sweep()
    credentials.sweep()
    checks.sweep()
    sweeping.sweep()


@shared_task(name="production.index_notes", time_limit=SECONDS_MAX)
def index_notes() -> None:
    """Versions kept before their notes were searched get their keys."""
    motifs.fill()
