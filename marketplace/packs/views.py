"""Doors of packs: browse, one pack, and for owners: put together, answer, change, take off sale."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger import selectors as ledger
from marketplace.accounts.models import User
from marketplace.accounts.permissions import may, requires
from marketplace.accounts.selectors import signed_in
from marketplace.catalogue import selectors as catalogue
from marketplace.licensing import proofs
from marketplace.packs import selectors, services
from marketplace.packs.errors import PackError
from marketplace.packs.forms import PackForm
from marketplace.packs.models import Pack, PackProposal

BROWSED_MAX = 48


@require_safe
@requires("shop.browse")
def browse(request: HttpRequest) -> HttpResponse:
    """Every pack that can be bought, newest first."""
    return render(request, "packs/packs.html", {"packs": selectors.newest(BROWSED_MAX)})


def _found(pack_id: UUID) -> Pack:
    pack = Pack.objects.prefetch_related("prices", "members").filter(pk=pack_id).first()
    if pack is None:
        raise Http404
    return pack


def _party(request: HttpRequest) -> UUID | None:
    return request.user.party_id if isinstance(request.user, User) else None


@require_safe
@requires("shop.browse")
def pack(request: HttpRequest, pack_id: UUID) -> HttpResponse:
    """One pack: hear all of it, see what it saves, which licence it comes with, and what of it one has already."""
    found, party_id = _found(pack_id), _party(request)
    proposal = found.proposals.filter(state="open").first()
    owns = party_id is not None and (
        party_id == found.seller_id
        or found.members.filter(owner_id=party_id).exists()
        or (proposal is not None and party_id in proposal.owner_ids)
    )
    if not found.revision and not owns:
        raise Http404
    shown = selectors.view(found, currency=request.GET.get("currency", ""), buyer_id=party_id)
    records = ledger.events_about(found.id, limit=200)
    context = {
        "pack": shown,
        "owns": owns,
        "proposal": _proposed(proposal, party_id) if proposal is not None and owns else None,
        "records": [(one, proofs.is_shown(request.user, one)) for one in records if one.event.kind.startswith("pack.")],
    }
    return render(request, "packs/pack.html", context)


def _proposed(proposal: PackProposal, party_id: UUID | None) -> dict[str, Any]:
    """What waits for its owners, in words."""
    rows = catalogue.rows_for(proposal.element_ids)
    names = ledger.names_of(proposal.owner_ids)
    return {
        "title": proposal.title,
        "description": proposal.description,
        "licence_kind": proposal.licence_kind,
        "prices": sorted(proposal.prices.items()),
        "rows": [rows[one] for one in proposal.element_ids if one in rows],
        "owners": [(names[one], one in proposal.agreed_ids) for one in proposal.owner_ids],
        "may_answer": party_id in proposal.waiting_for,
        "may_take_back": party_id == proposal.proposer_id,
    }


@require_safe
@requires("shop.browse")
def cover(request: HttpRequest, pack_id: UUID, revision: int) -> HttpResponse:
    """A pack's drawn cover."""
    svg = Pack.objects.filter(pk=pack_id).values_list("cover_svg", flat=True).first()
    if not svg:
        raise Http404
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
@requires("element.publish")
def mine(request: HttpRequest) -> HttpResponse:
    """One's packs, how they stand, and what waits for one's answer."""
    party_id = signed_in(request).party_id
    proposals = selectors.proposals_for(party_id)
    context = {
        "packs": selectors.packs_of(party_id),
        "asked": [one for one in proposals if party_id in one.waiting_for],
        "waiting": {one.pack_id for one in proposals},
        "may_pack": may(request.user, "element.publish"),
    }
    return render(request, "packs/mine.html", context)


@require_http_methods(["GET", "POST"])
@requires("element.publish")
def new(request: HttpRequest) -> HttpResponse:
    """Put a pack together."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@requires("element.publish")
def change(request: HttpRequest, pack_id: UUID) -> HttpResponse:
    """Another price, other elements, other words: the next revision."""
    found = _found(pack_id)
    party_id = signed_in(request).party_id
    if not (found.seller_id == party_id or found.members.filter(owner_id=party_id).exists()):
        raise Http404
    return _form(request, found)


def _form(request: HttpRequest, pack: Pack | None) -> HttpResponse:
    party_id = signed_in(request).party_id
    packable = selectors.packable(party_id)
    form = PackForm(request.POST or None, packable=packable, initial=_initial(pack, party_id))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.offer(actor_id=party_id, wanted=form.wanted(), pack_id=pack.id if pack else None)
        except PackError as error:
            form.add_error(None, str(error))
        else:
            made.refresh_from_db()
            waits = made.proposals.filter(state="open").exists()
            words = _("The owners are asked.") if waits else _("On sale.")
            messages.success(request, words)
            return redirect("pack", pack_id=made.id)
    offers = catalogue.offers_of([one.element_id for one in packable])
    prices = [(one, offers.get(one.element_id, ())) for one in packable]
    status = 422 if form.errors else 200
    return render(request, "packs/form.html", {"form": form, "pack": pack, "prices": prices}, status=status)


def _initial(pack: Pack | None, party_id: UUID) -> dict[str, Any]:
    if pack is None:
        return {}
    members = list(pack.members.all())
    others = [f"/elements/{one.element_id}/" for one in members if one.owner_id != party_id]
    prices = {f"price_{one.currency.lower()}": f"{one.price_minor / 100:.2f}" for one in pack.prices.all()}
    return {
        "title": pack.title,
        "description": pack.description,
        "licence_kind": pack.licence_kind,
        "own": [str(one.element_id) for one in members if one.owner_id == party_id],
        "others": "\n".join(others),
        **prices,
    }


@require_POST
@requires("element.publish")
def answer(request: HttpRequest, pack_id: UUID) -> HttpResponse:
    """Yes or no to a revision that waits."""
    party_id = signed_in(request).party_id
    try:
        if request.POST.get("answer") == "yes":
            in_force = services.agree(pack_id=pack_id, party_id=party_id)
            messages.success(request, _("On sale.") if in_force else _("You agreed. Others still have to."))
        else:
            services.refuse(pack_id=pack_id, party_id=party_id)
            messages.success(request, _("Nothing changes: what was proposed is over."))
    except PackError as error:
        messages.error(request, str(error))
    return redirect("my_packs")


@require_POST
@requires("element.publish")
def withdraw(request: HttpRequest, pack_id: UUID) -> HttpResponse:
    """Take it off sale."""
    try:
        services.withdraw(pack_id=pack_id, actor_id=signed_in(request).party_id)
    except PackError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Off sale. Licences that were bought with it stay in force."))
    return redirect("my_packs")
