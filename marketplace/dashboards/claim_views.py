"""Doors of claims: both sides read and say the same page's worth, staff decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.services import claims, clock
from marketplace.accounts.permissions import may, requires
from marketplace.accounts.selectors import signed_in
from marketplace.catalogue import selectors as catalogue
from marketplace.dashboards import keeping_back
from production import selectors as production

DECIDED_MAX = 50


@require_safe
@requires("claim.decide")
def claim_list(request: HttpRequest) -> HttpResponse:
    """Claims: those that can be decided first, then those that wait for a side, then what was decided."""
    found = ledger.claims(decided=False)
    listed = sorted((_listed(one) for one in found), key=lambda one: (not one["ready"], one["due"]))
    decided = [_listed(one) for one in ledger.claims(decided=True)[:DECIDED_MAX]]
    context = {
        "ready": [one for one in listed if one["ready"]],
        "waiting": [one for one in listed if not one["ready"]],
        "decided": decided,
    }
    return render(request, "dashboards/claims.html", context)


@require_safe
@requires("claim.answer")
def my_claims(request: HttpRequest) -> HttpResponse:
    """Claims on elements that one made, or that resemble one's own; and what is held of one's money, and why."""
    party_id = signed_in(request).party_id
    listed = [_listed(one) | {"answered": _answered(one, party_id)} for one in ledger.claims_of(party_id)]
    return render(request, "dashboards/my_claims.html", {"claims": listed, "holds": keeping_back.on(party_id)})


def _answered(claim: ledger.Claim, party_id: UUID) -> bool:
    return any(one.party_id == party_id for one in ledger.claim_statements(claim.claim_id))


def _listed(claim: ledger.Claim) -> dict[str, Any]:
    heard = {one.party_id for one in ledger.claim_statements(claim.claim_id)}
    sides = claims.sides(claim)
    names = ledger.names_of(sides)
    return {
        "claim": claim,
        "title": production.element(claim.element_id).title,
        "other": production.element(claim.resembles_id).title,
        "due": claims.answer_due_at(claim),
        "ready": claim.state == "open" and claims.may_be_decided(claim),
        "missing": sorted(names[party] for party in sides if party not in heard),
        "heard": len(heard & sides.keys()),
        "sides": len(sides),
    }


def _claim(request: HttpRequest, claim_id: UUID) -> ledger.Claim:
    """The claim, if the reader is staff or made one of the two elements."""
    found = ledger.claim(claim_id)
    user = signed_in(request)
    if found is None or not (may(user, "claim.decide") or user.party_id in claims.sides(found)):
        raise Http404
    return found


@require_safe
@requires("claim.answer")
def claim(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """One claim: the two side by side, what each side says, the decision."""
    found = _claim(request, claim_id)
    user = signed_in(request)
    sides = claims.sides(found)
    decided = ledger.event_at(found.decided_position) if found.decided_position is not None else None
    context = {
        "claim": found,
        "sides": [_side(found, found.element_id, _("the newer")), _side(found, found.resembles_id, _("the older"))],
        "due": claims.answer_due_at(found),
        "past_due": clock.now() >= claims.answer_due_at(found),
        "is_side": user.party_id in sides,
        "may_decide": may(user, "claim.decide") and user.party_id not in sides,
        "ready": found.state == "open" and claims.may_be_decided(found),
        "reason": (ledger.document(found.reason_hash) or b"").decode() if found.reason_hash else "",
        "decided": decided,
        "decided_by": ledger.names_of([decided.actor_id])[decided.actor_id] if decided else "",
        "opened": ledger.event_at(found.position),
    }
    return render(request, "dashboards/claim.html", context)


def _side(claim: ledger.Claim, element_id: UUID, age: str) -> dict[str, Any]:
    element = ledger.element(element_id)
    shown = production.element(element_id)
    maker = element.creator_id if element else None
    said = [one for one in ledger.claim_statements(claim.claim_id) if one.party_id == maker]
    return {
        "age": age,
        "element_id": element_id,
        "row": catalogue.rows_for([element_id]).get(element_id),
        "title": shown.title,
        "peaks_url": shown.version.peaks_url,
        "picture_url": shown.version.picture_url,
        "made_at": element.created_at if element else None,
        "name": ledger.names_of([maker])[maker] if maker else "",
        "statements": [
            {"said": one, "words": (ledger.document(one.statement_hash) or b"").decode(), "record": _record(one)}
            for one in said
        ],
    }


def _record(statement: ledger.ClaimStatement) -> ledger.Record | None:
    return ledger.event_at(statement.position)


@require_POST
@requires("claim.answer")
def state(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Say how one sees it."""
    found = _claim(request, claim_id)
    try:
        claims.state(claim_id=found.claim_id, party_id=signed_in(request).party_id, words=request.POST.get("words", ""))
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Written down. The other side and staff can read it."))
    return redirect("claim", claim_id=claim_id)


@require_POST
@requires("claim.decide")
def decide(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Uphold or dismiss, with a reason."""
    try:
        claims.decide(
            claim_id=claim_id,
            upheld=request.POST.get("decision") == "uphold",
            reason=request.POST.get("reason", ""),
            actor_id=signed_in(request).party_id,
        )
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("claim", claim_id=claim_id) if ledger.claim(claim_id) else redirect("claims")
    messages.success(request, _("Decided. Both sides are told, and the held share enters the next run."))
    return redirect("claim", claim_id=claim_id)
