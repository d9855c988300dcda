"""The worker's part of a report: its whole file is read apart, matched and kept, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from ledger import selectors as ledger
from ledger.domain.events import Json
from ledger.services import jobs
from marketplace.reports import apart, matching
from marketplace.reports.errors import RefusedFileError
from marketplace.reports.models import Report, ReportFault, ReportGroup
from marketplace.reports.reading.amounts import micro
from marketplace.reports.reading.template import Template
from marketplace.reports.services import file_of
from production import progress

MICRO_MAX = 2**62


def read(job_id: UUID) -> None:
    """The worker's part: read the file apart, match what it names, keep all of it or nothing."""
    with jobs.running(job_id) as job:
        if job is None:
            return
        report = Report.objects.filter(pk=UUID(str(job.arguments["report_id"])), job_id=job_id).first()
        if report is None or report.state != Report.State.READING:
            jobs.cancel(job_id, actor_id=job.actor_id)  # mapped anew, or set aside, in the meantime
            return
        try:
            _read(report, job)
        except RefusedFileError as error:
            with transaction.atomic():
                Report.objects.filter(pk=report.pk, job_id=job_id).update(
                    state=Report.State.MAPPING, refusal=str(error)
                )
                jobs.fail(job_id, code="unreadable_file", actor_id=job.actor_id)


def _read(report: Report, job: ledger.Job) -> None:
    data = file_of(report)
    lines = max(data.count(b"\n"), 1)

    def tick(rows: int) -> None:
        Report.objects.filter(pk=report.pk).update(rows_read=rows)
        progress.tell(job.job_id, rows / lines, f"{rows:,} lines read")

    form = Template.from_json(report.template)
    with apart.reading(data, template=form, tick=tick) as found, transaction.atomic():
        current = Report.objects.select_for_update().get(pk=report.pk)
        if current.job_id != job.job_id:
            jobs.cancel(job.job_id, actor_id=job.actor_id)
            return
        groups = _groups(current, found)
        matching.match_all(groups, source_id=current.source_id)
        ReportGroup.objects.bulk_create(groups, batch_size=2000)
        _copy_lines(current, found)
        faults = (ReportFault(report=current, **row) for row in found.rows("errors.jsonl"))
        ReportFault.objects.bulk_create(faults, batch_size=5000)
        current.summary = found.summary
        current.reported_micro = sum(group.reported_micro for group in groups)
        current.rows_read, current.state = int(found.summary["rows"]), Report.State.READ
        current.save()
        done: dict[str, Json] = {"report_id": str(report.pk), "lines": int(found.summary["lines"])}
        jobs.finish(job.job_id, result=done, actor_id=job.actor_id)


def _groups(report: Report, found: apart.Reading) -> list[ReportGroup]:
    currency = str(found.summary["currency"])
    groups = []
    for row in found.rows("groups.jsonl"):
        total = micro(Decimal(row.pop("total")), currency)
        if abs(total) > MICRO_MAX:
            raise RefusedFileError("An amount in this file is out of all measure. Is the decimal mark right?")
        groups.append(ReportGroup(report=report, reported_micro=total, **row))
    if abs(sum(group.reported_micro for group in groups)) > MICRO_MAX:
        raise RefusedFileError("The sum of this file is out of all measure. Is the decimal mark right?")
    return groups


COPY_SQL = """
    copy reports_reportline (report_id, line, group_number, amount, quantity, date, store)
    from stdin with (format csv, force_not_null (date, store))
"""


def _copy_lines(report: Report, found: apart.Reading) -> None:
    """Hundreds of thousands of rows go in as the stream that the reader left."""
    with connection.cursor() as cursor, cursor.copy(COPY_SQL) as copy:
        for chunk in _chunks(report, found):
            copy.write(chunk)


def _chunks(report: Report, found: apart.Reading) -> Iterator[str]:
    prefix = f"{report.pk},"
    with (found.folder / "lines.csv").open(newline="") as file:
        lines: list[str] = []
        for line in file:
            lines.append(prefix + line)
            if len(lines) == 2000:
                yield "".join(lines)
                lines.clear()
        yield "".join(lines)
