"""Doors of content credentials: a file that is being marked, and reading the credentials of anybody's file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.accounts.models import User
from marketplace.accounts.permissions import requires
from marketplace.accounts.throttle import throttled
from marketplace.credentials import showing
from production import selectors as production
from production.errors import CertificateError, ProductionError
from production.services import checks

CHECKS_AN_HOUR = 60


@require_safe
@requires("library.read")
def preparing(request: HttpRequest, version_id: UUID, form: str) -> HttpResponse:
    """A file that is being marked: how far that is, and then the file."""
    context = {"version_id": version_id, "form": form, **_progress(request, version_id, form)}
    return render(request, "credentials/preparing.html", context)


@require_safe
@requires("library.read")
def preparing_progress(request: HttpRequest, version_id: UUID, form: str) -> JsonResponse:
    """The same for a script that asks again and again."""
    return JsonResponse(_progress(request, version_id, form))


def _progress(request: HttpRequest, version_id: UUID, form: str) -> dict[str, Any]:
    assert isinstance(request.user, User)
    try:
        # Asking for the link asks for the mark, too, and refuses whoever may not have the file.
        production.download_url(version_id=version_id, party_id=request.user.party_id, form=form)
    except ProductionError as refusal:
        if refusal.code != "being_marked":
            raise Http404 from refusal
    ready, fraction, words = production.marking(version_id, form)
    file = reverse("production:version", args=[version_id, form])
    return {"ready": ready, "fraction": fraction, "words": words or _("Waiting for a worker"), "next": file}


@require_http_methods(["GET", "POST"])
@throttled("credentials", per_hour=CHECKS_AN_HOUR)
@requires("proof.verify")
def check(request: HttpRequest) -> HttpResponse:
    """Take a file, with the manifest that lies beside it or without, and have a worker read it."""
    refusal = ""
    if request.method == "POST":
        file, manifest = request.FILES.get("file"), request.FILES.get("manifest")
        if file is None:
            refusal = _("Choose a file first.")
        else:
            try:
                beside = manifest.read() if manifest else b""
                check_id = checks.begin(name=file.name or "", file=file.chunks(), manifest=beside)
                return redirect("credentials_checked", check_id=check_id)
            except ProductionError as error:
                refusal = error.message
    context = {"refusal": refusal, **_signer()}
    return render(request, "credentials/check.html", context, status=422 if refusal else 200)


@require_safe
@requires("proof.verify")
def checked(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """What came of it, for an hour, for whoever knows the address."""
    found = production.credentials_check(check_id)
    if found is None:
        raise Http404
    context = {"check": found, "told": showing.told(found.said) if found.said else None, **_signer()}
    return render(request, "credentials/checked.html", context)


@require_safe
@requires("proof.verify")
def checked_progress(request: HttpRequest, check_id: UUID) -> JsonResponse:
    """Whether it is read, for a script that asks again and again."""
    found = production.credentials_check(check_id)
    if found is None:
        raise Http404
    here = reverse("credentials_checked", kwargs={"check_id": check_id})
    return JsonResponse({"ready": found.is_done, "fraction": 0, "words": _("Waiting for a worker"), "next": here})


def _signer() -> dict[str, Any]:
    try:
        return {"signer": production.site_signer()}
    except CertificateError as refusal:
        return {"signer": None, "no_signer": refusal.message}
