"""The door to publishing: licences, prices, terms of building on it, what it is made from, its split, who gets what."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ledger import selectors as ledger
from ledger.domain.errors import LedgerError
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.accounts.throttle import throttled
from marketplace.catalogue import contributions, deriving, flows, originality, pages, selectors, services, splits
from marketplace.catalogue.errors import CatalogueError, NoRightError, UndeclaredError
from marketplace.catalogue.forms import PublishForm

PREVIEW_PRICE_MINOR = 1000
HEARD_KINDS = ("melody", "midi", "progression", "wave", "sound")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where it can be put right."""

    words: str
    url: str = ""
    action: str = ""
    declares: UUID | None = None
    """What one click declares it to be made from."""


@require_http_methods(["GET", "POST"])
@requires("element.publish")
@throttled("publish", per_hour=300)
def publish(request: HttpRequest, element_id: UUID) -> HttpResponse:
    """Licences, prices and the split of one element; “who gets what” shows before anything is declared."""
    user = signed_in(request)
    element = pages.element_or_none(element_id)
    if element is None or element.creator_id != user.party_id:
        raise Http404
    form = PublishForm(request.POST or None, initial=_present_terms(element_id))
    measured = ledger.contribution_of(element_id)
    wished = measured if request.method == "GET" and request.GET.get("use") == "contribution" else None
    in_force = splits.rows_in_force(element_id, party_id=user.party_id)
    present = contributions.split_rows(wished) if wished else in_force
    rows = splits.rows_of(request.POST) if request.method == "POST" else present
    parent_ids = [*_parent_ids(request.POST), *(wished.upstream if wished else ())]
    problems: list[Problem] = []
    looks_first = request.POST.get("action") == "preview"
    if request.method == "POST" and not looks_first and form.is_valid():
        problems = _publish(element_id, user.party_id, form, rows, parent_ids)
        if not problems:
            messages.success(request, _publish_words(element_id))
            return redirect("element", element_id=element_id)
    sources = _sources(element_id, user.party_id)
    chosen = [one for one in sources if one.element_id in parent_ids]
    if looks_first:
        problems = _missing(element_id, chosen)
    context = {
        "element": element,
        "form": form,
        "rows": rows or in_force,
        "roles": [(role, role.replace("_", " ")) for role in splits.ROLES],
        "problems": problems,
        "parents": pages.parents(element_id),
        "measured": measured,
        "contested_by": contributions.contested_by(element_id),
        "departs": ledger.departs_from_settled(element_id),
        "sources": sources,
        "chosen": {one.element_id for one in chosen},
        "plan": _plan(element_id, user.party_id, form, rows, chosen),
        "versions": ledger.derivation_terms_versions(element_id),
        "offers": selectors.offers(element_id),
        "heard": originality.neighbours_of(element_id, user.party_id) if element.kind in HEARD_KINDS else None,
    }
    failed = bool(problems or (form.errors and not looks_first))
    return render(request, "catalogue/publish.html", context, status=422 if failed else 200)


def _publish(
    element_id: UUID, party_id: UUID, form: PublishForm, rows: Sequence[splits.SplitRow], parent_ids: Sequence[UUID]
) -> list[Problem]:
    try:
        services.publish(
            element_id=element_id,
            actor_id=party_id,
            offers=_offers(form),
            shares=splits.shares_of(rows, actor_id=party_id),
            deriving=form.deriving(),
            parent_ids=parent_ids,
        )
    except splits.SplitFormError as error:
        return [Problem(words) for words in error.problems]
    except NoRightError as error:
        return [Problem(str(error), error.url, error.action)]
    except UndeclaredError as error:
        return [Problem(str(error), declares=error.element_id)]
    except (CatalogueError, LedgerError) as error:
        return [Problem(str(error))]
    return []


def _parent_ids(post: QueryDict) -> list[UUID]:
    found = []
    for text in post.getlist("parent"):
        with contextlib.suppress(ValueError):
            found.append(UUID(text))
    return found


