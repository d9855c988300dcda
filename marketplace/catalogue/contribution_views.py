"""Doors of measured contribution: who made what, contests of it, and how they end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.domain.events import UpstreamFigure
from ledger.services import contributions as record
from marketplace.accounts.models import User
from marketplace.accounts.permissions import may, requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.throttle import throttled
from marketplace.catalogue import contribution_pictures as pictures
from marketplace.catalogue import contributions, pages, selectors, services, splits
from production import selectors as production
from production.errors import ProductionError
from production.services import contributions as measuring


@require_safe
@requires("contribution.answer")
def contribution(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Who made what of an element, measured and explained; its makers, its parents' owners and staff see it."""
    user = signed_in(request)
    element, found = _seen(user, element_id)
    own = element.creator_id == user.party_id
    contests = ledger.contests_of(element_id)
    context = {
        "element": element,
        "own": own,
        "found": found,
        "job": _open_job(user.party_id, element_id) if own else None,
        "usable": selectors.usable_as_parent(user.party_id, child_id=element_id) if own else [],
        "chosen": _chosen(element_id, found),
        "contests": [_shown(one, user) for one in contests],
        "contested_by": contributions.contested_by(element_id),
        "may_contest": _may_contest(user, element, found, contests),
        "staff": _is_staff(user),
        "heard_until": contributions.heard_until(element_id),
        "roles": [(role, role.replace("_", " ")) for role in splits.ROLES],
        "on_sale": any(one.state == "published" for one in ledger.listings_of(element_id)),
        **(_figures(found) if found else {}),
    }
    return render(request, "catalogue/contribution.html", context)


def _figures(found: ledger.Contribution) -> dict[str, Any]:
    names = contributions.Names.of(found)
    people = contributions.contributor_figures(found, names)
    parents = contributions.parent_figures(found, names, first_hue=len(people) + 1)
    detail = production.contribution_detail(found.detail_hash)
    shown: dict[str, Any] = {
        "people": people,
        "parents": parents,
        "stale": contributions.is_stale(found),
        "rows": contributions.split_rows(found),
        "upstream_rows": contributions.upstream_rows(found, names),
    }
    if detail is None:
        return shown
    owners = pictures.owners_of(
        detail,
        names,
        parties=[UUID(one["party_id"]) for one in found.contributors],
        parent_ids=[UUID(one["element_id"]) for one in found.parents],
    )
    legend = {(one["name"], one["parent"]): one for one in owners}
    return {
        **shown,
        "legend": list(legend.values()),
        "spans": pictures.spans_of(detail, owners),
        "roll": pictures.roll_of(detail, owners),
    }


def _seen(user: User, element_id: UUID) -> tuple[production.ElementView, ledger.Contribution | None]:
    element = pages.element_or_none(element_id)
    if element is None:
        raise Http404
    found = ledger.contribution_of(element_id)
    named = ledger.parties_to_contribution(found) if found else {element.creator_id}
    if user.party_id not in named and not production.made_by(user.party_id, element_id) and not _is_staff(user):
        raise Http404
    return element, found


def _is_staff(user: User) -> bool:
    return may(user, "claim.decide")


def _open_job(party_id: UUID, element_id: UUID) -> ledger.Job | None:
    """The newest measurement asked for, unless it is done."""
    jobs = pages.jobs_of(party_id, measuring.TASK, 50)
    newest = next((job for job in jobs if job.arguments.get("element_id") == str(element_id)), None)
    return newest if newest and newest.state in ("requested", "failed") else None


def _chosen(element_id: UUID, found: ledger.Contribution | None) -> set[UUID]:
    recorded = {edge.parent_id for edge in ledger.parents_of(element_id)}
    return recorded | ({UUID(one["element_id"]) for one in found.parents} if found else set())


def _may_contest(
    user: User, element: production.ElementView, found: ledger.Contribution | None, contests: list[ledger.Contest]
) -> bool:
    if found is None or element.creator_id == user.party_id:
        return False
    mine = any(one.party_id == user.party_id and one.state == "open" for one in contests)
    return not mine and user.party_id in ledger.parties_to_contribution(found)


def _shown(one: ledger.Contest, user: User) -> dict[str, Any]:
    """A contest in words."""
    people = [
        UUID(share["party_id"]) for share in [*(one.offered_contributors or ()), *(one.settled_contributors or ())]
    ]
    names = ledger.names_of([one.party_id, *people])
    words, reason = ledger.document(one.words_hash), ledger.document(one.reason_hash or "")
    return {
        "contest": one,
        "name": names[one.party_id],
        "mine": one.party_id == user.party_id,
        "words": (words or b"").decode(),
        "reason": (reason or b"").decode(),
        "offer": _bars(one.offered_contributors, names),
        "offered_parents": _upstream_rows(one.offered_parents),
        "settled": _bars(one.settled_contributors, names) if one.state != "withdrawn" else [],
    }


