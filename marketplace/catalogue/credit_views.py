"""Doors of credits: an element's, a person's, a search, the files, and their correction by whom they concern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.domain.events import Contribution
from ledger.services import roles
from marketplace.accounts.models import User
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.catalogue import credits, pages, selectors
from marketplace.catalogue.models import Entry
from marketplace.licensing import proofs

KINDS_SHOWN = ("element.", "role.", "take.")


def _entry(request: HttpRequest, element_id: UUID) -> Entry:
    entry = Entry.objects.filter(pk=element_id).first()
    if entry is None or (entry.first_listed_at is None and not pages.may_see(request.user, element_id)):
        raise Http404
    return entry


@require_safe
@requires("shop.browse")
def element_credits(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Everybody of an element: roles, share, numbers, the events behind them; for its people, how to correct it."""
    entry = _entry(request, element_id)
    user = request.user
    party_id = user.party_id if isinstance(user, User) else None
    is_of = party_id is not None and roles.is_of(party_id, element_id)
    proposals = ledger.role_proposals(element_id) if is_of else []
    records = [one for one in ledger.events_about(element_id, limit=200) if one.event.kind.startswith(KINDS_SHOWN)]
    (credited,) = credits.of_elements([element_id])
    context = {
        "entry": entry,
        "row": selectors.rows_for([element_id])[element_id],
        "credited": credited,
        "records": [(one, proofs.is_shown(user, one)) for one in records],
        "is_of": is_of,
        "proposals": [_in_words(one, party_id) for one in proposals],
        "open": any(one.state == "open" for one in proposals),
        "roles": list(credits.ROLES.items()),
        "people": _people(element_id) if is_of else [],
    }
    return render(request, "catalogue/credits.html", context)


def _people(element_id: UUID) -> list[tuple[UUID, str]]:
    """Everybody of the element, by name: credited, or with a share."""
    ids = {one.party_id for one in ledger.contributors(element_id)}
    ids |= {one.party_id for one in ledger.splits_in_force(element_id)}
    return sorted(ledger.names_of(ids).items(), key=lambda pair: (pair[1].casefold(), pair[0]))


def _in_words(proposal: ledger.RoleProposal, party_id: UUID | None) -> dict[str, Any]:
    ids = {one.party_id for one in (*proposal.added, *proposal.removed)} | {*proposal.needs, proposal.proposer_id}
    names = ledger.names_of(ids)
    return {
        "proposal_id": proposal.proposal_id,
        "state": proposal.state,
        "proposer": names[proposal.proposer_id],
        "added": [(names[one.party_id], credits.role_word(one.role)) for one in proposal.added],
        "removed": [(names[one.party_id], credits.role_word(one.role)) for one in proposal.removed],
        "answers": [(names[one], one in proposal.accepted) for one in proposal.needs],
        "may_answer": party_id in proposal.waiting_for,
        "may_take_back": proposal.state == "open" and party_id == proposal.proposer_id,
    }


@require_POST
@requires("credit.correct")
def propose(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Say that somebody did something else: `party`, and the `role`s that they had."""
    _entry(request, element_id)
    try:
        party_id = UUID(request.POST.get("party", ""))
    except ValueError as error:
        raise Http404 from error
    wanted = [role for role in request.POST.getlist("role") if role in credits.ROLES]
    added, removed = _difference(ledger.contributors(element_id), party_id, wanted)
    try:
        proposal_id = roles.propose(
            element_id=element_id, added=added, removed=removed, actor_id=signed_in(request).party_id
        )
    except LedgerError as error:
        messages.error(request, _("That was not proposed: %(words)s.") % {"words": error})
        return redirect("element_credits", element_id=element_id)
    made = ledger.role_proposal(proposal_id)
    waits = made is not None and made.state == "open"
    words = _("Proposed. It counts once those whom it concerns have agreed.") if waits else _("Corrected.")
    messages.success(request, words)
    return redirect("element_credits", element_id=element_id)


def _difference(
    standing: Sequence[Contribution], party_id: UUID, wanted: Sequence[str]
) -> tuple[list[Contribution], list[Contribution]]:
    """What is new and what goes, so that the party has these roles."""
    had = [one for one in standing if one.party_id == party_id]
    named = [Contribution(party_id=party_id, role=role) for role in wanted]  # type: ignore[arg-type]
    return [one for one in named if one not in had], [one for one in had if one not in named]


@require_POST
@requires("credit.correct")
def answer(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Yes or no to a correction."""
    proposal = ledger.role_proposal(proposal_id)
    if proposal is None:
        raise Http404
    party_id = signed_in(request).party_id
    try:
        if request.POST.get("answer") == "yes":
            done = roles.accept(proposal_id, party_id=party_id)
            messages.success(request, _("Corrected.") if done else _("You agreed. Others still have to."))
        else:
            roles.refuse(proposal_id, party_id=party_id)
            messages.success(request, _("The credits stay as they are."))
    except LedgerError as error:
        messages.error(request, _("That was not taken: %(words)s.") % {"words": error})
    return redirect("element_credits", element_id=proposal.element_id)


@require_safe
@requires("shop.browse")
def search(request: HttpRequest) -> HttpResponse:
    """Who is it, or who sings? People by name and role."""
    # PostgreSQL knows no character 0: an address that holds one asks for nobody's name.
    name = request.GET.get("q", "").replace("\0", "").strip()[:200]
    role = request.GET.get("role", "")
    role = role if role in credits.ROLES else ""
    found = credits.people(name=name, role=role)
    context = {
        "name": name,
        "role": role,
        "roles": list(credits.ROLES.items()),
        "people": [(one, credits.roles_with_words(one.roles)) for one in found],
    }
    return render(request, "catalogue/credit_search.html", context)


@require_safe
@requires("shop.browse")
def element_file(request: HttpRequest, element_id: UUID, form: str) -> HttpResponse:
    """An element's credits as a file."""
    _entry(request, element_id)
    return _file(credits.of_elements([element_id]), form, f"credits-{element_id}")


@require_safe
@requires("shop.browse")
def person_file(request: HttpRequest, party_id: UUID, form: str) -> HttpResponse:
    """A person's public credits as a file."""
    if ledger.party(party_id) is None or not selectors.is_public(party_id):
        raise Http404
    return _file(credits.of_person(party_id), form, f"credits-of-{party_id}")


def _file(credited: Sequence[credits.Credited], form: str, name: str) -> HttpResponse:
    if form not in ("json", "csv"):
        raise Http404
    body, media = (
        (credits.as_json(credited), "application/json")
        if form == "json"
        else (credits.as_csv(credited), "text/csv; charset=utf-8")
    )
    response = HttpResponse(body, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response