def _sources(element_id: UUID, party_id: UUID) -> list[deriving.Source]:
    """What it can be declared to be made of, beyond what it was declared to be, with the shares that were measured."""
    weighed = contributions.upstream_weighed(element_id)
    usable = [row.element_id for row in selectors.usable_as_parent(party_id, child_id=element_id)]
    found = [one.weighed(weighed) for one in deriving.sources(usable, party_id=party_id)]
    return _not_declared(element_id, found)


def _missing(element_id: UUID, chosen: Sequence[deriving.Source]) -> list[Problem]:
    """What would be refused, said while it is only looked at."""
    try:
        for source in chosen:
            deriving.check_right(source)
        deriving.check_stack(element_id, chosen)
    except NoRightError as error:
        return [Problem(str(error), error.url, error.action)]
    except CatalogueError as error:
        return [Problem(str(error))]
    return []


def _not_declared(element_id: UUID, chosen: Sequence[deriving.Source]) -> list[deriving.Source]:
    known = {edge.parent_id for edge in ledger.parents_of(element_id)}
    return [one for one in chosen if one.element_id not in known]


def _plan(
    element_id: UUID,
    party_id: UUID,
    form: PublishForm,
    rows: Sequence[splits.SplitRow],
    chosen: Sequence[deriving.Source],
) -> dict[str, Any] | None:
    """Who would get what of one sale; None while shares do not sum to all."""
    declared = sum(edge.upstream_ppm for edge in ledger.parents_of(element_id))
    owners, names = _owners(rows)
    if (
        sum(ppm for _party, ppm in owners) != splits.PPM
        or declared + sum(one.upstream_ppm for one in chosen) > splits.PPM
    ):
        return None
    price, currency = _price(form)
    plan = flows.Plan(
        parents=tuple((one.element_id, one.upstream_ppm) for one in chosen), owners=tuple(owners), names=names
    )
    return flows.planned_sale(element_id, plan, party_id=party_id, price_minor=price, currency=currency)


def _owners(rows: Sequence[splits.SplitRow]) -> tuple[list[tuple[UUID, int]], dict[UUID, str]]:
    """The split as typed; whoever is not known yet gets an id of the moment."""
    owners, names = [], {}
    for row in rows:
        known = ledger.party_by_email(row.email) if row.email else None
        party = UUID(row.party_id) if row.name else known.party_id if known else uuid5(NAMESPACE_URL, row.email)
        names[party] = row.name or (known.display_name if known else row.email.partition("@")[0])
        owners.append((party, splits.typed_ppm(row.percent) or 0))
    return owners, names


def _price(form: PublishForm) -> tuple[int, str]:
    """The least price on the form, or ten units where none is typed yet."""
    typed = [form[kind].value() for kind in ("standard", "remix", "exclusive")]
    prices = [price for price in (splits.minor_of(str(text)) for text in typed if text) if price]
    return min(prices, default=PREVIEW_PRICE_MINOR), str(form["currency"].value() or "EUR")[:3]


def _present_terms(element_id: UUID) -> dict[str, Any]:
    """What is offered now, as the form writes it: whoever changes one price keeps the others."""
    offers, terms = selectors.offers(element_id), ledger.derivation_terms(element_id)
    found: dict[str, Any] = {}
    if offers:
        found = {one.licence_kind: Decimal(one.price_minor) / 100 for one in offers if one.price_minor}
        found["currency"] = offers[0].currency
        found["free"] = any(one.licence_kind == "free" for one in offers)
    if terms:
        found |= {
            "derive": "derive" in terms.allowed_uses,
            "upstream": splits.percent_of(terms.upstream_ppm),
            "weight": terms.weight,
            "expires_days": terms.expires_after_days,
        }
        if terms.weight == "measured":
            found["least"] = splits.percent_of(terms.upstream_ppm_min)
            found["most"] = splits.percent_of(terms.upstream_ppm_max)
    return found


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


def _publish_words(element_id: UUID) -> str:
    proposal = ledger.open_proposal(element_id)
    if proposal is None:
        return contributions.waiting_words(element_id) or _("It is on sale.")
    names = ", ".join(sorted(ledger.names_of(proposal.waiting_for).values()))
    return _("It goes on sale once the split is accepted by: %(names)s.") % {"names": names}
