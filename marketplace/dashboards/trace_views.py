"""Doors of the traces: a statement's line and its figures down to the facts, a purchase up to everyone it paid."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ledger.domain.settlement import trace_file
from ledger.services.settlements import periods, tracing, tracing_orders
from ledger.services.settlements.tracing import LineTrace, TraceError
from marketplace.accounts.permissions import requires
from marketplace.accounts.selectors import signed_in
from marketplace.dashboards.payee_views import visible_statement
from marketplace.dashboards.statements import lines
from marketplace.dashboards.traces import figures, line, order


@require_safe
@requires("earnings.read")
def trace_statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Every figure of a statement, with what it is made of."""
    visible_statement(request, statement_id)
    try:
        found = tracing.trace_statement(statement_id)
    except TraceError as error:
        raise Http404 from error
    context = {
        "statement": found.statement,
        "period": periods.parse(found.run.period),
        "view": figures.of_statement(found, signed_in(request)),
        "lines": len(found.rows),
    }
    return render(request, "dashboards/trace_statement.html", context)


@require_safe
@requires("earnings.read")
def trace_line(request: HttpRequest, statement_id: UUID, number: int) -> HttpResponse:
    """One line of a statement: from its amount down to the sale, each step on paper."""
    found = _line(request, statement_id, number)
    context = {
        "statement": found.statement,
        "period": periods.parse(found.run.period),
        "view": line.of_line(found, signed_in(request)),
        "order_id": found.source.order_id if found.source else None,
        "note": lines.note_of(found.row.line_id),
    }
    return render(request, "dashboards/trace_line.html", context)


@require_safe
@requires("earnings.read")
def trace_line_file(request: HttpRequest, statement_id: UUID, number: int) -> HttpResponse:
    """The family's folder and the explanation in one file: `manage.py check_trace` computes it again."""
    found = _line(request, statement_id, number)
    data = json.dumps(trace_file.written(found.family.files, found.explanation), indent=1, ensure_ascii=False)
    response = HttpResponse(data, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="trace-{statement_id}-{number}.json"'
    return response


def _line(request: HttpRequest, statement_id: UUID, number: int) -> LineTrace:
    visible_statement(request, statement_id)
    try:
        return tracing.trace_statement_line(statement_id, number)
    except TraceError as error:
        raise Http404 from error


@require_safe
@requires("order.read")
def trace_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Where the money of a purchase went."""
    user = signed_in(request)
    try:
        found = tracing_orders.trace_order(order_id)
    except TraceError as error:
        raise Http404 from error
    if not order.may_see(found, user):
        raise Http404
    return render(request, "dashboards/trace_order.html", {"view": order.of_order(found, user)})
