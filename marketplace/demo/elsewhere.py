"""A streaming service's report of last month: two elements known by their ISRC, one by its title, one by nobody."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from ledger.services import identifiers
from marketplace.catalogue.models import Entry
from marketplace.demo.shelves import Shelves
from marketplace.reports import booking, reader, services
from marketplace.reports.models import Report
from marketplace.reports.reading.template import Template

SOURCE = "Nimbus Streaming"
KNOWN = (("two-lamps", "DEA122600001", "61,840210"), ("small-room", "DEA122600002", "18,402775"))
BY_TITLE = ("pretty-peggy", "7,310044")
UNKNOWN = ("Low water at Leith (edit)", "12,449983")
BANK_MINOR = 10_000
HEADER = "ISRC;Track title;Artist;Store;Month;Streams;Net revenue;Currency"


def stream(shelves: Shelves, *, staff_id: UUID, period: str, at: dt.datetime) -> UUID:
    """The report comes, is matched and booked; what nobody knows waits. Returns the report."""
    titles = dict(Entry.objects.filter(pk__in=shelves.element.values()).values_list("element_id", "title"))
    rows = [HEADER]
    for slug, isrc, amount in KNOWN:
        entry = Entry.objects.get(pk=shelves.element[slug])
        identifiers.identify(element_id=entry.element_id, scheme="isrc", text=isrc, actor_id=entry.seller_id)
        rows.append(f"{isrc};{entry.title};;Nimbus DE;{period};24736;{amount};EUR")
    slug, amount = BY_TITLE
    rows.append(f";{titles[shelves.element[slug]]} (live);;Nimbus FR;{period};2924;{amount};EUR")
    rows.append(f"QZES62600077;{UNKNOWN[0]};;Nimbus DE;{period};4979;{UNKNOWN[1]};EUR")
    report_id = services.upload(
        source_name=SOURCE,
        period=period,
        currency="EUR",
        control_total_minor=BANK_MINOR,
        bank_date=at.date(),
        file_name=f"nimbus-{period}.csv",
        data="\r\n".join([*rows, ""]).encode("utf-8-sig"),
        actor_id=staff_id,
    )
    report = Report.objects.get(pk=report_id)
    services.map_columns(report_id=report_id, template=Template.from_json(report.template), actor_id=staff_id)
    report.refresh_from_db()
    assert report.job_id is not None
    reader.read(report.job_id)
    suggested = {one.pk: one.suggestion_id for one in report.groups.exclude(suggestion_id=None)}
    booking.decide(report_id=report_id, decisions=suggested, actor_id=staff_id)
    booking.explain_difference(report_id=report_id, reason="rounding", note="")
    booking.book(report_id=report_id, actor_id=staff_id)
    return report_id
