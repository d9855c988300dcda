"""Doors for staff beside the runs: both ways of sharing subscriptions, rates of exchange, flat files of a run."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ledger import selectors as ledger
from ledger.services import clock
from ledger.services.settlements import gather, periods
from marketplace.accounts.permissions import requires
from marketplace.dashboards import dsr, figures, fx
from marketplace.dashboards.models import FxRate

ECB = "ECB"
NEWEST_SHOWN = 60
MICRO = 1_000_000


@require_safe
@requires("settlement.read")
def subscription_policies(request: HttpRequest) -> HttpResponse:
    """What the credits of a period bring to whom, user-centric and pro rata, side by side."""
    name = request.GET.get("period", "")
    try:
        period = periods.parse(name or f"{clock.now():%Y-%m}")
        start = periods.start_of(period)
    except periods.PeriodError as error:
        messages.error(request, str(error))
        return redirect("subscription_policies")
    found = figures.compare(start, period.end)
    names = ledger.names_of({row.party_id for row in found.rows})
    currencies = sorted({row.currency for row in found.rows})
    tables = [
        (
            currency,
            [
                (names[row.party_id], row, row.user_centric_micro // MICRO, row.pro_rata_micro // MICRO)
                for row in found.rows
                if row.currency == currency
            ],
        )
        for currency in currencies
    ]
    context = {"period": period, "found": found, "tables": tables, "choices": _months()}
    return render(request, "dashboards/policies.html", context)


def _months() -> list[periods.Period]:
    """The last twelve months, this one first, none from before anything was sold."""
    moment, found = clock.now(), []
    first = gather.first_sale_at()
    for _number in range(12):
        period = periods.month_of(moment)
        if found and first is not None and period.end <= first:
            break
        found.append(period)
        moment = periods.start_of(period) - periods.DAY
    return found


@require_http_methods(["GET", "POST"])
@requires("settlement.prepare")
def rates(request: HttpRequest) -> HttpResponse:
    """The rates that totals can be read with, and a file with newer ones."""
    faults: list[str] = []
    more = 0
    if request.method == "POST":
        upload = request.FILES.get("rates")
        try:
            if upload is None or not upload.size or upload.size > fx.BYTES_MAX:
                raise fx.RatesError([_("Choose the ECB’s eurofxref-hist.csv, at most 8 MiB.")])
            taken = fx.take_file(upload.read(), source=ECB)
        except fx.RatesError as error:
            faults, more = error.faults, error.more
        else:
            messages.success(
                request,
                _("%(rates)s rates of %(days)s days, the newest of %(newest)s.")
                % {"rates": taken.rates, "days": taken.days, "newest": taken.newest},
            )
            return redirect("rates")
    day = FxRate.objects.order_by("-date").values_list("date", flat=True).first()
    newest = FxRate.objects.filter(date=day).order_by("is_demo", "quote")[:NEWEST_SHOWN]
    context = {"faults": faults, "more": more, "newest": newest, "day": day}
    return render(request, "dashboards/rates.html", context, status=422 if faults else 200)


@require_safe
@requires("settlement.read")
def run_dsr(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """A released run as one DSR-shaped flat file; `?party=` of one payee or label."""
    run = ledger.run(run_id)
    if run is None:
        raise Http404
    statements = ledger.statements_of_run(run_id)
    if wanted := request.GET.get("party"):
        statements = [one for one in statements if str(one.party_id) == wanted]
    if not statements:
        raise Http404
    response = HttpResponse(dsr.of_statements(statements), content_type="text/tab-separated-values; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="run-{run_id}-dsr-shaped.tsv"'
    return response
