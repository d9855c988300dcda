"""Doors of the models: what each learned from and how well it does, for everybody to read."""

from __future__ import annotations

import hashlib
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from markdown_it import MarkdownIt

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from marketplace.accounts.permissions import may, requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.services import party_for
from production import selectors as production
from production.errors import ProductionError
from production.services import modelling

PPM_PER_PERCENT = 10_000


@require_safe
@requires("shop.browse")
def models(request: HttpRequest) -> HttpResponse:
    """Every model in use."""
    return render(request, "create/models.html", {"cards": production.model_cards()})


@require_safe
@requires("shop.browse")
def model(request: HttpRequest, name: str) -> HttpResponse:
    """One model's card."""
    card = _card(name)
    registered = ledger.models_named(name)
    here = hashlib.sha256(card.text.encode()).hexdigest()
    context = {
        "card": card,
        "text": written(card.text),
        "card_hash": here,
        "terms": [_told(one) for one in registered],
        "kept": _kept(registered, here),
        "may_register": may(request.user, "model.register") and bool(card.weights_hash),
        "share_percent_max": modelling.SHARE_PPM_MAX // PPM_PER_PERCENT,
    }
    return render(request, "create/model.html", context)


@require_POST
@requires("model.register")
def terms(request: HttpRequest, name: str) -> HttpResponse:
    """Say who trained it, and which share of what it makes from now on is theirs."""
    user, card = signed_in(request), _card(name)
    if not card.weights_hash:
        raise Http404
    try:
        share_ppm = int(Decimal(request.POST.get("share", "").replace(",", ".")) * PPM_PER_PERCENT)
        email = request.POST.get("email", "").strip()
        validate_email(email)
        trainer_id = party_for(email=email, invited_by=user.party_id)
        modelling.set_terms(
            model=name,
            weights_hash=card.weights_hash,
            trainer_id=trainer_id,
            share_ppm=share_ppm,
            actor_id=user.party_id,
        )
    except InvalidOperation:
        messages.error(request, _("The share is a number, in percent."))
    except ValidationError:
        messages.error(request, _("Give the e-mail address of the party that trained it."))
    except (ProductionError, LedgerError, ValueError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Registered. It holds for what the model makes from now on."))
    return redirect("model", name=name)


def _card(name: str) -> production.CardView:
    try:
        return production.model_card(name)
    except ProductionError as error:
        raise Http404 from error


def _told(one: ledger.ModelTerms) -> dict[str, Any]:
    """One registration, with the trainer's name."""
    trainer = ledger.names_of([one.trainer_id])[one.trainer_id] if one.trainer_id else _("not said")
    return {"terms": one, "trainer": trainer}


def _kept(registered: list[ledger.ModelTerms], here: str) -> list[dict[str, Any]]:
    """Texts that spoke for it when it was registered, and that its card has been written anew since."""
    hashes = dict.fromkeys(one.card_hash for one in registered if one.card_hash != here)
    found = [(card_hash, ledger.document(card_hash)) for card_hash in hashes]
    return [{"hash": card_hash, "text": written(text.decode())} for card_hash, text in found if text is not None]


def written(text: str) -> SafeString:
    """Markdown as HTML: tables, and no HTML of its own."""
    page = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return mark_safe(page.replace("<table>", '<div class="tablewrap"><table>').replace("</table>", "</table></div>"))  # noqa: S308  # it holds only what the renderer writes
