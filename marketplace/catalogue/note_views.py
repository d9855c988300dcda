"""Doors of searching by notes, and of what all notes on sale are made of."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.accounts.models import User
from marketplace.accounts.permissions import requires
from marketplace.catalogue import note_pictures, note_search
from production import selectors as production
from production.errors import UnreadableMotifError

TUNES = (
    ("E E F G G F E D", "Beethoven’s Ode to Joy, by its notes"),
    ("1 1 5 5 6 6 5", "Twinkle, twinkle, by the steps of the scale"),
    ("U R D D U U R D", "a hummed line: up, repeated, down"),
)
PROGRESSIONS = (
    ("I-V-vi-IV", "the four chords of many choruses, in every key"),
    ("ii V I", "the cadence of jazz"),
    ("Am F C G", "these very chords first, then in other keys"),
)


@require_safe
@requires("shop.browse")
def search_notes(request: HttpRequest) -> HttpResponse:
    """Elements found by a tune or by a progression."""
    tune = request.GET.get("tune", "")[: note_search.TEXT_CHARACTERS_MAX].strip()
    chords = "" if tune else request.GET.get("chords", "")[: note_search.TEXT_CHARACTERS_MAX].strip()
    party_id = request.user.party_id if isinstance(request.user, User) else None
    context = {
        "tune": tune,
        "chords": chords,
        "tunes": TUNES,
        "progressions": PROGRESSIONS,
        "most": production.FOUND_MAX,
    }
    try:
        if tune:
            context["hits"] = note_search.tunes(tune, party_id=party_id)
        elif chords:
            context["hits"] = note_search.progressions(chords, party_id=party_id)
    except UnreadableMotifError as error:
        context["problem"] = error.message
    return render(request, "catalogue/search_notes.html", context)


@require_safe
@requires("shop.browse")
def notes_on_sale(request: HttpRequest) -> HttpResponse:
    """What all notes on sale are made of."""
    return render(request, "catalogue/notes_on_sale.html", {"found": note_pictures.of_all_on_sale()})
