"""Doors for payees: earnings, statements and their papers, figures, the year, currencies for reading."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger import selectors as ledger
from marketplace.accounts.permissions import may, requires
from marketplace.accounts.selectors import payee, signed_in, works_for
from marketplace.dashboards import dsr, figures, fx, years
from marketplace.dashboards import earnings as earned
from marketplace.dashboards.models import LabelBrand
from marketplace.dashboards.statements import brand as brands
from marketplace.dashboards.statements import lines, publish, view

LINES_PER_PAGE = 100
SOURCES_SHOWN = 60
STATEMENTS_PER_PAGE = 24


def visible_statement(request: HttpRequest, statement_id: UUID) -> ledger.Statement:
    """The statement, if it is one's own, one's label's, or one is staff; else there is none."""
    found = ledger.statement(statement_id)
    user = signed_in(request)
    if found is None:
        raise Http404
    if not (found.party_id == user.party_id or may(user, "settlement.read") or works_for(user, found.party_id)):
        raise Http404
    return found


@require_safe
@requires("earnings.read")
def earnings(request: HttpRequest) -> HttpResponse:
    """What one earned, from what, when it reaches one, and if not, why not."""
    user = signed_in(request)
    months = earned.months(user.party_id)
    standings = earned.standings(user.party_id)
    statements = ledger.statements_of(user.party_id)
    context = {
        "standings": standings,
        "approximate": earned.approximations(user.party_id, standings),
        "months": months,
        "currencies": sorted({currency for month in months for currency in month.royalty_minor}),
        "newest": earned.newest(statements),
        "page": Paginator(statements, STATEMENTS_PER_PAGE).get_page(request.GET.get("page")),
        "payee": payee(user),
        "window_days": settings.REFUND_WINDOW_DAYS,
        "readable": fx.currencies(),
        "read_in": fx.chosen_by(user.party_id),
    }
    return render(request, "dashboards/earnings.html", context)


@require_POST
@requires("earnings.read")
def display_currency(request: HttpRequest) -> HttpResponse:
    """In which currency one likes to read totals, beside the true ones."""
    fx.choose(signed_in(request).party_id, request.POST.get("currency", ""))
    return redirect("earnings")


@require_safe
@requires("earnings.read")
def earnings_figures(request: HttpRequest) -> HttpResponse:
    """What sold, through which licence, what others made of it; of oneself, or of a label one works for."""
    party_id = _figures_party(request)
    context = {"figures": figures.of(party_id), "name": ledger.names_of([party_id])[party_id]}
    return render(request, "dashboards/figures.html", context)


def _figures_party(request: HttpRequest) -> UUID:
    user = signed_in(request)
    try:
        party_id = UUID(request.GET.get("label", "")) if "label" in request.GET else user.party_id
    except ValueError as error:
        raise Http404 from error
    if party_id != user.party_id and not brands.may_edit(user, party_id):
        raise Http404
    return party_id


@require_safe
@requires("earnings.read")
def earnings_years(request: HttpRequest) -> HttpResponse:
    """What was paid out and withheld, year by year."""
    return render(request, "dashboards/years.html", {"years": years.of(signed_in(request).party_id)})


@require_safe
@requires("earnings.read")
def earnings_year_csv(request: HttpRequest, year: int) -> HttpResponse:
    """One year's transfers, with the tax withheld from each."""
    response = HttpResponse(
        years.certificate_csv(signed_in(request).party_id, year), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="payouts-{year}.csv"'
    return response


@require_safe
@requires("earnings.read")
def statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """One statement: the account, where it came from, and every line with its sale, licence and derivation path."""
    found = visible_statement(request, statement_id)
    gathered = view.of(found)
    record = ledger.event_at(found.position)
    payout = next((one for one in ledger.payouts_of_run(found.run_id) if one.statement_id == statement_id), None)
    files = ledger.statement_files(statement_id)
    context = {
        "statement": found,
        "view": gathered,
        "payout": payout,
        "payout_record": ledger.event_at(payout.changed_position) if payout else None,
        "record": record,
        "files": files,
        "files_record": ledger.event_at(files.position) if files else None,
        "sources": gathered.sources[:SOURCES_SHOWN],
        "sources_left": len(gathered.sources) - SOURCES_SHOWN,
        **_lines_shown(request, gathered),
    }
    return render(request, "dashboards/statement.html", context)


def _lines_shown(request: HttpRequest, gathered: view.StatementView) -> dict[str, Any]:
    """One page of lines, of all elements sold or of one."""
    wanted = request.GET.get("element", "")
    numbered = [
        (number, row)
        for number, row in enumerate(gathered.rows, start=1)
        if not wanted or str(row.sold_element_id) == wanted
    ]
    page = Paginator(numbered, LINES_PER_PAGE).get_page(request.GET.get("page"))
    told = lines.in_words([row for _number, row in page.object_list], gathered.titles)
    sold = {row.sold_element_id for row in gathered.rows}
    return {
        "page": page,
        "lines": [(number, line) for (number, _row), line in zip(page.object_list, told, strict=True)],
        "shown_micro": sum(row.amount_micro for _number, row in numbered),
        "elements": sorted((gathered.titles[one], str(one)) for one in sold),
        "wanted": wanted,
    }


@require_safe
@requires("earnings.read")
def statement_csv(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """The statement as a CSV file."""
    return _paper(visible_statement(request, statement_id), "csv")


@require_safe
@requires("earnings.read")
def statement_pdf(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """The statement as a PDF."""
    return _paper(visible_statement(request, statement_id), "pdf")


@require_safe
@requires("earnings.read")
def statement_dsr(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """The statement as a DSR-shaped flat file."""
    found = visible_statement(request, statement_id)
    response = HttpResponse(dsr.of_statements([found]), content_type="text/tab-separated-values; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statement-{found.statement_id}-dsr-shaped.tsv"'
    return response


def _paper(found: ledger.Statement, form: str) -> HttpResponse:
    paper = publish.paper_of(found, form)
    response = HttpResponse(paper.content, content_type=paper.media_type)
    response["Content-Disposition"] = f'attachment; filename="statement-{found.statement_id}.{form}"'
    return response


@require_http_methods(["GET", "POST"])
@requires("earnings.read")
def brand(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """How a label signs statements: for those who work for it, and the platform's staff."""
    if not brands.may_edit(signed_in(request), label_id):
        raise Http404
    if request.method == "POST":
        try:
            brands.save(
                label_id=label_id,
                name=request.POST.get("name", ""),
                address=request.POST.get("address", ""),
                footer=request.POST.get("footer", ""),
                colour=request.POST.get("colour", ""),
                logo=request.FILES.get("logo"),
            )
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(request, _("Saved. Statements published from now on are signed like this."))
            return redirect("label_brand", label_id=label_id)
    row = LabelBrand.objects.filter(label_id=label_id).first()
    name = ledger.names_of([label_id])[label_id]
    context = {
        "label_id": label_id,
        "name": name,
        "brand": brands.as_brand(row) if row else brands.Brand(label_id=label_id, name=name),
        "posted": request.POST,
    }
    return render(request, "dashboards/brand.html", context)


@require_safe
@requires("earnings.read")
def brand_logo(request: HttpRequest, label_id: UUID) -> HttpResponse:
    """A label's logo, as statements show it."""
    row = LabelBrand.objects.filter(label_id=label_id).first()
    if row is None or not row.logo:
        raise Http404
    response = HttpResponse(bytes(row.logo), content_type="image/png")
    response["Cache-Control"] = "private, max-age=300"
    return response
