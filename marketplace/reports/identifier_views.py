"""Doors to identifiers: ISRC and ISWC of an element, ISNI and IPI of oneself."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from ledger.domain.identifiers import ELEMENT_SCHEMES, pretty
from ledger.services import identifiers
from marketplace.accounts.permissions import may, requires
from marketplace.accounts.selectors import signed_in
from marketplace.catalogue import selectors as catalogue
from marketplace.reports import booking

METHODS = ("GET", "HEAD", "POST")


@require_http_methods(METHODS)
@requires("element.identify")
def of_element(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """By which identifiers an element is known; its maker and staff say so."""
    element, user = ledger.element(element_id), signed_in(request)
    if element is None:
        raise Http404
    if element.creator_id != user.party_id and not may(user, "report.import"):
        raise PermissionDenied(_("Only its maker and label staff say by which identifiers it is known."))
    if request.method == "POST":
        _change(request, element_id, user.party_id, is_staff=may(user, "report.import"))
        return redirect("identifiers", element_id=element_id)
    found = {one.scheme: one for one in ledger.identifiers_of(element_id)}
    rows = [(scheme, found.get(scheme), _pretty(found.get(scheme))) for scheme in ELEMENT_SCHEMES]
    row = catalogue.rows_for([element_id]).get(element_id)
    return render(request, "reports/identifiers.html", {"element_id": element_id, "row": row, "rows": rows})


def _pretty(one: ledger.ElementIdentifier | None) -> str:
    return pretty(one.scheme, one.value) if one else ""


def _change(request: HttpRequest, element_id: UUID, actor_id: UUID, *, is_staff: bool) -> None:
    scheme = next((one for one in ELEMENT_SCHEMES if one == request.POST.get("scheme")), None)
    if scheme is None:
        raise Http404
    names = {"element_id": element_id, "scheme": scheme, "actor_id": actor_id}
    try:
        if "withdraw" in request.POST:
            identifiers.withdraw(value=request.POST["withdraw"], **names)
            messages.success(request, _("It names this element no longer. What was booked by it stays."))
            return
        identifiers.identify(text=request.POST.get("value", ""), **names)
    except LedgerError as error:
        messages.error(request, str(error))
        return
    # A creator's word for an identifier is taken; whether money that waits is theirs by it, staff look at.
    count = booking.match_all_waiting(actor_id=actor_id) if is_staff else 0
    words = _("Kept in the ledger.")
    if count:
        words += " " + _("Money that waited for it was recognised: %(count)s.") % {"count": count}
    messages.success(request, words)


@require_http_methods(METHODS)
@requires("account.manage")
def of_oneself(request: HttpRequest) -> HttpResponse:
    """By which numbers one is known elsewhere."""
    party_id = signed_in(request).party_id
    if request.method == "POST":
        numbers = {name: request.POST.get(name, "").strip() for name in ("isni", "ipi")}
        try:
            identifiers.identify_party(party_id=party_id, actor_id=party_id, **numbers)
        except LedgerError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Saved."))
        return redirect("own_identifiers")
    found = ledger.party_identifiers(party_id)
    values = {"isni": pretty("isni", found.isni) if found.isni else "", "ipi": found.ipi}
    return render(request, "reports/own_identifiers.html", {"values": values})
