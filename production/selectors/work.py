"""Questions about work in progress: uploads, jobs, proposals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from ledger import selectors as ledger
from production import downloads, progress
from production.errors import UnknownJobError, UnknownProposalError, UnknownUploadError, message_for
from production.models import Element, Proposal, Upload
from production.permissions import made_by, may_use
from production.selectors.elements import read_json
from production.services import keeping


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadView:
    """An upload on its way."""

    id: UUID
    name: str
    size: int
    offset: int
    state: str
    job_id: UUID | None
    element_id: UUID | None
    refusal: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """Where a job stands; `fraction` and `words` are hints, the rest is the truth."""

    id: UUID
    task: str
    state: str
    queue_place: int | None
    fraction: float
    words: str
    result: Mapping[str, Any] | None
    error: Mapping[str, str] | None

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "id": str(self.id),
            "task": self.task,
            "state": self.state,
            "queue_place": self.queue_place,
            "fraction": self.fraction,
            "words": self.words,
            "result": self.result,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """One thing a model proposed: heard and seen only by the one who asked.

    chords : (onset in quarter notes as text, symbol); preview_url : empty until its sound is rendered
    likeness : passages that stand elsewhere, the longest first; none until it was looked
    kept : whether it is an element already, under the proposal's own id
    sound : of sound, what is said and drawn of it (empty for notes), with the setting that makes it as `setting`
    by_hand : whether a person changed its setting; sounds_count : how many recordings sound in it
    is_ready : whether it can be kept
    """

    id: UUID
    job_id: UUID
    variant: int
    capability: str
    input_id: UUID | None
    model: str
    seed: int
    facts: Mapping[str, Any]
    preview_url: str
    roll: Mapping[str, Any]
    chords: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    likeness: tuple[Mapping[str, Any], ...] | None
    kept: bool
    sound: Mapping[str, Any]
    setting: Mapping[str, Any]
    by_hand: bool
    sounds_count: int
    is_ready: bool

    @property
    def number(self) -> int:
        """As people count."""
        return self.variant + 1


def upload(upload_id: UUID, party_id: UUID) -> UploadView:
    """One of the party's uploads.

    Raises
    ------
    UnknownUploadError
        If there is none.
    """
    row = Upload.objects.filter(id=upload_id, owner_id=party_id).first()
    if row is None:
        raise UnknownUploadError
    return _upload_view(row)


def open_uploads(party_id: UUID) -> list[UploadView]:
    """Uploads that can be resumed, oldest first."""
    rows = Upload.objects.filter(owner_id=party_id, state=Upload.State.OPEN).order_by("id")
    return [_upload_view(row) for row in rows]


def upload_names(job_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Job -> the name its file had on the owner's machine; jobs that import nothing are left out."""
    rows = Upload.objects.filter(job_id__in=list(job_ids)).values_list("job_id", "name")
    return {job_id: name for job_id, name in rows if job_id is not None}


def job_progress(job_id: UUID, party_id: UUID) -> JobProgress:
    """Where one of the party's jobs stands.

    Raises
    ------
    UnknownJobError
        If there is no such job, or somebody else asked for it.
    """
    job = ledger.job(job_id)
    if job is None or job.actor_id != party_id:
        raise UnknownJobError
    return _progress(job)


def proposals(job_id: UUID, party_id: UUID) -> list[ProposalView]:
    """What a generation job has proposed to the one who asked, so far, in order; first what a person changed of it."""
    here = Q(job_id=job_id) | Q(page_id=job_id)
    found = list(Proposal.objects.filter(here, owner_id=party_id).order_by("variant"))
    changed = sorted((row for row in found if row.page_id == job_id), key=lambda row: row.job_id, reverse=True)
    rows = [*changed, *(row for row in found if row.page_id != job_id)]
    kept = set(Element.objects.filter(pk__in=[row.id for row in rows]).values_list("pk", flat=True))
    return [
        ProposalView(
            id=row.id,
            job_id=row.job_id,
            variant=row.variant,
            capability=row.capability,
            input_id=row.input_id,
            model=row.model,
            seed=row.seed,
            facts=row.examined.get("facts", {}),
            preview_url=downloads.proposal_url(row) if row.preview_hash else "",
            roll=read_json(row.roll_hash) if row.roll_hash else {"notes": []},
            chords=tuple((onset, symbol) for onset, symbol in row.chords),
            remarks=tuple(row.remarks),
            likeness=None if row.likeness is None else tuple(row.likeness),
            kept=row.id in kept,
            sound=row.sound,
            setting=read_json(row.setting_hash) if row.setting_hash else {},
            by_hand=bool(row.base_hash),
            sounds_count=sum(one["part"] == "sound" for one in row.inputs),
            is_ready=bool(row.examined),
        )
        for row in rows
    ]


def setting_beside(element_id: UUID) -> UUID | None:
    """The setting that was kept with a recording, if there is one."""
    wanted = keeping.setting_id_of(element_id)
    return wanted if Element.objects.filter(pk=wanted, kind="mix_setting").exists() else None


def may_reopen(element_id: UUID, party_id: UUID | None) -> bool:
    """Whether a setting was made here for recordings, and the party may use it and have it heard with them again."""
    if party_id is None or not may_use(party_id, element_id):
        return False
    called = ledger.generation(element_id)
    if called is None or called.parameters.get("kept") != keeping.SETTING:
        return False
    sounds = [UUID(one["element_id"]) for one in called.parameters["inputs"] if one["part"] == "sound"]
    return all(made_by(party_id, one) for one in sounds)


def proposal_sound_url(*, job_id: UUID, variant: int, part: str, party_id: UUID) -> str:
    """Where a proposal (`after`) or what it is compared with (`before`) is heard, for five minutes.

    Raises
    ------
    UnknownProposalError
        If this party's job made no such variant, or its sound is not there yet.
    """
    row = Proposal.objects.filter(job_id=job_id, variant=variant, owner_id=party_id).first()
    if row is None or not (row.before_hash if part == downloads.BEFORE else row.preview_hash):
        raise UnknownProposalError
    return downloads.proposal_url(row, part=part)


_WORDS = {"requested": "Waiting for its turn", "finished": "Done", "failed": "Refused", "cancelled": "Cancelled"}


def _progress(job: ledger.Job) -> JobProgress:
    hint = progress.last_hint(job.job_id) if job.state == "requested" else None
    return JobProgress(
        id=job.job_id,
        task=job.task,
        state=job.state,
        queue_place=job.queue_place,
        fraction=hint["fraction"] if hint else float(job.state != "requested"),
        words=hint["words"] if hint else _WORDS.get(job.state, ""),
        result=job.result,
        error={"code": job.code, "message": _refusal(job)} if job.state == "failed" else None,
    )


def _refusal(job: ledger.Job) -> str:
    """The words that were kept, which may name the place in the file; else those of the code."""
    kept = Upload.objects.filter(job_id=job.job_id).values_list("refusal", flat=True).first()
    return kept or progress.last_refusal(job.job_id) or message_for(job.code)


def _upload_view(row: Upload) -> UploadView:
    return UploadView(
        id=row.id,
        name=row.name,
        size=row.size,
        offset=row.offset,
        state=row.state,
        job_id=row.job_id,
        element_id=row.element_id,
        refusal=row.refusal,
        created_at=row.created_at,
    )
