"""Questions about reports of others: where each stands, what is wrong in it, what it names, what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger import selectors as ledger
from ledger.services import clock
from marketplace.catalogue import selectors as catalogue
from marketplace.reports.booking import Control, control_of
from marketplace.reports.models import Report, ReportFault, ReportGroup, ReportLine, Source
from marketplace.reports.reading.amounts import micro
from marketplace.reports.reading.template import Template

PAGE_ROWS = 50
STEPS = ("upload", "map", "amounts", "data", "match", "control", "book")
State = Report.State
DECIDED = (State.BOOKING, State.BOOKED, State.REVERSING, State.REVERSED)
"""Nothing of the report can be changed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a revenue line came from, when it is no sale of ours."""

    report_id: UUID
    source: str
    period: str

    def __str__(self) -> str:
        return f"{self.source}, {self.period}"


def origins(report_ids: Iterable[UUID]) -> dict[UUID, Origin]:
    """Report -> its source and period, for statements and traces."""
    rows = Report.objects.filter(pk__in=set(report_ids)).select_related("source")
    return {row.pk: Origin(report_id=row.pk, source=row.source.name, period=row.period) for row in rows}


def source_of(report_id: UUID) -> Origin | None:
    """The source and period of one report."""
    return origins([report_id]).get(report_id)


def origin_of_line(line_id: UUID) -> Origin | None:
    """The source and period behind a revenue line; None if it is a sale of ours."""
    sale = ledger.external_sale(line_id)
    return source_of(sale.report_id) if sale is not None else None


# ---------------------------------------------------------------------------------------------------- one report
def report(report_id: UUID) -> Report | None:
    """The report with this id."""
    return Report.objects.select_related("source").filter(pk=report_id).first()


def reports() -> list[Report]:
    """Every report that was not set aside, newest first."""
    return list(Report.objects.select_related("source").exclude(state=State.DISCARDED).order_by("-uploaded_at")[:500])


def sources() -> list[str]:
    """The names of all sources."""
    return list(Source.objects.order_by("folded").values_list("name", flat=True))


def is_being_read(found: Report) -> bool:
    """Whether a worker has, or will have, its file; a reading that was cancelled can be asked for again."""
    job = ledger.job(found.job_id) if found.state == State.READING and found.job_id else None
    return job is not None and job.state == "requested"


def current_step(found: Report) -> str:
    """The step at which a person is needed."""
    if found.state in (State.MAPPING, State.READING):
        return "map"
    if found.state != State.READ:
        return "book"
    if found.summary.get("amount_errors"):
        return "amounts"
    if found.summary.get("data_errors") and not found.errors_accepted:
        return "data"
    if found.groups.filter(state=ReportGroup.State.SUGGESTED).exists():
        return "match"
    return "book" if control_of(found).is_settled else "control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the rail."""

    name: str
    label: str
    note: str
    state: str
    can_open: bool


def rail(found: Report) -> list[Step]:
    """The steps of a report, with what each needs."""
    here = STEPS.index(current_step(found))
    done = found.state in DECIDED
    labels = (_("Upload"), _("Columns"), _("Amounts"), _("Data"), _("Match"), _("Bank"), _("Book"))
    notes = _notes(found)
    steps = []
    for place, (name, label) in enumerate(zip(STEPS, labels, strict=True)):
        state = "done" if place < here or done else "current" if place == here else "todo"
        is_bad = state == "current" and name in ("amounts", "data") and found.state == State.READ
        can_open = name != "upload" and (place <= here or found.state == State.READ)
        steps.append(
            Step(name=name, label=label, note=notes.get(name, ""), state="bad" if is_bad else state, can_open=can_open)
        )
    return steps


def _notes(found: Report) -> dict[str, str]:
    if found.state not in (State.READ, *DECIDED):
        return {"upload": found.file_name[:40]}
    left, count = found.groups.filter(element_id=None).count(), int(found.summary.get("lines", 0))
    errors = {name: int(found.summary.get(f"{name}_errors", 0)) for name in ("amount", "data")}
    return {
        "upload": found.file_name[:40],
        "map": ngettext("%(count)s line", "%(count)s lines", count) % {"count": f"{count:,}"},
        **{
            step: ngettext("%(count)s error", "%(count)s errors", wrong) % {"count": wrong} if wrong else ""
            for step, wrong in (("amounts", errors["amount"]), ("data", errors["data"]))
        },
        "match": _("%(count)s not matched") % {"count": left} if left else _("all matched"),
    }


def control(found: Report) -> Control:
    """Its lines against what the bank received."""
    return control_of(found)


def template(found: Report) -> Template:
    """Its mapping."""
    return Template.from_json(found.template)


