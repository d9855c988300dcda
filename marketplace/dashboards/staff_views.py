"""Doors of the settlement console: dry run, review, approval, release, holds, reconciliation. For staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.services import clock
from ledger.services.settlements import folder, payouts, periods, reviews, runs
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.dashboards import blast, dry_runs, keeping_back, reconciling, settlements, tables


@require_safe
@requires("settlement.read")
def settlement_list(request: HttpRequest) -> HttpResponse:
    """Every run, the periods that can be settled, what waits for whom, what is held."""
    found = [(run, periods.parse(run.period)) for run in ledger.runs()]
    context = {
        "runs": found,
        "open": [run for run, _period in found if run.state in runs.OPEN_STATES],
        "choices": runs.choices(),
        "now": periods.until(clock.now()),
        "holds": keeping_back.standing(),
        "claims": len(ledger.open_claims()),
        "contests": len(ledger.open_contests()),
    }
    return render(request, "dashboards/settlements.html", context)


# ---------------------------------------------------------------------------------------------------- dry run
def _period(request: HttpRequest) -> periods.Period:
    return periods.parse((request.GET if request.method == "GET" else request.POST).get("period", ""))


@require_safe
@requires("settlement.prepare")
def dry_run(request: HttpRequest) -> HttpResponse:
    """A period computed, nothing written: is it right, what is unusual, what is left to do."""
    try:
        period = _period(request)
        found = dry_runs.at_once(period)
        if found is None:
            job_id = dry_runs.ask(period, actor_id=signed_in(request).party_id)
            return render(request, "dashboards/dry_run_waits.html", {"period": period, "job_id": job_id})
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("settlements")
    if request.GET.get("format") == "csv":
        return tables.as_csv(f"dry-run-{period.name}.csv", settlements.CSV_COLUMNS, found.rows)
    return render(request, "dashboards/dry_run.html", blast.context(found, request.GET))


@require_safe
@requires("settlement.prepare")
def dry_run_lines(request: HttpRequest) -> HttpResponse:
    """The revenue lines of a dry run, to leave one out or to hold its element."""
    try:
        context = keeping_back.lines_context(_period(request), request.GET)
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("settlements")
    return render(request, "dashboards/dry_run_lines.html", context)


@require_POST
@requires("settlement.prepare")
def calculate(request: HttpRequest) -> HttpResponse:
    """Write the run of a period."""
    try:
        run_id = runs.calculate(period=_period(request), actor_id=signed_in(request).party_id)
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("settlements")
    messages.success(request, _("Calculated. Review it, then approve it; somebody else releases."))
    return redirect("settlement", run_id=run_id)


@require_POST
@requires("settlement.prepare")
def hold(request: HttpRequest) -> HttpResponse:
    """Hold a payee or an element, leave a line or an order out, or take that back; then show what it moved."""
    period_name = request.POST.get("period", "")
    before = ""
    try:
        if period_name:
            # The draft as it is now, so that the page after shows what this click moved and nothing else; where that
            # would take long, the one that the page showed.
            now = dry_runs.at_once(periods.parse(period_name))
            before = now.version if now else request.POST.get("before", "")
        keeping_back.act(request.POST, actor_id=signed_in(request).party_id)
    except (ValueError, LedgerError) as error:
        messages.error(request, str(error))
        before = ""
    if period_name:
        return redirect(f"{reverse('dry_run')}?{urlencode({'period': period_name, 'before': before})}")
    back = request.POST.get("back", "")
    return redirect(back if back.startswith("/settlements/") and "\\" not in back else "/settlements/")


# --------------------------------------------------------------------------------------------------- one run
def _run(run_id: UUID) -> ledger.SettlementRun:
    run = ledger.run(run_id)
    if run is None:
        raise Http404
    return run


@require_safe
@requires("settlement.read")
def settlement(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One run: its steps, its payees, its folder."""
    run = _run(run_id)
    rows = settlements.run_rows(run)
    if request.GET.get("format") == "csv":
        return tables.as_csv(f"run-{run.period}.csv", settlements.CSV_COLUMNS, rows)
    user = signed_in(request)
    found = reviews.of_run(run_id) if run.state == "calculated" else settlements.kept_findings(run)
    context: dict[str, Any] = {
        "run": run,
        "period": periods.parse(run.period),
        "rows": rows,
        "totals": settlements.totals_of(rows, only_owed=run.state in ("released", "closed")),
        "steps": settlements.steps(run),
        "events": settlements.events_of(run),
        "groups": blast.groups(found),
        "may_release": user.party_id not in (run.prepared_by, run.reviewed_by, run.approved_by),
        "owed": [row for row in rows if row.payout_state in payouts.PAYABLE_AGAIN],
        "files": [*folder.load(run.inputs_hash), *_prefixed(folder.load(run.outputs_hash))],
        **blast.table_context(rows, request.GET),
    }
    return render(request, "dashboards/settlement.html", context)


