"""Doors of the models: what each learned from and how well it does, for everybody to read."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from marketplace.accounts.permissions import requires
from production import selectors as production
from production.errors import ProductionError


@require_safe
@requires("shop.browse")
def models(request: HttpRequest) -> HttpResponse:
    """Every model in use."""
    return render(request, "create/models.html", {"cards": production.model_cards()})


@require_safe
@requires("shop.browse")
def model(request: HttpRequest, name: str) -> HttpResponse:
    """One model's card."""
    try:
        card = production.model_card(name)
    except ProductionError as error:
        raise Http404 from error
    return render(request, "create/model.html", {"card": card, "text": written(card.text)})


def written(text: str) -> SafeString:
    """Markdown as HTML: tables, and no HTML of its own."""
    page = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return mark_safe(page.replace("<table>", '<div class="tablewrap"><table>').replace("</table>", "</table></div>"))  # noqa: S308  # it holds only what the renderer writes
