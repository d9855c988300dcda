"""From a report that was read to the ledger: decisions, the control total, booking, what waits, and the way back.

A report of many things is booked, and taken back, by a worker: `marketplace.reports.in_parts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db import transaction

from ledger import selectors as ledger
from ledger.domain.events import Difference, Json
from ledger.services import clock, documents, jobs
from ledger.services import reports as books
from ledger.services.settlements import late
from marketplace.reports import late_money, matching
from marketplace.reports.errors import NotBalancedError, WrongStepError
from marketplace.reports.models import IN_THE_BOOKS, Report, ReportGroup, Source

MICRO = 1_000_000
State = ReportGroup.State
BOOK_TASK = "marketplace.book_report"
REVERSE_TASK = "marketplace.reverse_report"
DURING = {BOOK_TASK: Report.State.BOOKING, REVERSE_TASK: Report.State.REVERSING}
REASONS: tuple[Difference, ...] = ("rounding", "fee", "exchange", "withheld", "other")
ROUNDING_MINOR_MAX = 100
ROUNDING_PPM_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The lines against the bank. `difference_micro` is None where the two are in different currencies."""

    reported_micro: int
    reported_currency: str
    received_minor: int
    currency: str
    reason: str
    note: str

    @property
    def difference_micro(self) -> int | None:
        """What the bank received more (below zero: less) than the lines say."""
        if self.reported_currency != self.currency:
            return None
        return self.received_minor * MICRO - self.reported_micro

    @property
    def is_rounding(self) -> bool:
        """Small enough to be nothing but rounding: a minor unit at most, or a tenth of a percent of small sums."""
        gap = self.difference_micro
        if gap is None:
            return False
        bound = min(ROUNDING_MINOR_MAX * MICRO, max(MICRO, abs(self.reported_micro) * ROUNDING_PPM_MAX // 1_000_000))
        return abs(gap) <= bound

    @property
    def is_settled(self) -> bool:
        """Nothing differs, or somebody said why."""
        return self.difference_micro == 0 or bool(self.reason)


def control_of(report: Report) -> Control:
    """What the lines of a report that was read say, against what the bank received."""
    return Control(
        reported_micro=report.reported_micro or 0,
        reported_currency=str(report.summary.get("currency", report.currency)),
        received_minor=report.control_total_minor,
        currency=report.currency,
        reason=report.difference,
        note=report.difference_note,
    )


def decide(*, report_id: UUID, decisions: Mapping[UUID, UUID | None], actor_id: UUID) -> int:
    """Group -> the element it is (None: its money is to wait); returns how many were decided.

    Raises
    ------
    WrongStepError
        If the report is not at that step.
    """
    with transaction.atomic():
        report = _read(report_id)
        rows = ReportGroup.objects.select_for_update().filter(report=report, id__in=list(decisions))
        groups = [one for one in rows if one.state == State.SUGGESTED or one.element_id != decisions[one.id]]
        for group in groups:
            group.element_id = decisions[group.id]
            group.matched_by = "person" if group.element_id else ""
            group.state = State.MATCHED if group.element_id else State.OPEN
        ReportGroup.objects.bulk_update(groups, ["element_id", "matched_by", "state"])
        matching.remember(groups, source_id=report.source_id, actor_id=actor_id)
    return len(groups)


def explain_difference(*, report_id: UUID, reason: str, note: str) -> None:
    """Say why the bank received another sum than the lines say.

    Raises
    ------
    NotBalancedError
        If the reason does not fit the difference.
    WrongStepError
        If the report is not at that step.
    """
    with transaction.atomic():
        report = _read(report_id)
        control = control_of(report)
        if reason not in REASONS:
            raise NotBalancedError("Say why the two sums differ.")
        if reason == "rounding" and not control.is_rounding:
            raise NotBalancedError("That is more than rounding: say what was taken off, or correct the control total.")
        if (control.difference_micro is None) != (reason == "exchange"):
            raise NotBalancedError("An exchange is the reason where, and only where, the currencies differ.")
        if reason == "other" and not note.strip():
            raise NotBalancedError("Say in a few words what the reason is.")
        report.difference, report.difference_note = reason, note.replace("\0", "").strip()[:500]
        report.save(update_fields=["difference", "difference_note"])


def book(*, report_id: UUID, actor_id: UUID, said: Mapping[UUID, str] | None = None) -> None:
    """Write the report into the ledger: what is matched is revenue, all else waits.

    said : group -> the late revenue of a correction that its money is, or nothing (see `late_money`)

    Raises
    ------
    NotBalancedError
        If the lines and the bank differ and nobody said why.
    WrongStepError
        If errors are left, or it is booked.
    ledger.domain.errors.LedgerError
        If the money cannot be divided.
    """
    with transaction.atomic():
        report = _read(report_id)
        if report.summary["data_errors"] and not report.errors_accepted:
            raise WrongStepError("Correct the data errors, or let them stand.")
        _refuse_twice(report)
        control = control_of(report)
        if not control.is_settled:
            raise NotBalancedError("The lines and the bank differ: say why.")
        groups = list(report.groups.select_for_update().order_by("number"))
        booking = books.plan(received(report), parts(groups))
        late_money.announce(report, said or {}, actor_id=actor_id)
        report.booked_by, report.booked_at = actor_id, clock.now()
        if len(booking.parts) > 1:
            _ask(report, BOOK_TASK, {}, actor_id=actor_id)
            return
        keep_booked(report, groups, booking.amounts)
        books.write(booking, 0, actor_id=actor_id)


def _ask(report: Report, task: str, more: Mapping[str, Json], *, actor_id: UUID) -> None:
    """Leave it to a worker; nobody else may change the report from now on."""
    report.state = DURING[task]
    report.job_id = jobs.request(
        task=task,
        arguments={"report_id": str(report.pk), **more},
        actor_id=actor_id,
        key=f"report:{report.pk}:{task}",
    )
    report.save(update_fields=["state", "job_id", "booked_by", "booked_at"])


def keep_booked(report: Report, groups: Sequence[ReportGroup], amounts: Mapping[UUID, int]) -> None:
    """What became of each group, once all of it is in the ledger or will be with this commit."""
    for group in groups:
        group.amount_minor = amounts[group.id]
        group.suggestion_id = None
        if group.element_id is None:
            group.state = State.WAITING if group.amount_minor else State.OPEN
    ReportGroup.objects.bulk_update(groups, ["amount_minor", "state", "suggestion_id"], batch_size=1000)
    report.state = Report.State.BOOKED
    report.save(update_fields=["state", "booked_by", "booked_at"])


def _refuse_twice(report: Report) -> None:
    """The same file may have been uploaded twice before either was booked."""
    Source.objects.select_for_update().get(pk=report.source_id)
    same = Report.objects.filter(source_id=report.source_id, file_hash=report.file_hash, state__in=IN_THE_BOOKS)
    if found := same.first():
        raise WrongStepError(f"This very file is booked already, for {found.period}.")


def parts(groups: Sequence[ReportGroup]) -> list[books.Part]:
    """The groups as the ledger takes them, in order."""
    return [
        books.Part(line_id=group.id, element_id=group.element_id, reported_micro=group.reported_micro)
        for group in groups
    ]


def received(report: Report) -> books.Received:
    """What the ledger is told of a report as a whole."""
    control = control_of(report)
    return books.Received(
        report_id=report.id,
        period=report.period,
        currency=report.currency,
        control_total_minor=report.control_total_minor,
        reported_currency=control.reported_currency,
        difference=cast(Difference, report.difference or "none"),
        document_hash=report.file_hash,
        template_hash=documents.keep(report.template.encode(), media_type="application/json"),
        lines=int(report.summary["lines"]),
    )


def match_waiting(
    *, group_id: UUID, element_id: UUID, actor_id: UUID, by: str = "person", told_id: str | None = None
) -> None:
    """Money that waited belongs to this element: it enters the next run.

    told_id : the late revenue of a correction that it is, or nothing; None where it was not asked

    Raises
    ------
    WrongStepError
        If nothing waits under this id.
    ledger.domain.errors.LedgerError
        If there is no such element.
    """
    with transaction.atomic():
        group = ReportGroup.objects.select_for_update().select_related("report").filter(pk=group_id).first()
        if group is None or group.state != State.WAITING:
            raise WrongStepError("This money does not wait any more.")
        group.element_id, group.matched_by, group.state = element_id, by, State.MATCHED
        group.save(update_fields=["element_id", "matched_by", "state"])
        if by == "person":
            matching.remember([group], source_id=group.report.source_id, actor_id=actor_id)
        books.match(group_id=group_id, element_id=element_id, actor_id=actor_id)
        if told_id is not None:
            late.say(line_id=group_id, told_id=told_id, actor_id=actor_id)


def match_all_waiting(*, actor_id: UUID) -> int:
    """Look again at everything that waits: identifiers may have come since. Returns how many were recognised.

    What a correction may have told before waits on for a person, who is asked.
    """
    waiting = list(ReportGroup.objects.filter(state=State.WAITING).select_related("report"))
    by_source: dict[UUID, list[ReportGroup]] = {}
    for group in waiting:
        by_source.setdefault(group.report.source_id, []).append(group)
    count = 0
    for source_id, groups in by_source.items():
        currencies = {group.id: group.report.currency for group in groups}
        for group_id, found in matching.exact(groups, source_id=source_id).items():
            if late_money.of_element(found.element_id, currencies[group_id]):
                continue
            match_waiting(group_id=group_id, element_id=found.element_id, actor_id=actor_id, by=found.by)
            count += 1
    return count


def reverse(*, report_id: UUID, reason: str, actor_id: UUID) -> None:
    """The report was booked by mistake: all of it is taken back by mirrors, what runs have paid included.

    Raises
    ------
    WrongStepError
        If it is not booked, or no reason is given.
    """
    if not reason.strip():
        raise WrongStepError("Say why the report is taken back: the words are kept with it.")
    with transaction.atomic():
        report = Report.objects.select_for_update().filter(pk=report_id, state=Report.State.BOOKED).first()
        if report is None:
            raise WrongStepError("This report is not booked.")
        reason_hash = documents.keep(reason.strip().encode(), media_type="text/plain")
        if report.groups.count() > books.FACTS_MAX:
            _ask(report, REVERSE_TASK, {"reason_hash": reason_hash}, actor_id=actor_id)
            return
        keep_reversed(report)
        books.reverse(report_id=report_id, reason_hash=reason_hash, actor_id=actor_id)


def keep_reversed(report: Report) -> None:
    """Nothing of it counts any more."""
    report.groups.update(state=State.REVERSED)
    report.state = Report.State.REVERSED
    report.save(update_fields=["state"])


def _read(report_id: UUID) -> Report:
    """The report, locked, when all its amounts could be read and it is not booked."""
    report = Report.objects.select_for_update().filter(pk=report_id).first()
    if report is None or report.state != Report.State.READ:
        raise WrongStepError("This report is not at that step.")
    if report.summary["amount_errors"]:
        raise WrongStepError("Amount errors come first: no line may go on without its amount.")
    return report


def unmatched_micro(currency: str) -> int:
    """What waits in a currency, as the journal has it."""
    return -ledger.balance("unmatched", currency)
