"""Reports of many things: a worker writes them into the ledger, or takes them back, part by part, and says how far.

A worker that is stopped leaves whole parts behind. The job has no end then, another worker takes it up, and what
stands is not written again.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.services import jobs
from ledger.services import reports as books
from marketplace.reports import booking
from marketplace.reports.models import Report
from production import progress


def book(job_id: UUID) -> None:
    """The worker's part of booking."""
    with jobs.running(job_id) as job:
        if job is None:
            return
        report = _report(job)
        groups = list(report.groups.order_by("number"))
        plan = books.plan(booking.received(report), booking.parts(groups))
        for number in range(len(plan.parts)):
            books.write(plan, number, actor_id=job.actor_id)
            _tell(job, (number + 1) / len(plan.parts))
        with transaction.atomic():
            booking.keep_booked(report, groups, plan.amounts)
            jobs.finish(job_id, result={"report_id": str(report.pk)}, actor_id=job.actor_id)


def reverse(job_id: UUID) -> None:
    """The worker's part of taking a report back."""
    with jobs.running(job_id) as job:
        if job is None:
            return
        report, left = _report(job), 1
        lines, reason_hash = max(report.groups.count(), 1), str(job.arguments["reason_hash"])
        while left:
            left = books.reverse_part(report_id=report.pk, reason_hash=reason_hash, actor_id=job.actor_id)
            _tell(job, 1 - left / lines)
        with transaction.atomic():
            booking.keep_reversed(report)
            jobs.finish(job_id, result={"report_id": str(report.pk)}, actor_id=job.actor_id)


def _report(job: ledger.Job) -> Report:
    return Report.objects.get(
        pk=UUID(str(job.arguments["report_id"])), job_id=job.job_id, state=booking.DURING[job.task]
    )


def _tell(job: ledger.Job, fraction: float) -> None:
    progress.tell(job.job_id, fraction, _("%(percent)s %% written") % {"percent": int(100 * fraction)})
