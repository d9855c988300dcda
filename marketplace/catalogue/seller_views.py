"""Doors for creators: upload, one's own elements, publishing, splits and their answers, claims, recommendations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from marketplace.accounts import mail
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.throttle import throttled
from marketplace.catalogue import contributions, pages, selectors, services, splits
from marketplace.catalogue.errors import CatalogueError
from marketplace.catalogue.forms import PublishForm
from marketplace.catalogue.models import Entry, Listing
from production import limits
from production import selectors as production


@require_safe
@requires("element.upload")
def upload(request: HttpRequest) -> HttpResponse:
    """Drop files; the page shows what became of each."""
    user = signed_in(request)
    jobs = pages.jobs_of(user.party_id, "production.import_upload", 20)
    names = production.upload_names(job.job_id for job in jobs)
    context = {
        "bytes_max": limits.UPLOAD_BYTES_MAX,
        "open_uploads": production.open_uploads(user.party_id),
        "jobs": [(job, names.get(job.job_id, "")) for job in jobs],
    }
    return render(request, "catalogue/upload.html", context)


@require_safe
@requires("element.upload")
def my_elements(request: HttpRequest) -> HttpResponse:
    """Everything one made, and where it stands."""
    user = signed_in(request)
    elements = production.my_elements(user.party_id)
    rows = selectors.rows_for([element.id for element in elements])
    offers = selectors.offers_of([element.id for element in elements])
    listed = [(element, rows.get(element.id), offers.get(element.id, ())) for element in elements]
    return render(request, "catalogue/my_elements.html", {"elements": listed})


@require_http_methods(["GET", "POST"])
@requires("element.publish")
@throttled("publish", per_hour=300)
def publish(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Licences, prices and the split of one element."""
    user = signed_in(request)
    element = pages.element_or_none(element_id)
    if element is None or element.creator_id != user.party_id:
        raise Http404
    form = PublishForm(request.POST or None, initial=_present_terms(element_id))
    measured = ledger.contribution_of(element_id)
    wished = measured if request.GET.get("use") == "contribution" else None
    present = contributions.split_rows(wished) if wished else _present_rows(element_id, user.email)
    rows = splits.rows_of(request.POST) if request.method == "POST" else present
    problems: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            shares = splits.shares_of(rows, actor_id=user.party_id)
            parent_ids = [UUID(text) for text in request.POST.getlist("parent")]
            services.declare_parents(element_id=element_id, parent_ids=parent_ids, actor_id=user.party_id)
            services.publish(
                element_id=element_id,
                actor_id=user.party_id,
                offers=_offers(form),
                shares=shares,
                upstream_ppm=int(form.cleaned_data["upstream"] * 10_000),
            )
        except splits.SplitFormError as error:
            problems = error.problems
        except (CatalogueError, LedgerError, ValueError) as error:
            problems = (str(error),)
        else:
            _tell_the_others(element_id)
            messages.success(request, _publish_words(element_id))
            return redirect("element", element_id=element_id)
    context = {
        "element": element,
        "form": form,
        "rows": rows or [splits.SplitRow(email=user.email, role="producer", percent="100")],
        "roles": [(role, role.replace("_", " ")) for role in splits.ROLES],
        "problems": problems,
        "parents": pages.parents(element_id),
        "measured": measured,
        "contest": ledger.open_contest(element_id),
        "departs": ledger.departs_from_settled(element_id),
        "chosen": set(request.POST.getlist("parent")) | {str(key) for key in (wished.upstream if wished else ())},
        "usable": selectors.usable_as_parent(user.party_id, child_id=element_id),
        "offers": selectors.offers(element_id),
    }
    return render(request, "catalogue/publish.html", context, status=422 if problems or form.errors else 200)


def _present_rows(element_id: UUID, email: str) -> list[splits.SplitRow]:
    shares = ledger.splits_in_force(element_id)
    emails = {party.party_id: party.email or "" for party in ledger.parties(share.party_id for share in shares)}
    rows = [
        splits.SplitRow(
            email=emails.get(share.party_id, ""),
            role=share.role,
            percent=f"{Decimal(share.share_ppm) / 10_000:f}",
        )
        for share in shares
    ]
    return rows or [splits.SplitRow(email=email, role="producer", percent="100")]


