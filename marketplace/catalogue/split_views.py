"""Doors to splits: those that name one, one element's split with its change log, answers, and what waits in escrow."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.domain.ids import uuid7
from marketplace.accounts.models import User
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.throttle import throttled
from marketplace.catalogue import element_splits, selectors, services, splits


@require_safe
@requires("split.answer")
def split_list(request: HttpRequest) -> HttpResponse:
    """Splits that wait for one's answer, and those one has answered."""
    party_id = signed_in(request).party_id
    proposals = ledger.proposals_naming(party_id)
    rows = selectors.rows_for([proposal.element_id for proposal in proposals])
    people = ledger.parties(UUID(share["party_id"]) for proposal in proposals for share in proposal.shares)
    named = {str(party.party_id): party for party in people}
    listed = [
        {
            "proposal": proposal,
            "row": rows.get(proposal.element_id),
            "shares": [_split_bar(named[share["party_id"]], share, proposal) for share in proposal.shares],
            "waits_for_me": proposal.state == "open" and party_id in proposal.waiting_for,
            "missing": sorted(named[str(party)].display_name for party in proposal.waiting_for),
        }
        for proposal in proposals
    ]
    listed.sort(key=lambda one: not one["waits_for_me"])  # what waits for one's answer stands first
    return render(request, "catalogue/splits.html", {"proposals": listed, "party_id": party_id})


def _split_bar(party: ledger.Party, share: dict[str, Any], proposal: ledger.SplitProposal) -> dict[str, Any]:
    note = ""
    if not party.claimed:
        note = _("invited: waits in escrow")
    elif party.party_id in proposal.refused:
        note = _("refused")
    elif party.party_id in proposal.waiting_for:
        note = _("has not answered")
    return {
        "name": party.display_name,
        "role": share["role"].replace("_", " "),
        "ppm": share["share_ppm"],
        "note": note,
    }


@require_http_methods(["GET", "POST"])
@requires("split.answer")
@throttled("split", per_hour=300)
def element_split(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """The split in force, the open proposal, the change log; whoever has a part may propose another."""
    user = signed_in(request)
    if not element_splits.may_see(user, element_id):
        raise Http404
    problems: tuple[str, ...] = ()
    rows = splits.rows_in_force(element_id, party_id=user.party_id)
    if request.method == "POST":
        if not element_splits.may_propose(user, element_id):
            raise Http404
        rows = splits.rows_of(request.POST)
        try:
            shares = splits.shares_of(rows, actor_id=user.party_id)
            services.propose_split(element_id=element_id, shares=shares, actor_id=user.party_id, key=f"split:{uuid7()}")
        except splits.SplitFormError as error:
            problems = error.problems
        except LedgerError as error:
            problems = (str(error),)
        else:
            messages.success(request, _said(element_id))
            return redirect("element_splits", element_id=element_id)
    roles = [(role, role.replace("_", " ")) for role in splits.ROLES]
    context = {**element_splits.page(element_id, user), "rows": rows, "roles": roles, "problems": problems}
    return render(request, "catalogue/element_splits.html", context, status=422 if problems else 200)


def _said(element_id: UUID) -> str:
    proposal = ledger.open_proposal(element_id)
    if proposal is None:
        return _("In force from now on.")
    names = ", ".join(sorted(ledger.names_of(proposal.waiting_for).values()))
    return _("Proposed. It takes effect once it is accepted by: %(names)s.") % {"names": names}


@require_POST
@requires("split.answer")
def answer_split(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Accept or refuse."""
    party_id = signed_in(request).party_id
    accept = request.POST.get("answer") == "accept"
    try:
        services.answer_split(proposal_id=proposal_id, party_id=party_id, accept=accept)
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Accepted.") if accept else _("Refused. The split in force stays as it was."))
    return _back(request, proposal_id)


@require_POST
@requires("split.answer")
def withdraw_split(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Take back what one proposed."""
    try:
        services.withdraw_split(proposal_id=proposal_id, actor_id=signed_in(request).party_id)
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken back. The split in force stays as it was."))
    return _back(request, proposal_id)


def _back(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """To the page the form was on: the element's, or the list of all."""
    proposal = ledger.split_proposal(proposal_id)
    if proposal is None or "element" not in request.POST:
        return redirect("splits")
    return redirect("element_splits", element_id=proposal.element_id)


@require_safe
@requires("shop.browse")
def escrow(request: HttpRequest) -> HttpResponse:
    """The rule for money that waits for somebody invited; to whoever was, what waited and what went on."""
    user = request.user
    party_id = user.party_id if isinstance(user, User) else None
    context = {
        "months": settings.ESCROW_MONTHS,
        "months_least": settings.ESCROW_MONTHS_LEAST,
        "reminder_days": settings.ESCROW_REMINDER_DAYS,
        "notice_days": settings.ESCROW_NOTICE_DAYS,
        "expiries": ledger.escrow_expiries(party_id) if party_id else [],
        "released": ledger.escrow_claimed(party_id) if party_id else (),
    }
    return render(request, "catalogue/escrow.html", context)
