"""Work that becomes part of the record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from uuid import UUID

from ledger.domain.events.codec import Event, Json, event


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobRequested(Event):
    """Work that becomes part of the record was asked for: an import, a generation, a conversion."""

    kind = "job.requested.v1"
    job_id: UUID
    task: str
    arguments: Mapping[str, Json]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished(Event):
    """The work is done; `result` names what it made."""

    kind = "job.finished.v1"
    job_id: UUID
    result: Mapping[str, Json]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Event):
    """The work could not be done; nothing of it was kept."""

    kind = "job.failed.v1"
    job_id: UUID
    code: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled(Event):
    """The one who asked changed their mind before the work was done."""

    kind = "job.cancelled.v1"
    job_id: UUID
