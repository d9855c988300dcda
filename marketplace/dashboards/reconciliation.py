"""Three books of one run beside each other: our payouts, the processor's transfers, the movements of its balance.

Whatever does not agree is an exception with words of its own; nothing is dropped because it was not expected.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.gateways import movements as books
from ledger.gateways.errors import GatewayError
from ledger.gateways.movements import Movement, Sent
from ledger.services import clock

MOVEMENTS_MAX = 2000
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
class Odd:
    """Something that a person has to look at."""

    code: str
    words: str
    name: str
    reference: str
    currency: str
    ours_minor: int | None
    theirs_minor: int | None


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
    cut: bool = False


def fault_words() -> dict[str, str]:
    """What each code means, and what to do."""
    return {
        "missing": _("We say it was paid; the processor has no such transfer. Ask the processor, then pay it again."),
        "sent_but_owed": _("The transfer went out, but we have it as owed: try it again, nothing is sent twice."),
        "twice": _("More than one transfer stands for this payout: take one back."),
        "amount": _("The transfer’s amount is not the payout’s."),
        "currency": _("The transfer’s currency is not the payout’s."),
        "reversed_there": _("The processor took it back, and we do not have that yet."),
        "reversed_part": _("A part of the transfer was taken back."),
        "reversed": _("It was paid and came back: owed again. Find out why, then pay it again."),
        "failed": _("The transfer was refused; it stays owed and is tried again."),
        "no_movement": _("The transfer left no trace in the processor’s balance."),
        "movement_amount": _("The balance moved by another amount than the transfer’s."),
        "foreign": _("A transfer of this run that belongs to no payout of ours."),
        "foreign_movement": _("The balance moved by a transfer that is no payout’s."),
        "unknown_type": _("A kind of movement that we do not know: find out what it means."),
    }


def reconcile(run: ledger.SettlementRun) -> Reconciliation:
    """Compare the three books of a released run, up to the release of the next one."""
    begin, end = _window(run)
    try:
        sent = books.transfers_of(transfer_group=f"settlement:{run.run_id}")
        moved, cut = books.movements(begin=begin - SLACK, end=end + SLACK, limit=MOVEMENTS_MAX)
    except GatewayError:
        return Reconciliation(answered=False)
    payouts = [one for one in ledger.payouts_of_run(run.run_id) if one.payout_minor]
    names = ledger.names_of(one.party_id for one in payouts)
    return compare(
        payouts, names=names, sent=sent, moved=moved, known=_known_elsewhere(run), begin=begin, end=end, cut=cut
    )


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
    moved: Sequence[Movement],
    known: Iterable[str] = (),
    begin: dt.datetime,
    end: dt.datetime,
    cut: bool = False,
) -> Reconciliation:
    """The comparison itself: pure."""
    of_payout: defaultdict[str, list[Sent]] = defaultdict(list)
    for one in sent:
        of_payout[one.payout_id].append(one)
    by_id = {one.movement_id: one for one in moved}
    pairs = [_pair(one, names[one.party_id], of_payout.get(str(one.payout_id), []), by_id, cut) for one in payouts]
    exceptions = [exception for pair in pairs for exception in _exceptions(pair)]
    ours = {str(one.payout_id) for one in payouts}
    exceptions += [_foreign(one) for one in sent if one.payout_id not in ours]
    mine = {name for one in sent for name in (one.transfer_id, *one.reversal_ids)} | set(known)
    exceptions += [found for one in moved if (found := _odd_movement(one, mine))]
    return Reconciliation(
        answered=True,
        pairs=pairs,
        exceptions=exceptions,
        other=_other(moved),
        sums=_sums(pairs),
        begin=begin,
        end=end,
        cut=cut,
    )


def _pair(payout: ledger.Payout, name: str, sent: list[Sent], moved: Mapping[str, Movement], cut: bool) -> Pair:
    standing = [one for one in sent if one.reversed_minor < one.amount_minor]
    transfer = (standing or sent or [None])[-1]
    movement = moved.get(transfer.balance_transaction_id) if transfer else None
    faults = list(_of_state(payout, standing, sent))
    if len(standing) > 1:
        faults.append("twice")
    if transfer is not None:
        faults += _of_transfer(payout, transfer)
        if movement is None and not cut and not transfer.balance_transaction_id:
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


def _foreign(one: Sent) -> Odd:
    return Odd(
        code="foreign",
        words=fault_words()["foreign"],
        name="",
        reference=one.transfer_id,
        currency=one.currency,
        ours_minor=None,
        theirs_minor=one.amount_minor - one.reversed_minor,
    )


def _odd_movement(one: Movement, mine: set[str]) -> Odd | None:
    if one.type not in books.KNOWN_TYPES:
        code = "unknown_type"
    elif one.type in books.TRANSFER_TYPES and one.source_id not in mine:
        code = "foreign_movement"
    else:
        return None
    return Odd(
        code=code,
        words=fault_words()[code],
        name=one.type,
        reference=one.movement_id,
        currency=one.currency,
        ours_minor=None,
        theirs_minor=one.amount_minor,
    )


def _other(moved: Iterable[Movement]) -> list[tuple[str, str, int, int]]:
    """(type, currency, how many, net) of every movement, so that nothing is out of sight."""
    counts: Counter[tuple[str, str]] = Counter()
    nets: Counter[tuple[str, str]] = Counter()
    for one in moved:
        counts[one.type, one.currency] += 1
        nets[one.type, one.currency] += one.net_minor
    return [(kind, currency, counts[kind, currency], nets[kind, currency]) for kind, currency in sorted(counts)]


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
