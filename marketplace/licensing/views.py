"""Certificates, terms and proofs: open to everyone who has the link, for a proof that needs us is no proof."""

from __future__ import annotations

import io
from uuid import UUID

import segno
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ledger import selectors as ledger
from ledger.services import receipts
from marketplace.accounts.models import User
from marketplace.accounts.permissions import may, requires
from marketplace.licensing import proofs, selectors, terms
from marketplace.packs import selectors as packs


@require_safe
@requires("proof.verify")
def certificate(request: HttpRequest, licence_id: UUID) -> HttpResponse:
    """The certificate: what may be done, by whom, since when, on which words, and the proof of it."""
    found = selectors.certificate(licence_id)
    if found is None:
        raise Http404
    user = request.user
    sees_holder = isinstance(user, User) and (user.party_id == found.holder_id or may(user, "order.refund"))
    link = f"{settings.SITE_URL}/certificates/{licence_id}/"
    context = {
        "certificate": found,
        "pack": packs.titles([found.pack_id]).get(found.pack_id) if found.pack_id else None,
        "sees_holder": sees_holder,
        "is_holder": isinstance(user, User) and user.party_id == found.holder_id,
        "link": link,
        "origin": settings.LEDGER_ORIGIN,
    }
    return render(request, "licensing/certificate.html", context)


@require_safe
@requires("proof.verify")
def certificate_code(request: HttpRequest, licence_id: UUID) -> HttpResponse:
    """The certificate's link as a QR code."""
    code = segno.make(f"{settings.SITE_URL}/certificates/{licence_id}/", error="m")
    svg = io.BytesIO()
    code.save(svg, kind="svg", scale=4, border=2, light="white", xmldecl=False)  # a file of its own needs its namespace
    return HttpResponse(svg.getvalue(), content_type="image/svg+xml")


@require_safe
@requires("proof.verify")
def receipt(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """The `.tlog-proof` of an event: for licences to everyone with the link, else for those whom it concerns.

    With `?sealed` it does not hold the event, only its hash, and anyone who knows the event's id may have it.
    """
    record = ledger.event(event_id)
    if record is None:
        raise Http404
    sealed = "sealed" in request.GET
    if not sealed and not proofs.may_read(request.user, record):
        raise PermissionDenied(_("This receipt belongs to somebody else."))
    response = HttpResponse(receipts.receipt(event_id, sealed=sealed), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{event_id}{"-sealed" if sealed else ""}.tlog-proof"'
    return response


@require_http_methods(["GET", "POST"])
@requires("proof.verify")
def verify(request: HttpRequest) -> HttpResponse:
    """Check a receipt, or a statement's file, in the browser; the page also says how to do it without us."""
    result = None
    if request.method == "POST":
        result = proofs.check_upload(request.FILES.get("receipt"))
    record = ledger.event(result.event_id) if result is not None and result.event_id is not None else None
    context = {
        "result": result,
        "receipt_id": record.event_id if record is not None and proofs.may_read(request.user, record) else None,
        "origin": settings.LEDGER_ORIGIN,
    }
    status = 200 if result is None or result.good else 422
    return render(request, "licensing/verify.html", context, status=status)


@require_safe
@requires("shop.browse")
def terms_text(request: HttpRequest, terms_hash: str) -> HttpResponse:
    """The very words of a licence, byte for byte."""
    try:
        wording = terms.by_hash(terms_hash)
    except KeyError as error:
        raise Http404 from error
    if "plain" in request.GET:
        return HttpResponse(wording.text, content_type="text/plain; charset=utf-8")
    return render(request, "licensing/terms.html", {"terms": wording})


@require_safe
@requires("shop.browse")
def terms_of(request: HttpRequest, kind: str) -> HttpResponse:
    """The current words of a licence kind."""
    if kind not in terms.CURRENT_VERSION:
        raise Http404
    return redirect("terms", terms_hash=terms.current(kind).terms_hash)  # type: ignore[arg-type]
