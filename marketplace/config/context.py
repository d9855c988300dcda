"""What every page knows, whoever rendered it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ledger import selectors
from marketplace.config.navigation import current_path, places_for

THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """Menus by role, the reader's theme, and the size of the ledger for the footer. All but the theme are lazy."""
    theme = request.COOKIES.get("theme", "")
    places = SimpleLazyObject(lambda: places_for(request.user))
    return {
        "places": places,
        "here": SimpleLazyObject(lambda: current_path(request.path, list(places))),
        "theme": theme if theme in THEMES else "",
        "ledger_size": selectors.size,
    }
