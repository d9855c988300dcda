"""Doors of creating: see what the engine can make, ask, hear proposals as they come, steer, keep one."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
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
from marketplace.catalogue.originality import is_copied
from marketplace.create import listing, showing
from marketplace.create.forms import changed_setting, element_in, form_of, sent, whole
from production import selectors as production
from production.errors import ProductionError, UnknownJobError, UnknownProcessError
from production.services import generation
from production.services.asking import SEED_MAX, Asked

RUNS_SHOWN_MAX = 8


@require_safe
@requires("element.generate")
def start(request: HttpRequest) -> HttpResponse:
    """Everything that the engine can make, and what was asked for lately."""
    runs = showing.runs_of(signed_in(request).party_id)[:RUNS_SHOWN_MAX]
    return render(request, "create/start.html", {"capabilities": production.capabilities(), "runs": runs})


@require_safe
@requires("element.generate")
def recommend(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """What can be made of one element."""
    user = signed_in(request)
    element = pages.element_or_none(element_id)
    if element is None or not pages.may_see(user, element_id):
        raise Http404
    runs = showing.runs_of(user.party_id, element_id=element_id)[:RUNS_SHOWN_MAX]
    context = {"element": element, "capabilities": production.capabilities_for(element.kind), "runs": runs}
    return render(request, "create/start.html", context)


@require_http_methods(["GET", "POST"])
@requires("element.generate")
@throttled("generate", per_hour=240)
def ask(request: HttpRequest, name: str) -> HttpResponse:
    """One capability: where to start from, how to steer it; posting asks for proposals."""
    capability, party_id = _capability(name), signed_in(request).party_id
    asked, element_id = Asked(capability=name, given=request.GET.get("given", "")), element_in(request.GET.dict())
    status = 200
    if request.method == "POST":
        try:
            asked, element_id = sent(capability, request.POST)
            job_id = generation.recommend(
                asked, actor_id=party_id, element_id=element_id, token=request.POST.get("token", "")[:100]
            )
        except ProductionError as error:
            messages.error(request, str(error))
            status = 422
        else:
            return redirect("recommendation", job_id=job_id)
    context = {
        "capability": capability,
        "form": form_of(capability, asked, element_id=element_id, party_id=party_id),
        "token": str(uuid4()),
    }
    return render(request, "create/ask.html", context, status=status)


@require_safe
@requires("element.generate")
def recommendation(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The proposals of one request, as far as they are there, and what they can be steered by."""
    party_id = signed_in(request).party_id
    job, arguments = _job(job_id, party_id)
    page_id = showing.page_of(arguments)
    if page_id is not None:
        return redirect("recommendation", job_id=page_id)
    asked = Asked.from_arguments(arguments)
    capability = _capability(asked.capability)
    element_id = element_in({"element": str(arguments.get("element_id") or "")})
    element = pages.element_or_none(element_id) if element_id else None
    party = showing.models_party(capability.model, keeper_id=party_id)
    context = {
        **_shown(job, arguments, party_id),
        "asked": asked,
        "capability": capability,
        "ranks": production.is_ranked(capability.name),
        "changes": showing.changes_under_way(job_id, party_id) if capability.is_of_sound else [],
        "element": element,
        "form": form_of(capability, asked, element_id=element_id, party_id=party_id),
        "keeps_ppm": showing.keeps_ppm(
            settings.GENERATION_UPSTREAM_PPM if element_id else 0, model_ppm=party.share_ppm if party else 0
        ),
        "models_party": party,
        "runs": [run for run in showing.runs_of(party_id, element_id=element_id) if run.job_id != job_id][
            :RUNS_SHOWN_MAX
        ],
        "token": str(uuid4()),
    }
    return render(request, "create/proposals.html", context)


