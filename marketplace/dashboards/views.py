"""Doors of the money side: earnings and statements for payees, the settlement console for staff, the site's status."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.services import checkpoints, claims, clock
from ledger.services.settlements import folder, payouts, periods, runs
from marketplace.accounts.permissions import may, requires
from marketplace.accounts.selectors import payee, signed_in
from marketplace.dashboards import earnings as earned
from marketplace.dashboards import settlements
from production import selectors as production


# ----------------------------------------------------------------------------------------------------- payees
@require_safe
@requires("earnings.read")
def earnings(request: HttpRequest) -> HttpResponse:
    """What one earned, over time, and when it reaches one."""
    user = signed_in(request)
    months = earned.months(user.party_id)
    context = {
        "standings": earned.standings(user.party_id),
        "months": months,
        "currencies": sorted({currency for month in months for currency in month.royalty_minor}),
        "statements": ledger.statements_of(user.party_id),
        "payee": payee(user),
        "window_days": settings.REFUND_WINDOW_DAYS,
    }
    return render(request, "dashboards/earnings.html", context)


def _visible_statement(request: HttpRequest, statement_id: UUID) -> ledger.Statement:
    found = ledger.statement(statement_id)
    user = signed_in(request)
    if found is None or not (found.party_id == user.party_id or may(user, "settlement.read")):
        raise Http404
    return found


@require_safe
@requires("earnings.read")
def statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """One statement: the figures, and every line with its sale, licence and derivation path."""
    found = _visible_statement(request, statement_id)
    run = ledger.run(found.run_id)
    record = ledger.event_at(found.position)
    assert run is not None, found
    payout = next((one for one in ledger.payouts_of_run(run.run_id) if one.statement_id == statement_id), None)
    context = {
        "statement": found,
        "name": ledger.names_of([found.party_id])[found.party_id],
        "run": run,
        "period": periods.parse(run.period),
        "lines": earned.lines(found),
        "why_not": earned.why_not_paid(found),
        "payout": payout,
        "payout_record": ledger.event_at(payout.changed_position) if payout else None,
        "record": record,
    }
    return render(request, "dashboards/statement.html", context)


@require_safe
@requires("earnings.read")
def statement_csv(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """The statement as a CSV file."""
    found = _visible_statement(request, statement_id)
    response = HttpResponse(earned.statement_csv(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statement-{statement_id}.csv"'
    return response


# ------------------------------------------------------------------------------------------------------ staff
@require_safe
@requires("settlement.read")
def settlement_list(request: HttpRequest) -> HttpResponse:
    """Every run, the periods that can be settled, and what waits for whom."""
    found = [(run, periods.parse(run.period)) for run in ledger.runs()]
    context = {
        "runs": found,
        "open": [run for run, _period in found if run.state in runs.OPEN_STATES],
        "choices": runs.choices(),
        "now": periods.until(clock.now()),
    }
    return render(request, "dashboards/settlements.html", context)


@require_safe
@requires("settlement.prepare")
def dry_run(request: HttpRequest) -> HttpResponse:
    """A period computed, nothing written: who gets what, who cannot be paid and why."""
    try:
        found = settlements.dry_run(request.GET.get("period", ""))
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("settlements")
    return render(request, "dashboards/dry_run.html", {"run": found})


@require_POST
@requires("settlement.prepare")
def calculate(request: HttpRequest) -> HttpResponse:
    """Write the run of a period."""
    try:
        period = periods.parse(request.POST.get("period", ""))
        run_id = runs.calculate(period=period, actor_id=signed_in(request).party_id)
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("settlements")
    messages.success(request, _("Calculated. Review it, then approve it; somebody else releases."))
    return redirect("settlement", run_id=run_id)


@require_safe
@requires("settlement.read")
def settlement(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One run: its steps, its payees, its folder."""
    run = ledger.run(run_id)
    if run is None:
        raise Http404
    rows = settlements.run_rows(run)
    user = signed_in(request)
    context = {
        "run": run,
        "period": periods.parse(run.period),
        "rows": rows,
        "totals": settlements.totals_of(rows),
        "steps": settlements.steps(run),
        "events": settlements.events_of(run),
        "may_release": user.party_id not in (run.prepared_by, run.approved_by),
        "owed": [row for row in rows if row.payout_state in payouts.OWED],
        "files": [*folder.load(run.inputs_hash), *_prefixed(folder.load(run.outputs_hash))],
    }
    return render(request, "dashboards/settlement.html", context)


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
    messages.success(request, _("%(count)s payouts are tried again.") % {"count": count})
    return redirect("settlement", run_id=run_id)


@require_safe
@requires("settlement.read")
def run_file(request: HttpRequest, run_id: UUID, name: str) -> HttpResponse:
    """One file of a run's folder or results: with all of them anyone can settle the run again."""
    run = ledger.run(run_id)
    if run is None:
        raise Http404
    data = {**folder.load(run.inputs_hash), **_prefixed(folder.load(run.outputs_hash))}.get(name)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _prefixed(files: dict[str, bytes]) -> dict[str, bytes]:
    """Results beside inputs: both have an advances.csv."""
    return {f"out-{name}": data for name, data in files.items()}


@require_POST
@requires("settlement.prepare")
def hold(request: HttpRequest) -> HttpResponse:
    """Hold or let go a payee with a reason."""
    actor = signed_in(request).party_id
    back = request.POST.get("back", "")
    back = back if back.startswith("/settlements/") else "/settlements/"
    try:
        if request.POST.get("hold"):
            claims.lift_hold(hold_id=UUID(request.POST["hold"]), actor_id=actor)
        else:
            reason = request.POST.get("reason", "").strip() or "staff"
            claims.place_hold(
                party_id=UUID(request.POST.get("party", "")), currency=None, reason=reason[:500], actor_id=actor
            )
    except (ValueError, LedgerError) as error:
        messages.error(request, str(error))
    return redirect(back)


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
