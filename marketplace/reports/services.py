"""The verbs on a report: upload, map, read, discard. Nothing of it reaches the ledger before it is booked."""

from __future__ import annotations

import datetime as dt
import re
from uuid import UUID

from django.db import transaction

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.domain.settlement.currencies import CURRENCIES
from ledger.services import clock, documents, jobs
from marketplace.reports import apart
from marketplace.reports.errors import RefusedFileError, ReportError, WrongStepError
from marketplace.reports.models import IN_THE_BOOKS, Report, SavedTemplate, Source
from marketplace.reports.reading import limits
from marketplace.reports.reading.template import Template

READ_TASK = "marketplace.read_report"
PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])|-[QH][1-4])?")
CHANGEABLE = (Report.State.MAPPING, Report.State.READING, Report.State.READ)
MINOR_MAX = 10**10


def source_named(name: str) -> Source:
    """The source of this name; written in another case it is the same.

    Raises
    ------
    ReportError
        If the name is empty.
    """
    name = " ".join(name.split())[:120]
    if not name:
        raise ReportError("Say who sent the report.")
    return Source.objects.get_or_create(folded=name.casefold(), defaults={"name": name})[0]


def upload(
    *,
    source_name: str,
    period: str,
    currency: str,
    control_total_minor: int,
    bank_date: dt.date,
    file_name: str,
    data: bytes,
    actor_id: UUID,
) -> UUID:
    """Keep a report's file and look into it. A source whose mapping is known is read at once.

    Raises
    ------
    ReportError
        If something said of it cannot be, or the same file is in the books already.
    RefusedFileError
        If it is no file that can be read.
    """
    source = source_named(source_name)
    _check(period, currency, control_total_minor, data)
    found = _looked(source, data)
    file_hash = documents.keep(data, media_type="text/csv")
    same = Report.objects.filter(source=source, file_hash=file_hash, state__in=IN_THE_BOOKS).first()
    if same is not None:
        raise ReportError(f"This very file is booked already, as {source.name} for {same.period}.")
    report = Report.objects.create(
        source=source,
        period=period,
        currency=currency,
        control_total_minor=control_total_minor,
        bank_date=bank_date,
        file_name=file_name[:255],
        file_hash=file_hash,
        file_bytes=len(data),
        template=found.template.to_json(),
        header=found.header,
        preview=found.rows,
        uploaded_by=actor_id,
        uploaded_at=clock.now(),
    )
    if source.templates.exists() and not found.template.faults(found.header):
        ask_reading(report_id=report.id, actor_id=actor_id)
    return report.id


def _check(period: str, currency: str, control_total_minor: int, data: bytes) -> None:
    if not PERIOD.fullmatch(period):
        raise ReportError("A period is a month, a quarter, a half or a year: 2026-10, 2026-Q3, 2026-H2, 2026.")
    if currency not in CURRENCIES:
        raise ReportError("Say in which currency the bank was paid.")
    if abs(control_total_minor) > MINOR_MAX:
        raise ReportError("The bank cannot have received that much.")
    if not data:
        raise RefusedFileError("This file is empty.")
    if len(data) > limits.FILE_BYTES_MAX:
        raise RefusedFileError(f"A report’s file has at most {limits.FILE_BYTES_MAX // limits.MIB} MiB. Split it.")


def _looked(source: Source, data: bytes) -> apart.Look:
    """By the source's last mapping if the file still fits it; else by a guess."""
    saved = source.templates.order_by("-id").first()
    if saved is not None:
        found = apart.look(data, template=Template.from_json(saved.body))
        if not found.template.faults(found.header):
            return found
    return apart.look(data)


def file_of(report: Report) -> bytes:
    """The bytes that were uploaded."""
    data = ledger.document(report.file_hash)
    assert data is not None, report.id
    return data


