"""Money of a report that a correction may have told before: who books it is asked, so that it counts once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from ledger import selectors as ledger
from ledger.services.settlements import late, periods
from ledger.services.settlements.late import Late
from marketplace.catalogue import selectors as catalogue
from marketplace.reports.errors import WrongStepError
from marketplace.reports.models import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Late revenue that it may be: of which settled period, and how much of it is waited for."""

    told_id: str
    period: str
    left_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing of a report, and what a correction told of it."""

    group_id: UUID
    element_id: UUID
    currency: str
    title: str
    reported_micro: int
    choices: tuple[Choice, ...]

    @property
    def key(self) -> str:
        """The id in the name of a form's field."""
        return str(self.group_id)


def questions(report: Report) -> list[Question]:
    """What has to be asked before a report is booked: of things whose element a correction told late revenue of."""
    waited = [one for one in late.standing() if one.currency == report.currency]
    if not waited:
        return []
    ids = {one.element_id for one in waited}
    titles = {key: row.title for key, row in catalogue.rows_for(ids).items()}
    return [
        Question(
            group_id=group.id,
            element_id=group.element_id,
            currency=report.currency,
            title=titles.get(group.element_id, group.title),
            reported_micro=group.reported_micro,
            choices=choices(one for one in waited if one.element_id == group.element_id),
        )
        for group in report.groups.filter(element_id__in=ids, reported_micro__gt=0).order_by("number")
    ]


def choices(waited: Iterable[Late]) -> tuple[Choice, ...]:
    """Late revenue as it is offered to choose."""
    found = list(waited)
    runs = {one.run_id: ledger.run(one.run_id) for one in found}
    return tuple(
        Choice(
            told_id=one.told_id,
            period=periods.parse(run.period).words if (run := runs[one.run_id]) else "",
            left_minor=one.left.gross_minor,
            currency=one.currency,
        )
        for one in found
    )


def of_element(element_id: UUID, currency: str) -> tuple[Choice, ...]:
    """What money of one element may be."""
    return choices(one for one in late.standing([element_id]) if one.currency == currency)


def announce(report: Report, said: Mapping[UUID, str], *, actor_id: UUID) -> None:
    """Write the answers down, before the lines they are about.

    Raises
    ------
    WrongStepError
        If one is missing.
    ledger.domain.errors.LedgerError
        If it cannot be that.
    """
    for one in questions(report):
        if one.group_id not in said:
            raise WrongStepError(f"A correction told money of “{one.title}” before: say whether this is that money.")
        late.announce(
            line_id=one.group_id,
            told_id=said[one.group_id],
            element_id=one.element_id,
            currency=one.currency,
            actor_id=actor_id,
        )