def _bars(shares: list[dict[str, Any]] | None, names: dict[UUID, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": names[UUID(one["party_id"])],
            "role": one["role"].replace("_", " "),
            "ppm": one["share_ppm"],
        }
        for one in shares or ()
    ]


def _upstream_rows(parents: list[dict[str, Any]] | None) -> list[tuple[str, int]]:
    titles = {str(one.id): one.title for one in production.elements(UUID(p["element_id"]) for p in parents or ())}
    return [(titles.get(one["element_id"], ""), one["upstream_ppm"]) for one in parents or ()]


@require_POST
@requires("element.publish")
@throttled("measure", per_hour=60)
def measure_contribution(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Ask for a measurement; whoever is named hears of it when it is done."""
    try:
        parent_ids = [UUID(text) for text in request.POST.getlist("parent")]
        measuring.propose(element_id=element_id, actor_id=signed_in(request).party_id, parent_ids=parent_ids)
    except ValueError as error:
        raise Http404 from error
    except (ProductionError, LedgerError) as error:
        messages.error(request, str(error))
    return redirect("contribution", element_id=element_id)


@require_POST
@requires("contribution.answer")
@throttled("contest", per_hour=30)
def contest_contribution(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Say that the figures are wrong; the element stays off sale until that is settled."""
    user = signed_in(request)
    _seen(user, element_id)
    try:
        record.contest(element_id=element_id, words=request.POST.get("words", ""), party_id=user.party_id)
    except LedgerError as error:
        messages.error(request, _sentence(error))
    else:
        subject = _("The figures of a piece of music are contested")
        contributions.tell_named(element_id, but=user.party_id, subject=subject, template="contribution_contested")
        messages.success(request, _("Contested. It stays off sale until you agree with its maker, or staff decide."))
    return redirect("contribution", element_id=element_id)


@require_POST
@requires("contribution.answer")
@throttled("contest", per_hour=30)
def answer_contest(request: HttpRequest, contest_id: UUID) -> HttpResponse:
    """Offer other figures, take the offer, take the contest back, or decide it."""
    user = signed_in(request)
    found = ledger.contest(contest_id)
    if found is None:
        raise Http404
    _seen(user, found.element_id)
    try:
        told = _ANSWERS[request.POST.get("answer", "")](request, contest_id, user)
    except KeyError as error:
        raise Http404 from error
    except splits.SplitFormError as error:
        messages.error(request, str(error))
    except (LedgerError, ValueError) as error:
        messages.error(request, _sentence(error))
    else:
        messages.success(request, told)
        with transaction.atomic():
            services.go_on_sale_if_ready(element_id=found.element_id, actor_id=user.party_id)
        contributions.tell_named(found.element_id, but=user.party_id, subject=told, template="contribution_answered")
    return redirect("contribution", element_id=found.element_id)


def _offer(request: HttpRequest, contest_id: UUID, user: User) -> str:
    shares = splits.shares_of(splits.rows_of(request.POST), actor_id=user.party_id)
    record.offer(contest_id=contest_id, parents=_upstream(request), contributors=shares, actor_id=user.party_id)
    return _("Other figures were offered.")


def _accept(request: HttpRequest, contest_id: UUID, user: User) -> str:
    record.accept(contest_id=contest_id, party_id=user.party_id)
    return _("Agreed: the figures that were offered hold.")


def _withdraw(request: HttpRequest, contest_id: UUID, user: User) -> str:
    record.withdraw(contest_id=contest_id, party_id=user.party_id)
    return _("The contest was taken back.")


def _decide(request: HttpRequest, contest_id: UUID, user: User) -> str:
    if not _is_staff(user):
        raise Http404
    rows = splits.rows_of(request.POST)
    record.decide(
        contest_id=contest_id,
        reason=request.POST.get("reason", ""),
        actor_id=user.party_id,
        parents=_upstream(request),
        contributors=splits.shares_of(rows, actor_id=user.party_id) if rows else None,
    )
    return _("Decided: the figures hold from here on.")


_ANSWERS = {"offer": _offer, "accept": _accept, "withdraw": _withdraw, "decide": _decide}


def _upstream(request: HttpRequest) -> list[UpstreamFigure]:
    pairs = zip(request.POST.getlist("parent"), request.POST.getlist("upstream"), strict=False)
    return [UpstreamFigure(element_id=UUID(parent), upstream_ppm=splits.ppm_of(text)) for parent, text in pairs]


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:].rstrip(".") + "."


@require_safe
@requires("claim.decide")
def contest_list(request: HttpRequest) -> HttpResponse:
    """Open contests, oldest first, for staff."""
    found = ledger.open_contests()
    titles = {one.id: one.title for one in production.elements(one.element_id for one in found)}
    names = ledger.names_of(one.party_id for one in found)
    listed = [(one, titles.get(one.element_id, ""), names[one.party_id]) for one in found]
    return render(request, "catalogue/contests.html", {"contests": listed})
