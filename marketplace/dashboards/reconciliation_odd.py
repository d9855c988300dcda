"""What of the processor's books a person has to look at, found while its movements stream by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ledger.gateways import movements as books
from ledger.gateways.movements import Movement, Sent


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


def foreign(one: Sent) -> Odd:
    """A transfer of the run that belongs to no payout of ours."""
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


class Seen:
    """What is kept of the movements: those of transfers, those that are odd, and how many of which kind there were."""

    def __init__(self, *, wanted: set[str], mine: set[str]) -> None:
        self._wanted, self._mine = wanted, mine
        self.by_id: dict[str, Movement] = {}
        self.odd: list[Odd] = []
        self.count = 0
        self._counts: Counter[tuple[str, str]] = Counter()
        self._nets: Counter[tuple[str, str]] = Counter()

    def look(self, one: Movement) -> None:
        """The next movement."""
        self.count += 1
        if one.movement_id in self._wanted:
            self.by_id[one.movement_id] = one
        if (odd := _odd_movement(one, self._mine)) is not None:
            self.odd.append(odd)
        self._counts[one.type, one.currency] += 1
        self._nets[one.type, one.currency] += one.net_minor

    def sums(self) -> list[tuple[str, str, int, int]]:
        """(type, currency, how many, net) of every movement, so that nothing is out of sight."""
        return [
            (kind, money, self._counts[kind, money], self._nets[kind, money]) for kind, money in sorted(self._counts)
        ]