@require_POST
@requires("settlement.prepare")
def review(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Acknowledge what is unusual about a run."""

    def verb(*, run_id: UUID, actor_id: UUID) -> None:
        reviews.review(run_id=run_id, acknowledged=request.POST.getlist("seen"), actor_id=actor_id)

    return _step(request, run_id, verb, _("Reviewed. It can be approved now."))


@require_POST
@requires("settlement.prepare")
def approve(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Stand by a run's figures."""
    return _step(request, run_id, runs.approve, _("Approved. A second person can release it now."))


@require_POST
@requires("settlement.release")
def release(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Let the money go, as the second person."""
    return _step(request, run_id, runs.release, _("Released. Transfers are going out."))


def _step(request: HttpRequest, run_id: UUID, verb: Callable[..., None], words: str) -> HttpResponse:
    try:
        verb(run_id=run_id, actor_id=signed_in(request).party_id)
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect("settlement", run_id=run_id)


@require_POST
@requires("settlement.prepare")
def discard(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Set a run aside before its release."""
    try:
        runs.discard(run_id=run_id, actor_id=signed_in(request).party_id, reason="staff")
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("settlement", run_id=run_id)
    messages.success(request, _("Discarded. The period can be calculated again."))
    return redirect("settlements")


@require_POST
@requires("settlement.release")
def retry(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Try every payout of a run again that is still owed."""
    count = payouts.retry_owed(run_id=run_id)
    words = ngettext("%(count)s payout is tried again.", "%(count)s payouts are tried again.", count)
    messages.success(request, words % {"count": count})
    return redirect("settlement", run_id=run_id)


@require_safe
@requires("settlement.read")
def reconciliation(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Our payouts beside the processor's transfers and balance transactions; every difference is an exception."""
    run = _run(run_id)
    if run.state not in ("released", "closed"):
        messages.error(request, _("There is something to reconcile once the run is released."))
        return redirect("settlement", run_id=run_id)
    context = {"run": run, "period": periods.parse(run.period)}
    found = reconciling.at_once(run, anew="anew" in request.GET)
    if found is None:
        job_id = reconciling.ask(run, actor_id=signed_in(request).party_id)
        return render(request, "dashboards/reconciliation_waits.html", context | {"job_id": job_id})
    context["found"] = found
    return render(request, "dashboards/reconciliation.html", context)


@require_safe
@requires("settlement.read")
def run_file(request: HttpRequest, run_id: UUID, name: str) -> HttpResponse:
    """One file of a run's folder or results: with all of them anyone can settle the run again."""
    run = _run(run_id)
    data = {**folder.load(run.inputs_hash), **_prefixed(folder.load(run.outputs_hash))}.get(name)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _prefixed(files: dict[str, bytes]) -> dict[str, bytes]:
    """Results beside inputs: both have an advances.csv."""
    return {f"out-{name}": data for name, data in files.items()}
