"""Questions to the log itself."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from ledger.domain.events import Event
from ledger.domain.records import EventRecord
from ledger.models import EventRow, Trail
from ledger.services.log import record_of_row

__all__ = [
    "Record",
    "all_records",
    "event",
    "event_at",
    "events_about",
    "events_about_any",
    "leaf_of",
    "newest_events",
    "size",
]

Record = EventRecord[Event]

COLUMNS = ("position", "id", "at", "key", "actor_id", "leaf", "leaf_hash")


def size() -> int:
    """How many events there are: the position of the next one."""
    newest = EventRow.objects.order_by("-position").values_list("position", flat=True).first()
    return 0 if newest is None else newest + 1


def event(event_id: UUID) -> Record | None:
    """The event with this id."""
    row = EventRow.objects.filter(id=event_id).values_list(*COLUMNS).first()
    return record_of_row(row) if row else None


def event_at(position: int) -> Record | None:
    """The event at this position."""
    row = EventRow.objects.filter(position=position).values_list(*COLUMNS).first()
    return record_of_row(row) if row else None


def leaf_of(event_id: UUID) -> tuple[int, bytes] | None:
    """(position, leaf bytes) of the event with this id."""
    row = EventRow.objects.filter(id=event_id).values_list("position", "leaf").first()
    return (row[0], bytes(row[1])) if row else None


def events_about(subject_id: UUID, *, limit: int = 1000, family: str = "") -> list[Record]:
    """Every event that names this id (element, order, licence, party, run, ...), of one family of kinds or of all."""
    return events_about_any([subject_id], limit=limit, family=family)


def events_about_any(subject_ids: list[UUID], *, limit: int = 1000, family: str = "") -> list[Record]:
    """Every event that names one of these ids, each once, oldest first."""
    positions = Trail.objects.filter(subject_id__in=subject_ids).values("position")
    rows = EventRow.objects.filter(position__in=positions).order_by("position")
    if family:
        rows = rows.filter(kind__startswith=f"{family}.")
    return [record_of_row(row) for row in rows.values_list(*COLUMNS)[:limit]]


def newest_events(*, limit: int = 50, before: int | None = None) -> list[Record]:
    """The end of the log, newest first; with `before`, what lies before that position."""
    rows = EventRow.objects.order_by("-position")
    if before is not None:
        rows = rows.filter(position__lt=before)
    return [record_of_row(row) for row in rows.values_list(*COLUMNS)[:limit]]


def all_records(*, begin: int = 0, chunk: int = 2000) -> Iterator[Record]:
    """The whole log from `begin` on, read in chunks."""
    while True:
        rows = EventRow.objects.filter(position__gte=begin).order_by("position").values_list(*COLUMNS)[:chunk]
        records = [record_of_row(row) for row in rows]
        yield from records
        if len(records) < chunk:
            return
        begin = records[-1].position + 1