def faults(found: Report, kind: str, *, page: int) -> Page[ReportFault]:
    """Its errors of a kind, in order of the file."""
    rows = found.faults.filter(kind=kind).order_by("line", "id")
    return Paginator(rows, PAGE_ROWS).get_page(page)


def every_fault(found: Report) -> Iterator[ReportFault]:
    """All errors that were written down."""
    return found.faults.order_by("line", "id").iterator(chunk_size=2000)


# ---------------------------------------------------------------------------------------------------- its groups
@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A group as the review shows it, with the titles of what it is or may be."""

    group: ReportGroup
    element_title: str
    suggestion_title: str
    origin: Origin | None = None

    @property
    def names(self) -> str:
        """By what the report calls it."""
        words = " · ".join(part for part in (self.group.title, self.group.artist) if part)
        return words or self.group.isrc or self.group.iswc or self.group.our_id or _("nothing names it")


ORDER = {"suggested": 0, "open": 1, "waiting": 1, "matched": 2, "reversed": 2}


def groups(found: Report, *, show: str, page: int) -> Page[ReportGroup]:
    """Its groups, those that carry most money first; `show` is left (to decide), matched or all."""
    rows = found.groups.all()
    if show == "left":
        rows = rows.filter(element_id=None)
    elif show == "matched":
        rows = rows.exclude(element_id=None)
    return Paginator(rows.order_by("-reported_micro", "number"), PAGE_ROWS).get_page(page)


def with_titles(rows: Sequence[ReportGroup]) -> list[GroupRow]:
    """Groups with the titles of their elements and suggestions."""
    ids = [one for row in rows for one in (row.element_id, row.suggestion_id) if one]
    titles = {element_id: row.title for element_id, row in catalogue.rows_for(ids).items()}
    return [
        GroupRow(
            group=row,
            element_title=titles.get(row.element_id, _("an element")) if row.element_id else "",
            suggestion_title=titles.get(row.suggestion_id, "") if row.suggestion_id else "",
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A report's money by what is known of it: (groups, micro as reported, minor as booked)."""

    matched: tuple[int, int, int | None]
    left: tuple[int, int, int | None]


def totals(found: Report) -> Totals:
    """How much is matched and how much is not."""
    is_left = Q(element_id=None)
    sums = found.groups.aggregate(
        **{
            f"{name}_{what}": function
            for name, which in (("matched", ~is_left), ("left", is_left))
            for what, function in (
                ("count", Count("id", filter=which)),
                ("micro", Sum("reported_micro", filter=which)),
                ("minor", Sum("amount_minor", filter=which)),
            )
        }
    )
    pairs = {
        name: (sums[f"{name}_count"], int(sums[f"{name}_micro"] or 0), sums[f"{name}_minor"])
        for name in ("matched", "left")
    }
    return Totals(**pairs)


def stores(found: Report) -> list[tuple[str, int, int]]:
    """(store, lines, micro) of the shops within the source."""
    currency = str(found.summary.get("currency") or found.currency)
    return [
        (str(one["store"]), int(one["lines"]), micro(Decimal(one["total"]), currency))
        for one in found.summary.get("stores", [])
    ]


def lines(found: Report) -> Iterator[tuple[ReportLine, ReportGroup]]:
    """Every line with what it names, for the export."""
    by_number = {group.number: group for group in found.groups.all()}
    for line in found.lines.order_by("line").iterator(chunk_size=5000):
        yield line, by_number[line.group_number]


# ------------------------------------------------------------------------------------------------------- waiting
@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """All money of one source in one currency that nobody has recognised yet."""

    source: str
    currency: str
    amount_minor: int
    groups: int
    oldest_days: int


def waiting(*, page: int) -> tuple[Page[ReportGroup], list[GroupRow]]:
    """What waits, the oldest first."""
    rows = ReportGroup.objects.filter(state=ReportGroup.State.WAITING).select_related("report__source")
    found = Paginator(rows.order_by("report__booked_at", "-amount_minor", "id"), PAGE_ROWS).get_page(page)
    return found, with_titles(list(found))


def waiting_by_source() -> list[Waits]:
    """What waits, by source and currency, with its age; the sums are the ledger's own."""
    found: dict[tuple[str, str], list[ledger.ExternalSale]] = {}
    money = ledger.external_money_waiting()
    names = origins(one.report_id for one in money)
    for one in money:
        origin = names.get(one.report_id)
        found.setdefault((origin.source if origin else "", one.currency), []).append(one)
    now: dt.datetime = clock.now()
    return [
        Waits(
            source=source,
            currency=currency,
            amount_minor=sum(one.amount_minor for one in rows),
            groups=len(rows),
            oldest_days=max((now - one.at).days for one in rows),
        )
        for (source, currency), rows in sorted(found.items())
    ]
