"""Files of reports: a sample to try the way with, errors with their place, lines as they were read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from marketplace.accounts.permissions import requires
from marketplace.reports import selectors
from marketplace.reports.models import Report

SAMPLE = """ISRC;Track title;Artist;Store;Period;Streams;Net revenue;Currency
DE-A12-24-00001;Night ferry;Mira;Nimbus DE;2026-10;12.408;31,020000;EUR
;Tide tables;Mira;Nimbus FR;2026-10;310;0,775310;EUR
"""
LINE_COLUMNS = (
    *("line", "isrc", "iswc", "title", "artist", "element_id", "matched_by", "amount", "quantity", "date", "store"),
)


def _report(report_id: UUID) -> Report:
    found = selectors.report(report_id)
    if found is None:
        raise Http404
    return found


@require_safe
@requires("report.import")
def sample(request: HttpRequest) -> HttpResponse:
    """A small file of the kind that can be read, to try the way with."""
    response = HttpResponse(SAMPLE.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sample-report.csv"'
    return response


class _Echo:
    """A file that gives back what is written to it: the csv module's way of streaming."""

    def write(self, text: str) -> str:
        """The text."""
        return text


def _csv(name: str, rows: Iterator[list[Any]]) -> StreamingHttpResponse:
    writer = csv.writer(_Echo(), lineterminator="\n")
    response = StreamingHttpResponse(
        (writer.writerow([_plain(cell) for cell in row]) for row in rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _plain(cell: Any) -> Any:
    """A text that begins like a formula must not become one in a spreadsheet."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


@require_safe
@requires("report.import")
def errors_csv(request: HttpRequest, report_id: UUID) -> HttpResponseBase:
    """Every error with its place, for whoever corrects the file."""
    found = _report(report_id)

    def rows() -> Iterator[list[Any]]:
        yield ["line", "column", "kind", "what is wrong"]
        for one in selectors.every_fault(found):
            yield [one.line, one.column, one.kind, one.words]

    return _csv(f"errors-{report_id}.csv", rows())


@require_safe
@requires("report.import")
def lines_csv(request: HttpRequest, report_id: UUID) -> HttpResponseBase:
    """Every line as it was read, with the element it was matched to."""
    found = _report(report_id)

    def rows() -> Iterator[list[Any]]:
        yield list(LINE_COLUMNS)
        for line, group in selectors.lines(found):
            names = [group.isrc, group.iswc, group.title, group.artist, str(group.element_id or ""), group.matched_by]
            yield [line.line, *names, line.amount.normalize(), line.quantity, line.date, line.store]

    return _csv(f"report-{report_id}.csv", rows())
