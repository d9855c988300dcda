"""Production's doors behind the site's permissions: production knows parties, the site knows what their roles allow."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse

from marketplace.accounts.permissions import may
from production import urls

app_name = urls.app_name

PERMISSION_OF = {
    "uploads": "element.upload",
    "upload": "element.upload",
    "complete-upload": "element.upload",
    "job": "element.generate",
    "cancel-job": "element.generate",
    "keep-proposal": "element.generate",
    "discard-proposal": "element.generate",
    "change-proposal": "element.generate",
    "proposals": "element.generate",
    "recommend": "element.generate",
    "harmonise": "element.generate",
    "auditions": "element.process",
    "audition": "element.process",
    "process": "element.process",
    "draft": "element.process",
    "keep-notes": "element.process",
    "curves": "element.process",
    "setting": "element.process",
    "rendition": "shop.browse",
    "schema": "shop.browse",
    "version": "library.read",
    # These carry their permission in a signed link that soon ends.
    "download": "shop.browse",
    "proposal": "shop.browse",
    "audition-sound": "shop.browse",
}


def guarded(view: Callable[..., HttpResponseBase], permission: str) -> Callable[..., HttpResponseBase]:
    """The view for those who have the permission; visitors are refused by the door itself, in its own words."""

    @functools.wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not may(request.user, permission):
            words = f"This needs the permission “{permission}”."
            return JsonResponse({"code": "not_allowed", "message": words}, status=403)
        response = view(request, *args, **kwargs)
        if getattr(response, "refusal", "") == "being_marked" and request.accepts("text/html") and "form" in kwargs:
            return HttpResponseRedirect(reverse("preparing", kwargs=kwargs))  # a person waits on a page
        return response

    door.permission = permission  # type: ignore[attr-defined]
    return door


def _behind(pattern: URLPattern) -> URLPattern:
    # A door that nobody thought about is closed.
    permission = PERMISSION_OF.get(pattern.name or "", "site.operate")
    return path(str(pattern.pattern), guarded(pattern.callback, permission), name=pattern.name)


urlpatterns = [_behind(pattern) for pattern in urls.urlpatterns]
