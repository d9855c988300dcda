"""Previews for everybody, full bytes for who holds a licence."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.views.decorators.http import require_safe

import engine.io
from production import downloads
from production.errors import BeingMarkedError, ProductionError, UnknownElementError
from production.views.people import party_or_none
from production.views.serving import send

_SCHEMAS = Path(engine.io.__file__).parent
SCHEMAS = {
    "mix-setting": _SCHEMAS / "mix_setting.schema.json",
    "mix-setting-1": _SCHEMAS / "mix_setting.v1.schema.json",
    "mix": _SCHEMAS / "mix.schema.json",
    "progression": _SCHEMAS / "progression.schema.json",
}


@require_safe
def rendition(request: HttpRequest, rendition_id: UUID, content_hash: str) -> HttpResponseBase:
    """A preview, a picture, peaks."""
    try:
        blob = downloads.public(rendition_id, content_hash)
        return send(request, blob, is_public=True)
    except ProductionError as refusal:
        return refused(refusal)


@require_safe
def version(request: HttpRequest, version_id: UUID, form: str) -> HttpResponseBase:
    """Send whoever may have a version in this form to a signed link."""
    party_id = party_or_none(request.user)
    if party_id is None:
        return JsonResponse({"code": "sign_in", "message": "Sign in first."}, status=401)
    try:
        return HttpResponseRedirect(downloads.sign(version_id=version_id, party_id=party_id, form=form))
    except ProductionError as refusal:
        return refused(refusal)


@require_safe
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The bytes behind a signed link."""
    try:
        return send(request, downloads.open_link(token), is_public=False)
    except ProductionError as refusal:
        return refused(refusal)


@require_safe
def proposal(request: HttpRequest, token: str) -> HttpResponseBase:
    """What a model proposed, heard by the one who asked."""
    try:
        return send(request, downloads.open_proposal(token), is_public=False)
    except ProductionError as refusal:
        return refused(refusal)


@require_safe
def audition_sound(request: HttpRequest, token: str) -> HttpResponseBase:
    """A part of an audition, heard by the one who asked."""
    try:
        return send(request, downloads.open_audition(token), is_public=False)
    except ProductionError as refusal:
        return refused(refusal)


@require_safe
def schema(request: HttpRequest, name: str) -> HttpResponseBase:
    """The published schema of a kind of JSON file."""
    path = SCHEMAS.get(name)
    if path is None:
        return refused(UnknownElementError("There is no such schema."))
    response = HttpResponse(path.read_bytes(), content_type="application/schema+json")
    response["Cache-Control"] = "public, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def refused(refusal: ProductionError) -> JsonResponse:
    """A refusal as JSON, with its status; its code stands on the response, too, for whoever has a page for it."""
    response = JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
    response.refusal = refusal.code  # type: ignore[attr-defined]
    if refusal.code == BeingMarkedError.code:
        response["Retry-After"] = "1"
    return response