@require_safe
@requires("element.generate")
def proposals(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Only the proposals, for a page that waits for the next."""
    party_id = signed_in(request).party_id
    job, arguments = _job(job_id, party_id)
    return render(request, _cards_template(arguments), _shown(job, arguments, party_id))


@require_POST
@requires("element.generate")
def keep(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Make a proposal an element of one's own, its input declared and paid by the published policy."""
    user = signed_in(request)
    title = request.POST.get("title", "").strip()[:120]
    if not title:
        messages.error(request, _("Give it a title."))
        return redirect("recommendation", job_id=job_id)
    try:
        variant = whole(request.POST.get("variant", ""), "The proposal", 0)
        made = generation.keep(
            job_id=job_id, variant=variant, title=title, actor_id=user.party_id, with_setting="setting" in request.POST
        )
        services.refresh_entry(element_id=made.element_id)
        beside = production.setting_beside(made.element_id)
        if beside is not None:
            services.refresh_entry(element_id=beside)
    except (ProductionError, LedgerError) as error:
        messages.error(request, str(error))
        return redirect("recommendation", job_id=job_id)
    if ledger.parents_of(made.element_id):
        words = _("Kept. It is an element of yours now; the owners of what it is made from share in what it earns.")
    else:
        words = _("Kept. It is an element of yours now.")
    messages.success(request, words)
    if is_copied(made.element_id):
        messages.warning(
            request, _("It holds something that was heard before: before it can be sold, that must be declared.")
        )
    return redirect("element", element_id=made.element_id)


@require_POST
@requires("element.generate")
def discard(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Forget a proposal."""
    try:
        variant = whole(request.POST.get("variant", ""), "The proposal", 0)
        generation.discard(job_id=job_id, variant=variant, actor_id=signed_in(request).party_id)
    except ProductionError as error:
        messages.error(request, str(error))
    return redirect("recommendation", job_id=job_id)


@require_POST
@requires("element.generate")
@throttled("generate", per_hour=240)
def change(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Hear a proposal of sound with the setting that a person made of it."""
    party_id, post = signed_in(request).party_id, request.POST
    _job(job_id, party_id)
    try:
        variant = whole(post.get("variant", ""), "The proposal", 0)
        setting = changed_setting(post, _setting_of(job_id, variant, party_id))
        token = post.get("token", "")[:100]
        generation.change(job_id=job_id, variant=variant, setting=setting, actor_id=party_id, token=token)
    except ProductionError as error:
        messages.error(request, str(error))
    return redirect("recommendation", job_id=job_id)


@require_POST
@requires("element.generate")
@throttled("generate", per_hour=240)
def reopen(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Hear a kept setting again with its recordings, to change it."""
    user = signed_in(request)
    if not pages.may_see(user, element_id):
        raise Http404
    try:
        job_id = generation.reopen(element_id=element_id, actor_id=user.party_id)
    except ProductionError as error:
        messages.error(request, str(error))
        return redirect("element", element_id=element_id)
    return redirect("recommendation", job_id=job_id)


@require_safe
@requires("element.generate")
def sound(request: HttpRequest, job_id: UUID, variant: int, part: str) -> HttpResponse:
    """Where a proposal is heard: a link of a few minutes, asked for when somebody listens."""
    try:
        address = production.proposal_sound_url(
            job_id=job_id, variant=variant, part=part, party_id=signed_in(request).party_id
        )
    except ProductionError as error:
        raise Http404 from error
    answer = redirect(address)
    answer["Cache-Control"] = "no-store"
    return answer


def _setting_of(job_id: UUID, variant: int, party_id: UUID) -> dict[str, Any]:
    found = [one for one in production.proposals(job_id, party_id) if (one.job_id, one.variant) == (job_id, variant)]
    return dict(found[0].setting) if found else {}


def _capability(name: str) -> production.CapabilityView:
    try:
        return production.capability(name)
    except UnknownProcessError as error:
        raise Http404 from error


def _job(job_id: UUID, party_id: UUID) -> tuple[production.JobProgress, dict[str, Any]]:
    """One of the party's requests for recommendations, and its arguments."""
    try:
        job = production.job_progress(job_id, party_id)
    except UnknownJobError as error:
        raise Http404 from error
    asked = ledger.job(job_id)
    if asked is None or asked.task not in generation.TASKS:
        raise Http404
    return job, dict(asked.arguments)


def _shown(job: production.JobProgress, arguments: dict[str, Any], party_id: UUID) -> dict[str, Any]:
    """The cards of a job; more of the same kind come with the next seed."""
    found = production.proposals(job.id, party_id)
    next_seed = (Asked.from_arguments(arguments).seed + 1) % SEED_MAX
    shown: dict[str, Any] = {"job": job, "cards": found, "next_seed": next_seed}
    shown["cards_template"] = _cards_template(arguments)
    if _is_of_sound(arguments):
        return shown | {"sounds": [showing.sound_card(one) for one in found]}
    return shown | {"list": listing.of_job(job, found, party_id)}


def _cards_template(arguments: dict[str, Any]) -> str:
    return "create/sound_cards.html" if _is_of_sound(arguments) else "create/cards.html"


def _is_of_sound(arguments: dict[str, Any]) -> bool:
    return "inputs" in arguments