def replace_file(*, report_id: UUID, file_name: str, data: bytes, actor_id: UUID) -> None:
    """A corrected file instead of the first; the mapping stays where it still fits.

    Raises
    ------
    ReportError
        As `upload`; or if the report is booked.
    """
    report = _changeable(report_id)
    _check(report.period, report.currency, report.control_total_minor, data)
    found = apart.look(data, template=Template.from_json(report.template))
    if found.template.faults(found.header):
        found = apart.look(data)
    _forget_reading(report)
    report.file_name, report.file_bytes = file_name[:255], len(data)
    report.file_hash = documents.keep(data, media_type="text/csv")
    report.template, report.header, report.preview = found.template.to_json(), found.header, found.rows
    report.save()
    if not found.template.faults(found.header):
        ask_reading(report_id=report_id, actor_id=actor_id)


def look_again(*, report_id: UUID, template: Template) -> None:
    """Show the file's first rows as this mapping's encoding, delimiter and skipped rows give them.

    Raises
    ------
    WrongStepError, RefusedFileError
        If it is booked already, or cannot be read so.
    """
    report = _changeable(report_id)
    found = apart.look(file_of(report), template=template)
    _forget_reading(report)
    report.template, report.header, report.preview = template.to_json(), found.header, found.rows
    report.save()


def map_columns(*, report_id: UUID, template: Template, actor_id: UUID) -> None:
    """Read the whole file by this mapping, and keep it for the source's next report.

    Raises
    ------
    ReportError
        If no file with these columns can be read by it.
    """
    look_again(report_id=report_id, template=template)
    report = _changeable(report_id)
    if faults := template.faults(report.header):
        raise ReportError(" ".join(faults))
    body = template.to_json()
    newest = report.source.templates.order_by("-id").first()
    if newest is None or newest.body != body:
        template_hash = documents.keep(body.encode(), media_type="application/json")
        SavedTemplate.objects.create(source=report.source, body=body, template_hash=template_hash, saved_by=actor_id)
    ask_reading(report_id=report_id, actor_id=actor_id)


def ask_reading(*, report_id: UUID, actor_id: UUID) -> None:
    """Put the reading of the whole file on the queue."""
    with transaction.atomic():
        report = _changeable(report_id)
        _forget_reading(report)
        report.state = Report.State.READING
        report.job_id = jobs.request(
            task=READ_TASK,
            arguments={"report_id": str(report_id)},
            actor_id=actor_id,
            key=f"report:{report_id}:read:{uuid7()}",
        )
        report.save()


def accept_errors(*, report_id: UUID) -> None:
    """The data errors may stand: their lines go on without what could not be read.

    Raises
    ------
    WrongStepError
        If the report is not at that step.
    """
    report = _changeable(report_id)
    if report.state != Report.State.READ or report.summary.get("amount_errors"):
        raise WrongStepError("Amount errors come first: no line may go on without its amount.")
    Report.objects.filter(pk=report_id).update(errors_accepted=True)


def correct_control(*, report_id: UUID, currency: str, control_total_minor: int, bank_date: dt.date) -> None:
    """Another sum, currency or date of what the bank received.

    Raises
    ------
    ReportError
        If it cannot be, or the report is booked.
    """
    report = _changeable(report_id)
    _check(report.period, currency, control_total_minor, b"-")
    report.currency, report.control_total_minor, report.bank_date = currency, control_total_minor, bank_date
    report.difference = report.difference_note = ""
    report.save()


def discard(*, report_id: UUID) -> None:
    """Set a report aside before it is booked; its lines go, its file stays kept.

    Raises
    ------
    WrongStepError
        If it is booked.
    """
    report = _changeable(report_id)
    _forget_reading(report)
    report.state = Report.State.DISCARDED
    report.save()


def _changeable(report_id: UUID) -> Report:
    report = Report.objects.select_related("source").filter(pk=report_id).first()
    if report is None or report.state not in CHANGEABLE:
        raise WrongStepError("This report is in the books, or was set aside: it cannot be changed any more.")
    return report


def _forget_reading(report: Report) -> None:
    """What an earlier reading of the file left."""
    for rows in (report.faults, report.groups, report.lines):
        rows.all().delete()
    report.state, report.job_id, report.refusal, report.summary = Report.State.MAPPING, None, "", {}
    report.rows_read, report.reported_micro, report.errors_accepted = 0, None, False
    report.difference = report.difference_note = ""
