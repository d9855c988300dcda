"""Doors of the workbench: pick a process, set it, audition it, apply it, compare versions and put one back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.throttle import throttled
from marketplace.catalogue import pages, services
from marketplace.workbench.fields import fields_of, sent
from production import selectors as production
from production.errors import ProductionError, UnknownElementError, UnknownProcessError
from production.services import chains, drafts, processing

TASK = "production.process_element"
KEEPING = "production.keep_notes"
RUNS_SHOWN_MAX = 10


@require_safe
@requires("element.process")
def bench(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Everything that can be done to an element, what is under way, and every version with how it came to be."""
    found = _bench(request, element_id)
    if isinstance(found, HttpResponse):
        return found
    party_id = signed_in(request).party_id
    services.ensure_entry(element_id=element_id)
    jobs = [one for one in pages.jobs_of(party_id, TASK, 100) if one.arguments.get("element_id") == str(element_id)]
    context = {
        "bench": found,
        "jobs": [(one, _title_of(one)) for one in jobs[:RUNS_SHOWN_MAX]],
        "drafts": production.drafts_of(element_id, party_id),
        "token": str(uuid4()),
    }
    return render(request, "workbench/bench.html", context)


@require_http_methods(["GET", "POST"])
@requires("element.process")
@throttled("process", per_hour=240)
def process(request: HttpRequest, element_id: UUID, name: str) -> HttpResponse:
    """One process: set it, audition it on a section, apply it to the whole."""
    found = _bench(request, element_id)
    if isinstance(found, HttpResponse):
        return found
    chosen = next((one for group in found.groups.values() for one in group if one.name == name), None)
    if chosen is None:
        raise Http404
    party_id = signed_in(request).party_id
    values: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        values = sent(chosen, request.POST.dict())
        try:
            processing.request(
                element_id=element_id,
                process=name,
                parameters=values,
                actor_id=party_id,
                token=request.POST.get("token", "")[:100],
            )
        except ProductionError as error:
            messages.error(request, str(error))
            status = 422
        else:
            return redirect("workbench", element_id=element_id)
    context = {
        "bench": found,
        "process": chosen,
        "fields": fields_of(chosen, values, party_id=party_id),
        "token": str(uuid4()),
        "section_seconds_max": production.AUDITION_SECONDS_MAX,
        **_control(chosen, found, party_id),
    }
    return render(request, "workbench/process.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires("element.process")
@throttled("process", per_hour=240)
def draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Notes under review; posting keeps them as MIDI."""
    party_id = signed_in(request).party_id
    try:
        found = production.draft(draft_id, party_id)
    except ProductionError as error:
        raise Http404 from error
    if request.method == "POST":
        try:
            drafts.keep(
                draft_id=draft_id,
                owner_id=party_id,
                title=request.POST.get("title", ""),
                is_quantised="quantised" in request.POST,
            )
        except ProductionError as error:
            messages.error(request, str(error))
        return redirect("workbench_draft", draft_id=draft_id)
    kept = [one for one in pages.jobs_of(party_id, KEEPING, 50) if one.arguments.get("draft_id") == str(draft_id)]
    return render(request, "workbench/draft.html", {"draft": found, "job": kept[0] if kept else None})


@require_POST
@requires("element.process")
@throttled("process", per_hour=240)
def keep_chain(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Keep the chain that was set here as a mix setting of one's own."""
    found = _bench(request, element_id)
    if isinstance(found, HttpResponse):
        return found
    try:
        made = chains.keep(
            actor_id=signed_in(request).party_id,
            title=request.POST.get("title", ""),
            plugins=request.POST.get("plugins", ""),
        )
    except ProductionError as error:
        messages.error(request, str(error))
        return redirect("workbench_process", element_id=element_id, name="effects")
    services.refresh_entry(element_id=made.element_id)
    messages.success(request, _("Kept. The mix setting is an element of yours now."))
    return redirect("element", element_id=made.element_id)


@require_safe
@requires("element.process")
def compare(request: HttpRequest, element_id: UUID, number: int) -> HttpResponse:
    """An earlier version against the newest one, at equal loudness."""
    found = _bench(request, element_id)
    if isinstance(found, HttpResponse):
        return found
    earlier = next((one for one in found.versions if one.version.number == number), None)
    if earlier is None or not earlier.may_hear or found.kind not in ("wave", "sound"):
        raise Http404
    context = {
        "bench": found,
        "earlier": earlier,
        "token": str(uuid4()),
        "section_seconds_max": production.AUDITION_SECONDS_MAX,
    }
    return render(request, "workbench/compare.html", context)


@require_POST
@requires("element.process")
@throttled("process", per_hour=240)
def restore(request: HttpRequest, element_id: UUID, number: int) -> HttpResponse:
    """Put an earlier version's content back in place, as the next version."""
    try:
        processing.restore(
            element_id=element_id,
            number=number,
            actor_id=signed_in(request).party_id,
            token=request.POST.get("token", "")[:100],
        )
    except (UnknownElementError, UnknownProcessError) as error:
        raise Http404 from error
    except ProductionError as error:
        messages.error(request, str(error))
    return redirect("workbench", element_id=element_id)


def _bench(request: HttpRequest, element_id: UUID) -> production.Bench | HttpResponse:
    """The bench, or a page that says which licence is missing; for who may not see the element there is none."""
    user = signed_in(request)
    try:
        return production.bench(element_id, user.party_id)
    except UnknownElementError as error:
        raise Http404 from error
    except ProductionError as error:
        if not pages.may_see(user, element_id):
            raise Http404 from error
        element = pages.element_or_none(element_id)
        context = {"element": element, "words": str(error)}
        return render(request, "workbench/closed.html", context, status=403)


def _control(process: Any, found: production.Bench, party_id: UUID) -> dict[str, Any]:
    """What the process's own control needs: the notes to move, or mix settings to load."""
    if process.control == "pitch":
        return {"draft": production.line_draft(found.version.id, party_id)}
    if process.control == "notes":
        return {"notes_max": production.NOTES_MAX}
    if process.control == "chain":
        return {
            "settings": production.usable_settings(party_id),
            "impulses": production.usable_impulses(party_id),
        }
    if process.control == "map":
        return {"places": production.timbre_map()}
    return {}


def _title_of(job: Any) -> str:
    return production.process_title(str(job.arguments.get("process", ""))) or _("Process")
