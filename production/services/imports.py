"""From an uploaded file to an element: looked at in a process of its own, then kept whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from production import limits
from production.credentials.authorship import by_own_word
from production.errors import UnknownUploadError
from production.models import Upload
from production.parsing.apart import LOOKING_LONG, PARSING, run_apart
from production.parsing.report import Examined
from production.services import elements, uploads
from production.services.elements import Body, Made
from production.services.names import title_from
from production.services.wishes import Wishes
from production.services.working import Work, perform
from production.stores import content


def run(job_id: UUID) -> None:
    """Do the import that a job asks for. Run again after a crash, it does what is still missing."""
    perform(job_id, _import, clean_up=_drop)


def examine(data: content.Data, *, work: Work | None = None) -> Examined:
    """Look into untrusted bytes, apart.

    Raises
    ------
    RefusedFileError, ParserLimitError, CancelledError
        See `run_apart`.
    """
    bounds = LOOKING_LONG if len(data) > limits.PARSE_LONG_BYTES_MIN else PARSING
    answer = run_apart("examine", data, bounds=bounds, is_cancelled=work.is_over if work else lambda: False)
    return Examined.from_json(answer.values)


def _import(work: Work) -> None:
    upload = _upload(work)
    wishes = Wishes.from_json(upload.wishes)
    work.step(0.05, "Looking into the file")
    with _bytes(upload) as data:
        body = Body(data=data, examined=examine(data, work=work))
        work.step(0.8, "Keeping it")
        with transaction.atomic():
            work.hold()
            made = _keep(work, upload, wishes, body)
            Upload.objects.filter(id=upload.id).update(state=Upload.State.IMPORTED)
            work.finish(result_of(made) | _own_word(body.examined))
    uploads.drop_bytes(upload.id)


def _keep(work: Work, upload: Upload, wishes: Wishes, body: Body) -> Made:
    key = f"import:{work.job_id}"
    if wishes.element_id is not None:
        return elements.add_version(
            actor_id=upload.owner_id,
            element_id=wishes.element_id,
            body=body,
            contributors=wishes.contributors,
            key=key,
        )
    return elements.create_element(
        actor_id=upload.owner_id,
        wishes=wishes.titled(title_from(upload.name)),
        body=body,
        element_id=upload.element_id,
        key=key,
    )


def _own_word(examined: Examined) -> dict[str, object]:
    """What the file says in content credentials of who made it, where that is not people alone: it goes on record."""
    said = by_own_word(examined.facts.get("credentials"))
    return {} if said == "human" else {"says_made_by": said}


def result_of(made: Made) -> dict[str, object]:
    """What the job's end says: ids and whole numbers only."""
    return {
        "element_id": str(made.element_id),
        "version_id": str(made.version_id),
        "version": made.number,
        "warnings": [
            {
                "code": warning.code,
                "element_id": str(warning.element_id),
                "disputed_ppm": warning.disputed_ppm,
                "claim_id": str(warning.claim_id) if warning.claim_id else None,
            }
            for warning in made.warnings
        ],
    }


def _upload(work: Work) -> Upload:
    try:
        return Upload.objects.get(id=work.arguments["upload_id"])
    except Upload.DoesNotExist as error:
        raise UnknownUploadError from error


@contextlib.contextmanager
def _bytes(upload: Upload) -> Iterator[content.Data]:
    path = uploads.part_path(upload.id)
    if not path.exists() or path.stat().st_size != upload.size:
        raise UnknownUploadError
    with content.mapped(path) as data:
        yield data


def _drop(work: Work, code: str, words: str) -> None:
    """Nothing is kept of a refused file but the reason, for a day."""
    state = Upload.State.CANCELLED if code == "cancelled" else Upload.State.REFUSED
    upload_id = UUID(str(work.arguments["upload_id"]))
    Upload.objects.filter(id=upload_id).exclude(state=Upload.State.IMPORTED).update(state=state, refusal=words[:400])
    uploads.drop_bytes(upload_id)
