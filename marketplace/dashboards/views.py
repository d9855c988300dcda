"""Doors of the money side for payees (earnings, statements), and the site's status; staff have `staff_views`."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ledger import selectors as ledger
from ledger.services import checkpoints
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from production import selectors as production


# --------------------------------------------------------------------------------------------------- the site
@require_safe
@requires("shop.browse")
def status(request: HttpRequest) -> HttpResponse:
    """Whether everything runs, and how far the log is signed."""
    context = {
        "size": ledger.size(),
        "checkpoint": checkpoints.newest(),
        "origin": settings.LEDGER_ORIGIN,
        "stores": production.stores(),
    }
    return render(request, "dashboards/status.html", context)


@require_safe
@requires("element.upload")
def jobs(request: HttpRequest) -> HttpResponse:
    """One's own jobs, newest first."""
    found = ledger.jobs_of(signed_in(request).party_id, limit=100)
    names = production.upload_names(job.job_id for job in found)
    return render(request, "dashboards/jobs.html", {"jobs": [(job, names.get(job.job_id, "")) for job in found]})
