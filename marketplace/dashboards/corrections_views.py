"""Doors of corrections: what if it had been different, calculate, post by a second person, undo. For staff."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.services.settlements import corrected, corrections, folder, late, periods, told
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.dashboards import correction_drafts as drafting
from marketplace.dashboards import correction_forms as forms
from marketplace.dashboards import corrections as shown
from marketplace.dashboards import corrections_late as late_shown
from marketplace.dashboards.correction_words import in_words


def _run(run_id: UUID) -> ledger.SettlementRun:
    run = ledger.run(run_id)
    if run is None or run.state not in ("released", "closed"):
        raise Http404
    return run


def _correction(correction_id: UUID) -> ledger.Correction:
    found = ledger.correction(correction_id)
    if found is None:
        raise Http404
    return found


def _back(run_id: UUID, changes_hash: str) -> HttpResponse:
    """To the draft with these changes."""
    query = f"?{urlencode({'changes': changes_hash})}" if changes_hash else ""
    return redirect(f"{reverse('correct', kwargs={'run_id': run_id})}{query}")


@require_safe
@requires("settlement.prepare")
def correct(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What if it had been different: the changes so far, what they would mean, and what else can be changed."""
    shown_now = drafting.page(_run(run_id), request.GET.get("changes", ""), request.GET)
    return render(request, "dashboards/correct.html", shown_now)


@require_POST
@requires("settlement.prepare")
def add_change(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One change more, or one less."""
    run = _run(run_id)
    changes_hash = request.POST.get("changes", "")
    try:
        changes = list(shown.draft(changes_hash))
        if request.POST.get("remove", "").isdecimal():
            del changes[int(request.POST["remove"])]
        else:
            changes += forms.changes_of(request)
        changes_hash = shown.keep(changes)
    except (LedgerError, IndexError) as error:
        if request.POST.get("change") not in drafting.FORMS:
            messages.error(request, str(error))
            return _back(run_id, changes_hash)
        context = drafting.page(run, changes_hash, request.POST, refused=str(error))
        return render(request, "dashboards/correct.html", context, status=422)
    return _back(run_id, changes_hash)


@require_POST
@requires("settlement.prepare")
def calculate_correction(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Write it down, for a second person."""
    _run(run_id)
    changes_hash = request.POST.get("changes", "")
    try:
        correction_id = corrections.calculate(
            run_id=run_id,
            changes=shown.draft(changes_hash),
            reason=request.POST.get("reason", ""),
            actor_id=signed_in(request).party_id,
            key=request.POST.get("key") or f"correction:{uuid4()}",
        )
    except LedgerError as error:
        messages.error(request, str(error))
        return _back(run_id, changes_hash)
    messages.success(request, _("Calculated. A second person can post it now."))
    return redirect("correction", correction_id=correction_id)


@require_safe
@requires("settlement.read")
def correction(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """One correction: who, why, what changed, and both versions side by side."""
    found = _correction(correction_id)
    run = _run(found.run_id)
    computed = corrected.again(found)
    record = ledger.event_at(found.changed_position)
    posted = {(str(one.party_id), one.currency): one.amount_micro for one in ledger.adjustments_by(correction_id)}
    context = {
        "correction": found,
        "run": run,
        "period": periods.parse(run.period),
        "steps": shown.steps(found),
        "reason": shown.reason(found),
        "changes": in_words(computed.changes, folder.load(found.base_inputs_hash)),
        "found": shown.comparison(corrected.as_posted(computed, posted) if found.state == "posted" else computed),
        "record": record,
        "may_post": signed_in(request).party_id != found.prepared_by,
        "blocked": corrections.blocked(computed) if found.state == "calculated" else "",
        "newest": corrected.as_corrected(run)[0] == found.inputs_hash,
        "versions": shown.VERSIONS,
        "met": told.met_of_run(run.run_id) if found.state == "posted" else (),
        "late": late_shown.of_run(run) if found.state == "posted" else (),
    }
    return render(request, "dashboards/correction.html", context)


def _step(request: HttpRequest, correction_id: UUID, verb: Callable[..., object], words: str) -> HttpResponse:
    try:
        verb(correction_id=correction_id, actor_id=signed_in(request).party_id)
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect("correction", correction_id=correction_id)


@require_POST
@requires("settlement.release")
def post_correction(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """Let the differences count, as the second person."""
    return _step(request, correction_id, corrections.post, _("Posted. The next statements open with it."))


@require_POST
@requires("settlement.prepare")
def discard_correction(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """Set it aside."""
    return _step(request, correction_id, corrections.discard, _("Discarded. Nothing moved."))


@require_POST
@requires("settlement.prepare")
def undo_correction(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """A new correction, back to what it was before; a second person posts it, too."""
    try:
        undone = corrections.undo(
            correction_id=correction_id,
            reason=request.POST.get("reason", ""),
            actor_id=signed_in(request).party_id,
            key=f"correction.undone:{correction_id}:{uuid4()}",
        )
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("correction", correction_id=correction_id)
    messages.success(request, _("Calculated: back to what it was. A second person can post it now."))
    return redirect("correction", correction_id=undone)


@require_safe
@requires("settlement.read")
def correction_version(request: HttpRequest, correction_id: UUID, version: str) -> HttpResponse:
    """One version as a folder: inputs and results, bound by hash to the correction."""
    found = _correction(correction_id)
    if version not in shown.VERSIONS:
        raise Http404
    response = HttpResponse(shown.archive(found, version), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="correction-{correction_id}-{version}.zip"'
    return response


@require_POST
@requires("settlement.prepare")
def say_arrived(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """This money from outside is the late revenue that was told, or it is not."""
    _correction(correction_id)
    try:
        late.say(
            line_id=UUID(request.POST.get("line", "")),
            told_id=request.POST.get("told", ""),
            actor_id=signed_in(request).party_id,
        )
    except (ValueError, LedgerError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Kept. The run that takes this money counts by it."))
    return redirect(f"{reverse('correction', kwargs={'correction_id': correction_id})}#late")
