"""Three books of one run beside each other: our payouts, the processor's transfers, the movements of its balance.

Whatever does not agree is an exception with words of its own; nothing is dropped because it was not expected.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger import selectors as ledger
from ledger.gateways import movements as books
from ledger.gateways.errors import GatewayError
from ledger.gateways.movements import Movement, Sent
from ledger.services import clock
from marketplace.dashboards.reconciliation_odd import Odd, Seen, fault_words, foreign

TICK_MOVEMENTS = 100
SLACK = dt.timedelta(minutes=5)
"""The processor's clock and ours may differ by this much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One payout with what the processor has for it; `faults` are codes of what does not agree."""

    payout: ledger.Payout
    name: str
    sent: Sent | None
    movement: Movement | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Everything the page shows. `answered` is false where the processor gave no answer: then nothing is known."""

    answered: bool
    pairs: Sequence[Pair] = ()
    exceptions: Sequence[Odd] = ()
    other: Sequence[tuple[str, str, int, int]] = ()
    sums: Sequence[Mapping[str, Any]] = ()
    begin: dt.datetime | None = None
    end: dt.datetime | None = None
    movements: int = 0


class TooManyMovementsError(Exception):
    """More movements than were to be read at once."""


def reconcile(
    run: ledger.SettlementRun, *, at_once: int | None = None, tick: Callable[[int, float], None] | None = None
) -> Reconciliation:
    """Compare the three books of a released run, up to the release of the next one: every movement, however many.

    at_once : give up after so many movements
    tick : told how many were read and, by their time, how far through they are (0 to 1)

    Raises
    ------
    TooManyMovementsError
        If there are more than `at_once`.
    """
    begin, end = _window(run)
    payouts = [one for one in ledger.payouts_of_run(run.run_id) if one.payout_minor]
    try:
        return compare(
            payouts,
            names=ledger.names_of(one.party_id for one in payouts),
            sent=books.transfers_of(transfer_group=f"settlement:{run.run_id}"),
            moved=_counted(books.movements(begin=begin - SLACK, end=end + SLACK), begin, end, at_once, tick),
            known=_known_elsewhere(run),
            begin=begin,
            end=end,
        )
    except GatewayError:
        return Reconciliation(answered=False)


def _counted(
    moved: Iterable[Movement],
    begin: dt.datetime,
    end: dt.datetime,
    at_once: int | None,
    tick: Callable[[int, float], None] | None,
) -> Iterator[Movement]:
    """The movements on their way, newest first."""
    span = max((end - begin).total_seconds(), 1)
    for count, one in enumerate(moved, start=1):
        if at_once is not None and count > at_once:
            raise TooManyMovementsError
        if tick is not None and count % TICK_MOVEMENTS == 0:
            tick(count, min(max((end - one.created_at).total_seconds() / span, 0), 1))
        yield one


def _window(run: ledger.SettlementRun) -> tuple[dt.datetime, dt.datetime]:
    """From this run's release to the next one's (or now): every movement is looked at on one run's page."""
    released: list[dt.datetime] = []
    for record in ledger.events_about(run.run_id, family="settlement"):
        if record.event.kind.startswith("settlement.released"):
            released.append(record.at)
    begin = released[0] if released else run.calculated_at
    later = [one for one in ledger.runs() if one.released_by and one.position > run.position]
    starts = [
        record.at
        for one in later
        for record in ledger.events_about(one.run_id, family="settlement")
        if record.event.kind.startswith("settlement.released")
    ]
    return begin, min(starts, default=max(clock.now(), begin))


def _known_elsewhere(run: ledger.SettlementRun) -> set[str]:
    """Transfers of earlier runs that are tried again, or taken back, within this run's time."""
    earlier = [one for one in ledger.runs() if one.released_by and one.run_id != run.run_id]
    found: set[str] = set()
    for one in earlier[:6]:
        for transfer in books.transfers_of(transfer_group=f"settlement:{one.run_id}"):
            found |= {transfer.transfer_id, *transfer.reversal_ids}
    return found


