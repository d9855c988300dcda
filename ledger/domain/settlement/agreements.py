"""Contracts as they are signed, by element, group or for all, with escalations -> the dated ones that epochs know.

An element's own contract goes before a group's, a group's before a blanket one; of two groups that both hold an
element the contract signed later goes first. A step of an escalation counts the sales of the contract's scope from its
signing on, in the order of the log: the sale that reaches it is still shared at the old rate, the next position at the
new one. A sale that is reversed later still counts, so a step that was reached stays reached.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ledger.domain.settlement.epochs import DatedContract, DatedSplit
from ledger.domain.settlement.period import ContractRow

FOR_EVER = 1 << 62


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A contract: of one element, or of a group, or (neither) of all that the party earns."""

    contract_id: str
    label_id: str
    party_id: str
    label_ppm: int
    signed: int
    ended: int | None = None
    element_id: str = ""
    group_id: str = ""
    escalations: Sequence[tuple[int, int]] = ()
    """(units_from, label_ppm), ascending"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """An element lies in a group from one position to another (None: still)."""

    group_id: str
    element_id: str
    joined: int
    left: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Rate:
    """A share that holds from one position until before another."""

    start: int
    end: int
    agreement: Agreement
    label_ppm: int

    def row(self, element_id: str) -> ContractRow:
        one = self.agreement
        return ContractRow(one.contract_id, one.label_id, one.party_id, element_id, self.label_ppm)


def dated_contracts(
    agreements: Sequence[Agreement],
    *,
    memberships: Sequence[Membership] = (),
    sales: Sequence[tuple[int, str]] = (),
    splits: Sequence[DatedSplit] = (),
) -> list[DatedContract]:
    """What is in force from which position on.

    Parameters
    ----------
    sales : (position, element_id) of every sale line, in the order of the log; needed only where something escalates
    splits : who owns what: a blanket contract counts sales of elements that its party had a share of
    """
    scopes = _Scopes(memberships, splits)
    rates = [rate for one in agreements for rate in _rates(one, sales, scopes)]
    blanket = [rate for rate in rates if not rate.agreement.element_id and not rate.agreement.group_id]
    return [*_blanket(blanket), *_special(rates, memberships)]


def units_sold(
    agreement: Agreement, *, memberships: Sequence[Membership], sales: Sequence[tuple[int, str]],
    splits: Sequence[DatedSplit],
) -> int:  # fmt: skip
    """Units sold in a contract's scope since it was signed."""
    return sum(1 for _ in _units(agreement, sales, _Scopes(memberships, splits)))


class _Scopes:
    """Which elements a contract is about, at any position."""

    def __init__(self, memberships: Iterable[Membership], splits: Iterable[DatedSplit]) -> None:
        self._members: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for one in memberships:
            self._members[one.group_id, one.element_id].append((one.joined, _end(one.left)))
        self._owners: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
        for split in sorted(splits, key=lambda split: split.position):
            self._owners[split.element_id].append((split.position, frozenset(party for party, _, _ in split.shares)))

    def holds(self, agreement: Agreement, element_id: str, position: int) -> bool:
        if agreement.element_id:
            return agreement.element_id == element_id
        if agreement.group_id:
            spans = self._members.get((agreement.group_id, element_id), ())
            return any(joined <= position < left for joined, left in spans)
        owners: frozenset[str] = frozenset()
        for since, parties in self._owners.get(element_id, ()):
            if since <= position:
                owners = parties
        return agreement.party_id in owners


def _end(position: int | None) -> int:
    return FOR_EVER if position is None else position


def _units(agreement: Agreement, sales: Sequence[tuple[int, str]], scopes: _Scopes) -> Iterator[int]:
    """The position of each unit sold under a contract."""
    end = _end(agreement.ended)
    for position, element_id in sales:
        if agreement.signed < position < end and scopes.holds(agreement, element_id, position):
            yield position


def _rates(agreement: Agreement, sales: Sequence[tuple[int, str]], scopes: _Scopes) -> list[_Rate]:
    """The first share, and one more for each step that was reached, one after the other."""
    starts = [(agreement.signed, agreement.label_ppm)]
    if agreement.escalations:
        units = list(_units(agreement, sales, scopes))
        starts += [(units[least - 1] + 1, ppm) for least, ppm in agreement.escalations if least <= len(units)]
    ends = [*(start for start, _ in starts[1:]), _end(agreement.ended)]
    return [
        _Rate(start, end, agreement, ppm)
        for (start, ppm), end in zip(starts, ends, strict=True)
        if start < end  # two steps within one order: only the last of them holds
    ]


def _blanket(rates: Sequence[_Rate]) -> Iterator[DatedContract]:
    by_party: dict[str, list[_Rate]] = defaultdict(list)
    for rate in rates:
        by_party[rate.agreement.party_id].append(rate)
    for mine in by_party.values():
        yield from _timeline("", mine)


def _special(rates: Sequence[_Rate], memberships: Sequence[Membership]) -> Iterator[DatedContract]:
    """Contracts of elements and groups, written out by element."""
    inside: dict[str, list[Membership]] = defaultdict(list)
    for one in memberships:
        inside[one.group_id].append(one)
    found: dict[tuple[str, str], list[_Rate]] = defaultdict(list)
    for rate in rates:
        agreement = rate.agreement
        if agreement.element_id:
            found[agreement.party_id, agreement.element_id].append(rate)
        for member in inside.get(agreement.group_id, ()) if agreement.group_id else ():
            start, end = max(rate.start, member.joined), min(rate.end, _end(member.left))
            if start < end:
                found[agreement.party_id, member.element_id].append(_Rate(start, end, agreement, rate.label_ppm))
    for (_, element_id), mine in found.items():
        yield from _timeline(element_id, mine)


def _timeline(element_id: str, rates: Sequence[_Rate]) -> Iterator[DatedContract]:
    """One contract at a time: at each change, the one that goes first, or none."""
    last: ContractRow | None = None
    for position in sorted({edge for rate in rates for edge in (rate.start, rate.end)} - {FOR_EVER}):
        standing = [rate for rate in rates if rate.start <= position < rate.end]
        first = max(standing, key=_precedence, default=None)
        row = first.row(element_id) if first else None
        if row != last:
            shown = row or last
            assert shown is not None, "the first edge is a start"
            yield DatedContract(position=position, contract=shown, over=row is None)
        last = row


def _precedence(rate: _Rate) -> tuple[bool, int]:
    return bool(rate.agreement.element_id), rate.agreement.signed
