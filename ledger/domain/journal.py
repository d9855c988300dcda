"""Double entry: what each money event posts. Pure: the journal is a function of the log.

Debits are positive, credits negative, all in micro (1 minor = 1,000,000 micro); each entry sums to zero per currency.

| account | holds |
|---|---|
| processor | what the payment processor keeps for us (an asset) |
| tax, withheld | what is owed to the state |
| unsettled | net revenue that no run has divided yet |
| subscribers | money of credits that nobody has used yet |
| payable:P, escrow:P, reserve:P | what is owed to party P: now, once it has an account, once the reserve is due |
| recoupment | royalties on their way to the label that paid an advance |
| adjustments | the other side of corrections |
| bank | what shops and services of others paid us |
| reported | a report's money on its way to its lines: zero once the report is booked |
| unmatched | a report's money for what nobody has recognised yet |
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from ledger.domain import events as ev
from ledger.domain.errors import UnbalancedEntryError

MICRO = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class Posting:
    """One debit (> 0) or credit (< 0)."""

    account: str
    currency: str
    amount_micro: int


Legs = Iterable[tuple[str, str, int]]


def postings_of(event: ev.Event) -> tuple[Posting, ...]:
    """The journal entry of an event: empty for events that move no money, and without zero postings.

    Raises
    ------
    UnbalancedEntryError
        If the event's own amounts do not add up.
    """
    rule = _RULES.get(type(event))
    if rule is None:
        return ()
    postings = tuple([Posting(*leg) for leg in rule(event) if leg[2]])
    check_balanced(postings)
    return postings


def check_balanced(postings: Iterable[Posting]) -> None:
    """Raise UnbalancedEntryError unless the postings sum to zero per currency."""
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount_micro
    if any(sums.values()):
        currency, total = min((currency, total) for currency, total in sums.items() if total)
        raise UnbalancedEntryError(f"the entry's postings in {currency} sum to {total} micro, not 0")


def payable(party_id: UUID, *, escrowed: bool = False) -> str:
    """The account of what is owed to a party; in escrow while it has no account on the site."""
    return f"{'escrow' if escrowed else 'payable'}:{party_id}"


def _order_paid(event: ev.OrderPaid) -> Legs:
    gross = sum(line.gross_minor for line in event.lines)
    tax = sum(line.tax_minor for line in event.lines)
    return _money_in(event.currency, gross=gross, tax=tax)


def _money_in(currency: str, *, gross: int, tax: int) -> Legs:
    yield "processor", currency, gross * MICRO
    yield "tax", currency, -tax * MICRO
    yield "unsettled", currency, -(gross - tax) * MICRO


def _fee(currency: str, fee: int) -> Legs:
    yield "unsettled", currency, fee * MICRO
    yield "processor", currency, -fee * MICRO


def _sums(lines: Iterable[ev.LineAmount]) -> tuple[int, int, int]:
    rows = [(line.gross_minor, line.tax_minor, line.fee_minor) for line in lines]
    return sum(r[0] for r in rows), sum(r[1] for r in rows), sum(r[2] for r in rows)


def _charge_settled(event: ev.ChargeSettled) -> Legs:
    return _fee(event.currency, _sums(event.lines)[2])


def _order_refunded(event: ev.OrderRefunded) -> Legs:
    # A fee in a refund is one that the processor gave back.
    gross, tax, fee = _sums(event.lines)
    yield from _money_in(event.currency, gross=-gross, tax=-tax)
    yield from _fee(event.currency, -fee)


def _dispute_opened(event: ev.DisputeOpened) -> Legs:
    gross, tax, fee = _sums(event.lines)
    yield from _money_in(event.currency, gross=-gross, tax=-tax)
    yield from _fee(event.currency, fee)


def _dispute_won(event: ev.DisputeWon) -> Legs:
    gross, tax, fee = _sums(event.lines)
    yield from _money_in(event.currency, gross=gross, tax=tax)
    yield from _fee(event.currency, -fee)


def _credits_granted(event: ev.CreditsGranted) -> Legs:
    yield "processor", event.currency, (event.gross_minor - event.fee_minor) * MICRO
    yield "tax", event.currency, -event.tax_minor * MICRO
    yield "subscribers", event.currency, -(event.gross_minor - event.tax_minor - event.fee_minor) * MICRO


def _credits_released(event: ev.CreditsSpent | ev.CreditsExpired) -> Legs:
    yield "subscribers", event.currency, event.released_minor * MICRO
    yield "unsettled", event.currency, -event.released_minor * MICRO


def _adjustment_posted(event: ev.AdjustmentPosted) -> Legs:
    yield "adjustments", event.currency, event.gross_minor * MICRO
    yield "unsettled", event.currency, -event.gross_minor * MICRO


def _balance_adjusted(event: ev.BalanceAdjusted) -> Legs:
    yield "adjustments", event.currency, event.amount_micro
    yield payable(event.party_id, escrowed=event.escrowed), event.currency, -event.amount_micro


def _correction_met(event: ev.CorrectionMet) -> Legs:
    # The correction took it from the payees; here is the money that it had been told for.
    net = event.gross_minor - event.tax_minor - event.fee_minor
    return _moved("unsettled", "adjustments", event.currency, net)


def _statement_issued(event: ev.StatementIssued) -> Legs:
    owed, reserve = payable(event.party_id, escrowed=event.escrowed), f"reserve:{event.party_id}"
    for debit, credit, amount in (
        ("unsettled", owed, event.royalty_micro),
        (owed, "recoupment", event.recouped_micro),
        ("recoupment", owed, event.recoupment_received_micro),
        (owed, reserve, event.reserve_held_micro),
        (reserve, owed, event.reserve_released_micro),
    ):
        yield debit, event.currency, amount
        yield credit, event.currency, -amount


def _payout_paid(event: ev.PayoutPaid) -> Legs:
    return _payout(event, sign=1)


def _payout_reversed(event: ev.PayoutReversed) -> Legs:
    return _payout(event, sign=-1)


def _payout(event: ev.PayoutPaid | ev.PayoutReversed, *, sign: int) -> Legs:
    yield payable(event.party_id), event.currency, sign * event.gross_minor * MICRO
    yield "withheld", event.currency, -sign * event.withheld_minor * MICRO
    yield "processor", event.currency, -sign * event.payout_minor * MICRO


def _party_claimed(event: ev.PartyClaimed) -> Legs:
    for amount in event.escrow:
        yield payable(event.party_id, escrowed=True), amount.currency, amount.amount_micro
        yield payable(event.party_id), amount.currency, -amount.amount_micro


def _report_booked(event: ev.ReportBooked) -> Legs:
    return _moved("reported", "bank", event.currency, event.control_total_minor)


def _report_reversed(event: ev.ReportReversed) -> Legs:
    return _moved("bank", "reported", event.currency, event.control_total_minor)


def _external_sale(event: ev.ExternalSaleRecorded) -> Legs:
    return _moved("unsettled", "reported", event.currency, event.gross_minor)


def _external_waiting(event: ev.ExternalMoneyWaiting) -> Legs:
    return _moved("unmatched", "reported", event.currency, event.amount_minor)


def _external_matched(event: ev.ExternalMoneyMatched) -> Legs:
    return _moved("unsettled", "unmatched", event.currency, event.amount_minor)


def _external_returned(event: ev.ExternalMoneyReturned) -> Legs:
    return _moved("reported", "unmatched", event.currency, event.amount_minor)


def _moved(credit: str, debit: str, currency: str, amount_minor: int) -> Legs:
    yield debit, currency, amount_minor * MICRO
    yield credit, currency, -amount_minor * MICRO


_RULES: dict[type[ev.Event], Callable[[Any], Legs]] = {
    ev.OrderPaid: _order_paid,
    ev.ChargeSettled: _charge_settled,
    ev.OrderRefunded: _order_refunded,
    ev.DisputeOpened: _dispute_opened,
    ev.DisputeWon: _dispute_won,
    ev.CreditsGranted: _credits_granted,
    ev.CreditsSpent: _credits_released,
    ev.CreditsExpired: _credits_released,
    ev.AdjustmentPosted: _adjustment_posted,
    ev.BalanceAdjusted: _balance_adjusted,
    ev.CorrectionMet: _correction_met,
    ev.StatementIssued: _statement_issued,
    ev.PayoutPaid: _payout_paid,
    ev.PayoutReversed: _payout_reversed,
    ev.PartyClaimed: _party_claimed,
    ev.ReportBooked: _report_booked,
    ev.ReportReversed: _report_reversed,
    ev.ExternalSaleRecorded: _external_sale,
    ev.ExternalMoneyWaiting: _external_waiting,
    ev.ExternalMoneyMatched: _external_matched,
    ev.ExternalMoneyReturned: _external_returned,
}

MONEY_EVENTS = tuple(_RULES)
"""The events that have a journal entry."""
