"""Doors for label staff: money of reports that nobody has recognised yet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger.domain.errors import LedgerError
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.catalogue import selectors as catalogue
from marketplace.reports import booking, late_money, matching, selectors
from marketplace.reports.errors import ReportError
from marketplace.reports.models import ReportGroup


@require_safe
@requires("report.import")
def waiting(request: HttpRequest) -> HttpResponse:
    """All money that nobody has recognised yet."""
    page = int(number) if (number := request.GET.get("page", "1")).isdigit() else 1
    found, rows = selectors.waiting(page=page)
    context = {"page": found, "rows": rows, "by_source": selectors.waiting_by_source()}
    return render(request, "reports/waiting.html", context)


@require_POST
@requires("report.import")
def match_waiting(request: HttpRequest) -> HttpResponse:
    """One thing that waits is recognised, or everything is looked at again."""
    actor, text = signed_in(request).party_id, request.POST.get("element", "")
    if "group" not in request.POST:
        count = booking.match_all_waiting(actor_id=actor)
        messages.success(request, _("Looked at everything again: %(count)s recognised.") % {"count": count})
        return redirect("reports_waiting")
    try:
        group_id = UUID(request.POST["group"])
    except ValueError:
        raise Http404 from None
    told_id = request.POST.get("told")
    try:
        element_id = matching.element_from(text)
        if told_id is None and (asked := _asked(group_id, element_id)):
            return render(request, "reports/late.html", {**asked, "element": element_id})
        booking.match_waiting(group_id=group_id, element_id=element_id, actor_id=actor, told_id=told_id)
    except (ReportError, LedgerError) as error:
        messages.error(request, str(error))
        return redirect("reports_waiting")
    messages.success(request, _("Recognised: its money is in the next settlement run."))
    return redirect("reports_waiting")


def _asked(group_id: UUID, element_id: UUID) -> dict[str, Any]:
    """What has to be asked before money that waits is given to an element; nothing as a rule."""
    group = ReportGroup.objects.select_related("report__source").filter(pk=group_id).first()
    found = late_money.of_element(element_id, group.report.currency) if group else ()
    if group is None or not found:
        return {}
    return {"group": group, "choices": found, "title": catalogue.rows_for([element_id])[element_id].title}
