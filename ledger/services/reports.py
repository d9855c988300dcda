"""Booking what others sold for us, and the way back: a small report in one commit, a large one in several.

A commit of the log holds everybody else up while it is written, so a large report goes in by parts of a bounded size.
Each part is a command with a key of its own: a worker that was stopped begins again, and nothing is written twice.
Between the first part and the last, what is left of the bank's money stands on the account `reported`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction

from ledger.domain import events
from ledger.domain.errors import WrongStateError
from ledger.domain.received import divide
from ledger.models import Element, ExternalMoney, ExternalReport
from ledger.services import log
from ledger.services.append import append, recorded

LINE_MINOR_MAX = 10**10
"""What one revenue line of a settlement run can be."""

FACTS_MAX = 2_000
"""Facts of one commit."""

STANDING = ("sold", "waiting", "matched")
"""Money of a report that is not taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing a report names: `line_id` is its id in the ledger, `element_id` None while nobody recognises it."""

    line_id: UUID
    element_id: UUID | None
    reported_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What is said of a report as a whole."""

    report_id: UUID
    period: str
    currency: str
    control_total_minor: int
    reported_currency: str
    difference: events.Difference
    document_hash: str
    template_hash: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A report as it goes into the log: its head, what follows in parts, and what each line gets (minor units)."""

    head: events.ReportBooked
    parts: tuple[tuple[events.Event, ...], ...]
    amounts: Mapping[UUID, int]


def book(received: Received, parts: Sequence[Part], *, actor_id: UUID) -> dict[UUID, int]:
    """Divide what the bank received and write it: sales of known elements, money that waits for the others.

    Joins the caller's transaction, if there is one, and takes the log's lock: call it last. Returns line id -> minor.
    Booking the same again gives the same.

    Raises
    ------
    WrongStateError, KeyReusedError
        As `plan` and `write`.
    """
    booking = plan(received, parts)
    with transaction.atomic():
        for number in range(len(booking.parts)):
            write(booking, number, actor_id=actor_id)
    return dict(booking.amounts)


def plan(received: Received, parts: Sequence[Part]) -> Booking:
    """Divide what the bank received, and write nothing. The same report gives the same parts.

    Raises
    ------
    WrongStateError
        If the money cannot be divided so, or an element does not exist.
    """
    amounts = divide(
        received.control_total_minor,
        [part.reported_micro for part in parts],
        is_exchanged=received.currency != received.reported_currency,
    )
    if any(abs(amount) > LINE_MINOR_MAX for amount in amounts):
        raise WrongStateError("one line of a run holds at most 10,000,000,000 minor units")
    known = {part.element_id for part in parts if part.element_id is not None}
    if len(known) != Element.objects.filter(element_id__in=known).count():
        raise WrongStateError("a line is matched with an element that does not exist")
    facts = list(_facts(received, parts, amounts))
    head = events.ReportBooked(
        report_id=received.report_id,
        period=received.period,
        currency=received.currency,
        control_total_minor=received.control_total_minor,
        reported_currency=received.reported_currency,
        reported_micro=sum(part.reported_micro for part in parts),
        difference=received.difference,
        document_hash=received.document_hash,
        template_hash=received.template_hash,
        lines=received.lines,
        sales=sum(isinstance(fact, events.ExternalSaleRecorded) for fact in facts),
        waiting=sum(isinstance(fact, events.ExternalMoneyWaiting) for fact in facts),
    )
    return Booking(
        head=head,
        parts=tuple(tuple(facts[start : start + FACTS_MAX]) for start in range(0, len(facts), FACTS_MAX)) or ((),),
        amounts={part.line_id: amount for part, amount in zip(parts, amounts, strict=True)},
    )


def write(booking: Booking, number: int, *, actor_id: UUID) -> None:
    """One part of a report, from 0 on and in order; the first has the report's head before it. Said again, it stands.

    Raises
    ------
    KeyReusedError
        If the part was written with other figures.
    """
    key = f"report:{booking.head.report_id}:book"
    with transaction.atomic():
        if number:
            append(*booking.parts[number], actor_id=actor_id, key=f"{key}:{number}")
        else:
            append(booking.head, *booking.parts[0], actor_id=actor_id, key=key)


def _facts(received: Received, parts: Sequence[Part], amounts: Sequence[int]) -> Iterator[events.Event]:
    """Sales first, then what waits. A part of nothing is no fact."""
    report_id, currency = received.report_id, received.currency
    both = [(part, amount) for part, amount in zip(parts, amounts, strict=True) if amount]
    for part, amount in both:
        if part.element_id is not None:
            yield events.ExternalSaleRecorded(
                line_id=part.line_id,
                report_id=report_id,
                element_id=part.element_id,
                currency=currency,
                gross_minor=amount,
                reverses_id=None,
            )
    for part, amount in both:
        if part.element_id is None:
            yield events.ExternalMoneyWaiting(
                group_id=part.line_id, report_id=report_id, currency=currency, amount_minor=amount
            )


def match(*, group_id: UUID, element_id: UUID, actor_id: UUID) -> None:
    """What waited belongs to this element: it is revenue from now on. Said again, nothing happens.

    Raises
    ------
    WrongStateError
        If nothing waits under this id, or there is no such element.
    """
    key = f"external:{group_id}:match"
    with transaction.atomic():
        log.lock_head()  # nobody may reverse the report between looking and writing
        row = ExternalMoney.objects.filter(line_id=group_id).first()
        if row is not None and row.state == "matched" and row.element_id == element_id and recorded(key):
            return
        if row is None or row.state != "waiting" or not _is_booked(row.report_id):
            raise WrongStateError("this money does not wait any more")
        if not Element.objects.filter(element_id=element_id).exists():
            raise WrongStateError(f"there is no element {element_id}")
        fact = events.ExternalMoneyMatched(
            group_id=group_id,
            report_id=row.report_id,
            element_id=element_id,
            currency=row.currency,
            amount_minor=row.amount_minor,
        )
        append(fact, actor_id=actor_id, key=key)


def _is_booked(report_id: UUID) -> bool:
    return ExternalReport.objects.filter(report_id=report_id, state="booked").exists()


def reverse(*, report_id: UUID, reason_hash: str, actor_id: UUID) -> None:
    """A report was booked by mistake: every part gets its mirror, divided as the part was. Said again, nothing happens.

    Raises
    ------
    WrongStateError
        If it is not booked, or not all of it yet.
    """
    with transaction.atomic():
        while reverse_part(report_id=report_id, reason_hash=reason_hash, actor_id=actor_id):
            pass


def reverse_part(*, report_id: UUID, reason_hash: str, actor_id: UUID) -> int:
    """Mirrors of the next lines that have none, in one commit; how many lines are left after them.

    Raises
    ------
    WrongStateError
        If it is not booked, or not all of it yet.
    """
    key = f"report:{report_id}:reverse"
    with transaction.atomic():
        log.lock_head()  # nobody may match its money between looking and writing
        report = ExternalReport.objects.filter(report_id=report_id).first()
        has_begun = report is not None and report.state == "reversed" and bool(recorded(key))
        if report is None or (report.state != "booked" and not has_begun):
            raise WrongStateError("this report is not booked")
        if not has_begun and not _is_whole(report):
            raise WrongStateError("this report is still being booked")
        standing = ExternalMoney.objects.filter(report_id=report_id, state__in=STANDING)
        left, rows = standing.count(), list(standing.order_by("position", "line_id")[:FACTS_MAX])
        if has_begun and rows:
            append(*map(_mirror, rows), actor_id=actor_id, key=f"{key}:{rows[0].line_id}")
        elif not has_begun:
            head = events.ReportReversed(
                report_id=report_id,
                currency=report.currency,
                control_total_minor=report.control_total_minor,
                reason_hash=reason_hash,
            )
            append(head, *map(_mirror, rows), actor_id=actor_id, key=key)
    return left - len(rows)


def _is_whole(report: ExternalReport) -> bool:
    """Whether every part that the head announces is written."""
    (record,) = log.read(report.position, report.position + 1)
    assert isinstance(record.event, events.ReportBooked), report.position
    written = ExternalMoney.objects.filter(report_id=report.report_id).exclude(state="mirror").count()
    return bool(written == record.event.sales + record.event.waiting)


def _mirror(row: ExternalMoney) -> events.Event:
    if row.element_id is None:
        return events.ExternalMoneyReturned(
            group_id=row.line_id, report_id=row.report_id, currency=row.currency, amount_minor=row.amount_minor
        )
    return events.ExternalSaleRecorded(
        line_id=uuid5(NAMESPACE_OID, f"mirror/{row.line_id}"),
        report_id=row.report_id,
        element_id=row.element_id,
        currency=row.currency,
        gross_minor=-row.amount_minor,
        reverses_id=row.line_id,
    )