def _present_terms(element_id: UUID) -> dict[str, Any]:
    """What is offered now, as the form writes it: whoever changes one price keeps the others."""
    offers = selectors.offers(element_id)
    if not offers:
        return {}
    entry = Entry.objects.get(pk=element_id)
    prices = {one.licence_kind: Decimal(one.price_minor) / 100 for one in offers if one.price_minor}
    return {
        **prices,
        "currency": offers[0].currency,
        "free": any(one.licence_kind == "free" for one in offers),
        "upstream": (Decimal(entry.upstream_ppm) / 10_000).normalize(),
    }


def _offers(form: PublishForm) -> list[services.Offer]:
    data = form.cleaned_data
    offers = [
        services.Offer(licence_kind=kind, currency=data["currency"], price_minor=int(data[kind] * 100))  # type: ignore[arg-type]
        for kind in ("standard", "exclusive", "remix")
        if data.get(kind)
    ]
    if data.get("free"):
        offers.append(services.Offer(licence_kind="free", currency=data["currency"], price_minor=0))
    return offers


def _tell_the_others(element_id: UUID) -> None:
    """Mail to everyone whose answer is missing, and an invitation to those without an account."""
    proposals = ledger.split_proposals(element_id)
    if not proposals:
        return
    title = production.element(element_id).title
    for party in ledger.parties(UUID(share["party_id"]) for share in proposals[0].shares):
        if party.email and not party.claimed:
            mail.send_invitation(party.email)
        elif party.email and party.party_id in proposals[0].waiting_for:
            mail.queue(
                recipient=party.email,
                subject="Your answer is needed for a split",
                template="split_proposed",
                context={"title": title, "name": party.display_name},
            )


def _publish_words(element_id: UUID) -> str:
    proposal = ledger.open_proposal(element_id)
    if proposal is None:
        return _("It is on sale.")
    names = ", ".join(sorted(ledger.names_of(proposal.waiting_for).values()))
    return _("It goes on sale once the split is accepted by: %(names)s.") % {"names": names}


@require_safe
@requires("split.answer")
def split_list(request: HttpRequest) -> HttpResponse:
    """Splits that wait for one's answer, and those one has answered."""
    party_id = signed_in(request).party_id
    proposals = ledger.proposals_naming(party_id)
    rows = selectors.rows_for([proposal.element_id for proposal in proposals])
    people = ledger.parties(UUID(share["party_id"]) for proposal in proposals for share in proposal.shares)
    named = {str(party.party_id): party for party in people}
    listed = [
        {
            "proposal": proposal,
            "row": rows.get(proposal.element_id),
            "shares": [_split_bar(named[share["party_id"]], share, proposal) for share in proposal.shares],
            "waits_for_me": proposal.state == "open" and party_id in proposal.waiting_for,
            "missing": sorted(named[str(party)].display_name for party in proposal.waiting_for),
        }
        for proposal in proposals
    ]
    listed.sort(key=lambda one: not one["waits_for_me"])  # what waits for one's answer stands first
    return render(request, "catalogue/splits.html", {"proposals": listed, "party_id": party_id})


def _split_bar(party: ledger.Party, share: dict[str, Any], proposal: ledger.SplitProposal) -> dict[str, Any]:
    note = ""
    if not party.claimed:
        note = _("invited: waits in escrow")
    elif party.party_id in proposal.refused:
        note = _("refused")
    elif party.party_id in proposal.waiting_for:
        note = _("has not answered")
    return {
        "name": party.display_name,
        "role": share["role"].replace("_", " "),
        "ppm": share["share_ppm"],
        "note": note,
    }


@require_POST
@requires("split.answer")
def answer_split(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Accept or refuse."""
    party_id = signed_in(request).party_id
    accept = request.POST.get("answer") == "accept"
    try:
        services.answer_split(proposal_id=proposal_id, party_id=party_id, accept=accept)
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Accepted.") if accept else _("Refused. The split in force stays as it was."))
    return redirect("splits")


@require_POST
@requires("element.publish")
def withdraw(request: HttpRequest, listing_id: UUID) -> HttpResponse:
    """Take an offer off sale."""
    listing = Listing.objects.filter(pk=listing_id).first()
    if listing is None:
        raise Http404
    try:
        services.withdraw(listing_id=listing_id, actor_id=signed_in(request).party_id)
    except CatalogueError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Off sale. Licences sold before stay in force."))
    return redirect("element", element_id=listing.entry_id)
