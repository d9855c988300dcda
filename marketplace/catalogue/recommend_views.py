"""Doors of recommendations: ask for harmonies of a melody, hear and see the proposals, keep one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.throttle import throttled
from marketplace.catalogue import pages, services
from production import selectors as production
from production.errors import ProductionError, UnknownJobError
from production.services import generation


@require_http_methods(["GET", "POST"])
@requires("element.generate")
@throttled("generate", per_hour=60)
def recommend(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Harmonisations of a melody one owns or has a licence for: ask, wait, hear, see, keep."""
    user = signed_in(request)
    element = pages.element_or_none(element_id)
    if element is None or not pages.may_see(user, element_id):
        raise Http404
    if request.method == "POST":
        seed = request.POST.get("seed", "")
        try:
            job_id = generation.recommend_harmonisations(
                element_id=element_id,
                actor_id=user.party_id,
                seed=int(seed) if seed.isdigit() and len(seed) < 10 else 1,
                variants=3,
            )
        except ProductionError as error:
            messages.error(request, str(error))
            return redirect("element", element_id=element_id)
        return redirect("recommendation", job_id=job_id)
    asked = pages.jobs_of(user.party_id, "production.generate_harmony", 50)
    runs = [job for job in asked if job.arguments.get("element_id") == str(element_id)]
    return render(request, "catalogue/recommend.html", {"element": element, "runs": runs})


@require_safe
@requires("element.generate")
def recommendation(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The proposals of one request."""
    party_id = signed_in(request).party_id
    try:
        job = production.job_progress(job_id, party_id)
    except UnknownJobError as error:
        raise Http404 from error
    proposals = production.proposals(job_id, party_id)
    asked = ledger.job(job_id)
    element = pages.element_or_none(UUID(str(asked.arguments["element_id"]))) if asked else None
    context = {"job": job, "proposals": proposals, "element": element}
    return render(request, "catalogue/recommendation.html", context)


@require_POST
@requires("element.generate")
def keep_recommendation(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Make a proposal an element of one's own, its input declared and paid by the published policy."""
    user = signed_in(request)
    variant, title = request.POST.get("variant", ""), request.POST.get("title", "").strip()[:120]
    if not variant.isdigit() or not title:
        messages.error(request, _("Give it a title."))
        return redirect("recommendation", job_id=job_id)
    try:
        made = generation.keep_harmonisation(
            job_id=job_id, variant=int(variant[:3]), title=title, actor_id=user.party_id
        )
        services.refresh_entry(element_id=made.element_id)
    except (ProductionError, LedgerError) as error:
        messages.error(request, str(error))
        return redirect("recommendation", job_id=job_id)
    messages.success(request, _("Kept. It is an element of yours now; the melody’s owners share in what it earns."))
    return redirect("element", element_id=made.element_id)
