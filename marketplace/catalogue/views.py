"""Doors of the shop that everyone may open: home, search, an element, its provenance, its makers, the tuner, help."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from ledger import selectors as ledger
from marketplace.accounts.models import User
from marketplace.accounts.permissions import requires
from marketplace.accounts.throttle import throttled
from marketplace.catalogue import credits, pages, selectors
from marketplace.catalogue.forms import KINDS, SearchForm
from marketplace.catalogue.models import Entry
from marketplace.packs import selectors as packs_of_shop
from production import selectors as production
from production.errors import ProductionError

NEWEST_SHOWN = 6
OF_A_KIND_SHOWN = 3
PACKS_SHOWN = 4
CREDITS_SHOWN = 200


@require_safe
@requires("shop.browse")
def home(request: HttpRequest) -> HttpResponse:
    """What can be heard now."""
    counts = selectors.kinds_on_sale()
    kinds = [kind for kind, _words in KINDS]
    shelves = selectors.newest_by_kind(kinds, OF_A_KIND_SHOWN + 1)
    overture = [found[0] for found in shelves.values()]
    shown = {row.element_id for found in shelves.values() for row in found}
    newest = [row for row in selectors.newest(NEWEST_SHOWN + len(shown)) if row.element_id not in shown]
    context = {
        "overture": overture,
        "rows": newest[:NEWEST_SHOWN],
        "shelves": [(kind, counts[kind], found[1:]) for kind, found in shelves.items()],
        "packs": packs_of_shop.newest(PACKS_SHOWN),
        "total": sum(counts.values()),
        "commission_ppm": settings.COMMISSION_PPM,
    }
    return render(request, "catalogue/home.html", context)


@require_safe
@requires("shop.browse")
def search(request: HttpRequest) -> HttpResponse:
    """Everything on sale that fits."""
    form = SearchForm(request.GET)
    form.is_valid()  # a field that makes no sense is left out, and the form says so
    filters = form.filters()
    number = request.GET.get("page", "1")
    page = selectors.search(filters, page=int(number) if number.isdigit() and len(number) < 7 else 1)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "packs": packs_of_shop.search(filters) if page.number == 1 else (),
        "kinds": KINDS,
        "tags": selectors.common_tags(),
        "keys": selectors.keys_on_sale(),
        "query": query.urlencode(),
    }
    return render(request, "catalogue/search.html", context)


def _visible_entry(request: HttpRequest, element_id: UUID) -> Entry:
    """An entry that was ever listed, or one's own."""
    entry = Entry.objects.filter(pk=element_id).first()
    if entry is None:
        raise Http404
    user = request.user
    own = isinstance(user, User) and user.party_id == entry.seller_id
    if entry.first_listed_at is None and not own and not pages.may_see(user, element_id):
        raise Http404
    return entry


@require_safe
@requires("shop.browse")
def element(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """One element: hear it, see it, who made it and who earns, what you may do with it, what it costs."""
    entry = _visible_entry(request, element_id)
    return render(request, "catalogue/element.html", pages.element_page(entry, request.user))


@require_safe
@requires("shop.browse")
def cover(request: HttpRequest, element_id: UUID, version: str) -> HttpResponse:
    """An element's drawn cover; its address changes with the bytes it is drawn from, so it can be kept for ever."""
    svg = Entry.objects.filter(pk=element_id).values_list("cover_svg", flat=True).first()
    if not svg:
        raise Http404
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
@requires("shop.browse")
def provenance(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """All events and parents behind an element, as a picture and as a list with receipts."""
    entry = _visible_entry(request, element_id)
    return render(request, "catalogue/provenance.html", pages.provenance_page(entry, request.user))


@require_safe
@requires("shop.browse")
def creator(request: HttpRequest, party_id: UUID) -> HttpResponse:
    """A creator: what they have on sale, and what they are credited for. Who only buys has no public page."""
    party = ledger.party(party_id)
    if party is None or not selectors.is_public(party_id):
        raise Http404
    rows = selectors.by_seller(party_id)
    all_credits = credits.of_person(party_id)
    counts: dict[str, int] = {}
    for one in all_credits:
        for role in one.credits[0].roles:
            counts[role] = counts.get(role, 0) + 1
    role = request.GET.get("role", "")
    shown = [one for one in all_credits if role not in counts or role in one.credits[0].roles]
    context = {
        "name": party.display_name,
        "party_id": party_id,
        "rows": rows,
        "numbers": ledger.party_identifiers(party_id),
        "credits": shown[:CREDITS_SHOWN],
        "credits_left": max(0, len(shown) - CREDITS_SHOWN),
        "counts": [(one, credits.role_word(one), count) for one, count in sorted(counts.items())],
        "role": role if role in counts else "",
        "packs": packs_of_shop.by_owner(party_id),
    }
    return render(request, "catalogue/creator.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("shop.browse")
@throttled("scale", per_hour=600)
def tuner(request: HttpRequest) -> HttpResponse:
    """The note table, interval ratios and temperament of the paper's Tables 1-3, to hear and to tune by.

    Posting a Scala file shows and plays its scale; nothing is kept of it.
    """
    context: dict[str, object] = {"tables": production.tuning_tables(), "hz": request.GET.get("hz", "")[:20]}
    if context["hz"]:
        try:
            context["nearest"], context["cents"] = production.tuner(float(str(context["hz"]).replace(",", ".")))
        except (ValueError, ProductionError):
            context["problem"] = True
    context |= _looked_up(
        request.GET.get("chord", "")[:20], request.GET.get("tonic", "")[:4], request.GET.get("scale", "")
    )
    context |= _scale(request)
    return render(request, "catalogue/tuner.html", context, status=422 if "scale_refusal" in context else 200)


def _scale(request: HttpRequest) -> dict[str, object]:
    """The tuning that was asked for by its number of steps or handed in as a file, or why there is none."""
    steps, file = request.GET.get("edo", "")[:8], request.FILES.get("scale_file")
    found: dict[str, object] = {"edo": steps}
    try:
        if request.method == "POST":
            data = file.read(production.SCALA_BYTES_MAX + 1) if file else b""
            found["tuning"] = production.scala_scale(data)
        elif steps:
            found["tuning"] = production.equal_scale(steps)
    except ProductionError as refusal:
        found["scale_refusal"] = refusal.message
    return found


def _looked_up(chord: str, tonic: str, scale: str) -> dict[str, object]:
    """The chord and the scale that were asked for, or that they are not known."""
    found: dict[str, object] = {
        "chord": chord, "tonic": tonic, "scale": scale, "scales": production.scale_names(),
        "temperaments": production.temperaments(),
    }  # fmt: skip
    try:
        found["chord_found"] = production.chord_notes(chord) if chord else None
    except ProductionError:
        found["chord_problem"] = True
    try:
        found["scale_found"] = production.scale_notes(tonic, scale) if tonic and scale else None
    except ProductionError:
        found["scale_problem"] = True
    return found


@require_safe
@requires("shop.browse")
def how_it_works(request: HttpRequest) -> HttpResponse:
    """For each of the four: what the site does for them, and how the money flows."""
    context = {
        "commission_ppm": settings.COMMISSION_PPM,
        "generation_ppm": settings.GENERATION_UPSTREAM_PPM,
        "window_days": settings.REFUND_WINDOW_DAYS,
        "escrow_months": settings.ESCROW_MONTHS,
    }
    return render(request, "catalogue/how_it_works.html", context)
