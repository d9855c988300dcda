"""One statement, gathered once: page, PDF and CSV are three ways to write this down, so their figures cannot differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.services.settlements import periods, reasons
from marketplace.dashboards.statements import lines
from marketplace.dashboards.statements.brand import Brand, brand_of

MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of the account: `amount_micro` is what it adds (results: what stands there then)."""

    name: str
    words: str
    amount_micro: int
    is_result: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """Everything a statement says."""

    statement_id: UUID
    run_id: UUID
    party_id: UUID
    payee: str
    currency: str
    period: str
    period_name: str
    issued_at: dt.datetime
    position: int
    escrowed: bool
    figures: tuple[Figure, ...]
    why_not: str
    royalty_micro: int
    rows: tuple[lines.RawLine, ...]
    titles: dict[UUID, str]
    sources: tuple[lines.Source, ...]
    brand: Brand

    def __hash__(self) -> int:
        return hash(self.statement_id)


def of(statement: ledger.Statement) -> StatementView:
    """Gather a statement."""
    run = ledger.run(statement.run_id)
    assert run is not None, statement
    rows = lines.read(statement.lines_hash)
    titles = lines.titles_of(rows)
    return StatementView(
        statement_id=statement.statement_id,
        run_id=statement.run_id,
        party_id=statement.party_id,
        payee=ledger.names_of([statement.party_id])[statement.party_id],
        currency=statement.currency,
        period=periods.parse(run.period).words,
        period_name=run.period,
        issued_at=statement.at,
        position=statement.position,
        escrowed=statement.escrowed,
        figures=tuple(_figures(statement, run)),
        why_not=why_not_paid(statement),
        royalty_micro=statement.royalty_micro,
        rows=rows,
        titles=titles,
        sources=lines.sources(rows, titles),
        brand=brand_of(statement),
    )


def why_not_paid(statement: ledger.Statement) -> str:
    """Why a positive balance was not paid, and what becomes of it; empty if it was paid, or there was none."""
    reason = reasons.of_statement(statement)
    if not reason:
        return ""
    if statement.escrowed:
        return _("Not paid yet: it waits in escrow until the invited person opens an account.")
    return _("Not paid in this run: %(reason)s. It stays yours and is carried over to the next run.") % {
        "reason": reason
    }


def _figures(one: ledger.Statement, run: ledger.SettlementRun) -> Iterator[Figure]:
    adjustments = list(_adjustments(one, run))
    opening = one.opening_micro - sum(figure.amount_micro for figure in adjustments)
    yield Figure(name="opening", words=_("Brought forward"), amount_micro=opening)
    yield from adjustments
    yield Figure(name="royalty", words=_("Royalties"), amount_micro=one.royalty_micro)
    yield from _recouped(one)
    if one.recoupment_received_micro:
        words = _("Advances repaid to you")
        yield Figure(name="recoupment_received", words=words, amount_micro=one.recoupment_received_micro)
    if one.reserve_held_micro:
        note = _("against refunds")
        yield Figure(name="reserve_held", words=_("Reserve held"), amount_micro=-one.reserve_held_micro, note=note)
    if one.reserve_released_micro:
        yield Figure(name="reserve_released", words=_("Reserve released"), amount_micro=one.reserve_released_micro)
    yield Figure(name="payable", words=_("Payable"), amount_micro=one.payable_micro, is_result=True)
    yield from _payout(one)


def _payout(one: ledger.Statement) -> Iterator[Figure]:
    if one.withheld_minor:
        gross = one.gross_payout_minor * MICRO
        yield Figure(name="gross_payout", words=_("Payout before tax"), amount_micro=gross)
        yield Figure(name="withheld", words=_("Tax withheld"), amount_micro=-one.withheld_minor * MICRO)
    yield Figure(name="payout", words=_("Payout"), amount_micro=one.payout_minor * MICRO, is_result=True)
    yield Figure(name="carried", words=_("Carried over"), amount_micro=one.carried_micro, is_result=True)


def _adjustments(one: ledger.Statement, run: ledger.SettlementRun) -> Iterator[Figure]:
    words = {
        "correction": _("Correction of an earlier period"),
        "escrow_expired": _("Escrow that ended"),
        "cost": _("Cost"),
        "agreement": _("By agreement"),
    }
    for found in ledger.adjustments_of(one.party_id, one.currency, run):
        yield Figure(
            name="adjustment",
            words=words.get(found.basis, found.basis),
            amount_micro=found.amount_micro,
            note=" ".join([ledger.reason_of(found), _("posted %(day)s") % {"day": f"{found.at:%Y-%m-%d}"}]).strip(),
        )


def _recouped(one: ledger.Statement) -> Iterator[Figure]:
    """Advance by advance; what cannot be told apart any more stands in one row."""
    if not one.recouped_micro:
        return
    found = ledger.recouped_in(run_id=one.run_id, party_id=one.party_id, currency=one.currency)
    names = ledger.names_of({part.label_id for part in found})
    for part in found:
        # Zero left: repaid in full.
        note = _("repaid in full") if not part.unrecouped_micro else _("not all of it is repaid yet")
        yield Figure(
            name="recouped",
            words=_("Kept to repay an advance of %(label)s") % {"label": names[part.label_id]},
            amount_micro=-part.amount_micro,
            note=note,
        )
    rest = one.recouped_micro - sum(part.amount_micro for part in found)
    if rest:
        yield Figure(name="recouped", words=_("Kept to repay advances"), amount_micro=-rest)
