"""Running balances: what happened to an artist's money, in the order in which it did."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.journal import payable
from ledger.services.settlements import periods
from marketplace.labels.access import Label

MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement: how it changed what is owed to the artist, and what the artist has to repay."""

    at: dt.datetime
    position: int
    currency: str
    words: str
    note: str = ""
    owed_micro: int = 0
    repay_micro: int = 0
    reserve_micro: int = 0
    statement_id: UUID | None = None
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry with the balances after it."""

    entry: Entry
    owed_after_micro: int
    repay_after_micro: int
    reserve_after_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything in one currency."""

    currency: str
    lines: tuple[Line, ...]

    @property
    def last(self) -> Line:
        """Where it stands now."""
        return self.lines[-1]


def full_books(party_id: UUID) -> list[Book]:
    """An artist's whole account, for platform staff: it ends with what the journal says is owed."""
    entries = [*_from_statements(party_id), *_from_adjustments(party_id), *_from_payouts(party_id)]
    entries += _owed_to_labels(party_id, label_id=None)
    return _running(entries)


def label_books(label: Label, party_id: UUID) -> list[Book]:
    """What an artist has to repay to one label: all of the account that is the label's business."""
    return _running(_owed_to_labels(party_id, label_id=label.label_id))


def journal_owes(party_id: UUID, currency: str) -> int:
    """What the journal says is owed to a party, micro: the check on a book's last line."""
    return -ledger.balance(payable(party_id), currency) - ledger.balance(payable(party_id, escrowed=True), currency)


def _running(entries: list[Entry]) -> list[Book]:
    books: dict[str, list[Line]] = {}
    for entry in sorted(entries, key=lambda one: one.position):
        lines = books.setdefault(entry.currency, [])
        owed, repay, reserve = (
            (lines[-1].owed_after_micro, lines[-1].repay_after_micro, lines[-1].reserve_after_micro)
            if lines
            else (0, 0, 0)
        )
        lines.append(
            Line(
                entry=entry,
                owed_after_micro=owed + entry.owed_micro,
                repay_after_micro=repay + entry.repay_micro,
                reserve_after_micro=reserve + entry.reserve_micro,
            )
        )
    return [Book(currency=currency, lines=tuple(lines)) for currency, lines in sorted(books.items())]


def _from_statements(party_id: UUID) -> Iterator[Entry]:
    """What each run did, step by step."""
    periods_of = {run.run_id: periods.parse(run.period).words for run in ledger.runs()}
    for one in reversed(ledger.statements_of(party_id)):
        period = periods_of.get(one.run_id, "")
        for words, owed, reserve in (
            (_("Royalties of %(period)s"), one.royalty_micro, 0),
            (_("Recouped in %(period)s"), -one.recouped_micro, 0),
            (_("Recoupment received in %(period)s"), one.recoupment_received_micro, 0),
            (_("Reserve taken in %(period)s"), -one.reserve_held_micro, one.reserve_held_micro),
            (_("Reserve released in %(period)s"), one.reserve_released_micro, -one.reserve_released_micro),
        ):
            if owed:
                yield Entry(
                    at=one.at,
                    position=one.position,
                    currency=one.currency,
                    words=words % {"period": period},
                    owed_micro=owed,
                    reserve_micro=reserve,
                    statement_id=one.statement_id,
                )


def _from_adjustments(party_id: UUID) -> Iterator[Entry]:
    words = {
        "correction": _("Correction of a settled period"),
        "escrow_expired": _("Escrow that ran out"),
        "cost": _("Cost"),
        "agreement": _("Agreed adjustment"),
    }
    for one in ledger.adjustments_since(party_id, -1):
        yield Entry(
            at=one.at,
            position=one.position,
            currency=one.currency,
            words=words.get(one.basis, one.basis),
            owed_micro=one.amount_micro,
        )


def _from_payouts(party_id: UUID) -> Iterator[Entry]:
    ids = [one.payout_id for one in ledger.payouts_of(party_id)]
    for record in ledger.events_about_any(ids) if ids else ():
        event = record.event
        if not isinstance(event, events.PayoutPaid | events.PayoutReversed):
            continue
        paid = isinstance(event, events.PayoutPaid)
        yield Entry(
            at=record.at,
            position=record.position,
            currency=event.currency,
            words=_("Payout") if paid else _("Payout that came back"),
            note=_("a part was withheld for tax") if event.withheld_minor else "",
            owed_micro=(-1 if paid else 1) * event.gross_minor * MICRO,
            event_id=record.event_id,
        )


def _owed_to_labels(party_id: UUID, *, label_id: UUID | None) -> Iterator[Entry]:
    """Advances, costs and what was recouped of them."""
    owed = {one.advance_id: one for one in ledger.advances(party_id=party_id, label_id=label_id)}
    for one in owed.values():
        record = ledger.event_at(one.position)
        if record is not None:
            yield Entry(
                at=record.at,
                position=record.position,
                currency=one.currency,
                words=_("Cost") if one.cost_id else _("Advance"),
                repay_micro=one.amount_micro,
                event_id=record.event_id,
            )
    left = {one.advance_id: one.amount_micro for one in owed.values()}
    for record in ledger.events_about_any(list(owed), family="advance") if owed else ():
        event = record.event
        if isinstance(event, events.AdvanceRecouped | events.AdvanceCorrected) and event.advance_id in owed:
            change = event.unrecouped_micro - left[event.advance_id]
            left[event.advance_id] = event.unrecouped_micro
            of = _("cost") if owed[event.advance_id].cost_id else _("advance")
            yield Entry(
                at=record.at,
                position=record.position,
                currency=owed[event.advance_id].currency,
                words=_("Repaid of %(what)s") % {"what": of} if change <= 0 else _("Counts as not repaid: correction"),
                repay_micro=change,
                event_id=record.event_id,
            )


# -------------------------------------------------------------------------------------------------------- the label
@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """The label's own part of one run in one currency."""

    period: str
    at: dt.datetime
    statement: ledger.Statement
    label_part_micro: int
    """What came to it by contracts, of its royalty."""


def run_rows(label: Label) -> list[RunRow]:
    """The label's part of every released run, newest first."""
    periods_of = {run.run_id: periods.parse(run.period).words for run in ledger.runs()}
    return [
        RunRow(
            period=periods_of.get(one.run_id, ""),
            at=one.at,
            statement=one,
            label_part_micro=sum(amount for _element, amount in _label_lines(one)),
        )
        for one in ledger.statements_of(label.label_id)
    ]


def parts_by_element(label: Label) -> dict[tuple[str, UUID], int]:
    """(currency, element whose owner shared it) -> what contracts brought the label, over all runs."""
    found: dict[tuple[str, UUID], int] = {}
    for one in ledger.statements_of(label.label_id):
        for element_id, amount in _label_lines(one):
            found[one.currency, element_id] = found.get((one.currency, element_id), 0) + amount
    return found


def _label_lines(statement: ledger.Statement) -> list[tuple[UUID, int]]:
    data = ledger.document(statement.lines_hash) or b""
    rows = csv.DictReader(io.StringIO(data.decode()))
    return [(UUID(row["element_id"]), int(row["amount_micro"])) for row in rows if row["basis"] == "label"]