def compare(
    payouts: Sequence[ledger.Payout],
    *,
    names: Mapping[UUID, str],
    sent: Sequence[Sent],
    moved: Iterable[Movement],
    known: Iterable[str] = (),
    begin: dt.datetime,
    end: dt.datetime,
) -> Reconciliation:
    """The comparison itself: pure. Movements are looked at one by one, and kept only where one is a transfer's."""
    of_payout: defaultdict[str, list[Sent]] = defaultdict(list)
    for one in sent:
        of_payout[one.payout_id].append(one)
    mine = {name for one in sent for name in (one.transfer_id, *one.reversal_ids)} | set(known)
    seen = Seen(wanted={one.balance_transaction_id for one in sent}, mine=mine)
    for one in moved:
        seen.look(one)
    window = (begin - SLACK, end + SLACK)
    pairs = [_pair(one, names[one.party_id], of_payout.get(str(one.payout_id), []), seen, window) for one in payouts]
    exceptions = [exception for pair in pairs for exception in _exceptions(pair)]
    ours = {str(one.payout_id) for one in payouts}
    exceptions += [foreign(one) for one in sent if one.payout_id not in ours]
    exceptions += seen.odd
    return Reconciliation(
        answered=True,
        pairs=pairs,
        exceptions=exceptions,
        other=seen.sums(),
        sums=_sums(pairs),
        begin=begin,
        end=end,
        movements=seen.count,
    )


def _pair(
    payout: ledger.Payout, name: str, sent: list[Sent], seen: Seen, window: tuple[dt.datetime, dt.datetime]
) -> Pair:
    standing = [one for one in sent if one.reversed_minor < one.amount_minor]
    transfer = (standing or sent or [None])[-1]
    movement = seen.by_id.get(transfer.balance_transaction_id) if transfer else None
    faults = list(_of_state(payout, standing, sent))
    if len(standing) > 1:
        faults.append("twice")
    if transfer is not None:
        faults += _of_transfer(payout, transfer)
        # A transfer that was tried again in another run's time has its movement there.
        if movement is None and window[0] <= transfer.created_at <= window[1]:
            faults.append("no_movement")
        if movement is not None and movement.amount_minor != -transfer.amount_minor:
            faults.append("movement_amount")
    return Pair(payout=payout, name=name, sent=transfer, movement=movement, faults=tuple(dict.fromkeys(faults)))


def _of_state(payout: ledger.Payout, standing: list[Sent], sent: list[Sent]) -> Iterable[str]:
    match payout.state:
        case "paid" if not sent:
            yield "missing"
        case "paid" if not standing:
            yield "reversed_there"
        case "requested" | "failed" if standing:
            yield "sent_but_owed"
        case "failed":
            yield "failed"
        case "reversed":
            yield "reversed"


def _of_transfer(payout: ledger.Payout, transfer: Sent) -> list[str]:
    faults = []
    if transfer.currency != payout.currency:
        faults.append("currency")
    elif transfer.amount_minor != payout.payout_minor:
        faults.append("amount")
    if 0 < transfer.reversed_minor < transfer.amount_minor:
        faults.append("reversed_part")
    return faults


def _exceptions(pair: Pair) -> list[Odd]:
    words = fault_words()
    return [
        Odd(
            code=code,
            words=words[code],
            name=pair.name,
            reference=pair.sent.transfer_id if pair.sent else str(pair.payout.payout_id),
            currency=pair.payout.currency,
            ours_minor=pair.payout.payout_minor,
            theirs_minor=pair.sent.amount_minor - pair.sent.reversed_minor if pair.sent else None,
        )
        for code in pair.faults
    ]


def _sums(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    found = []
    for currency in sorted({pair.payout.currency for pair in pairs}):
        mine = [pair for pair in pairs if pair.payout.currency == currency]
        ours = sum(pair.payout.payout_minor for pair in mine if pair.payout.state == "paid")
        theirs = sum(pair.sent.amount_minor - pair.sent.reversed_minor for pair in mine if pair.sent)
        found.append(
            {
                "currency": currency,
                "count": len(mine),
                "ours_minor": ours,
                "theirs_minor": theirs,
                "difference_minor": theirs - ours,
            }
        )
    return found
