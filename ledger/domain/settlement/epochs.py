"""Rights that change within a period: one kernel run in which every element stands once for each of its epochs.

A family is a set of elements tied by derivations. Each change of a split, a derivation or a contract that concerns the
family starts an epoch of it; a sale belongs to the newest epoch that starts at or before its position, a reversal to
that of what it reverses. The pair (element, epoch) is an element of its own to the kernel, with the rights of that
epoch: so steps 1 to 5 run once per epoch, and the parties' royalties join at step 6 by themselves.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from ledger.domain.settlement.period import ContractRow, DerivationRow, Period, RevenueRow, SplitRow
from ledger.domain.settlement.result import AllocationRow, SettlementResult

BEFORE_ALL = -1
"""The epoch before any change: nothing was agreed yet."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DatedSplit:
    """From `position` on, an element is divided so."""

    position: int
    element_id: str
    shares: Sequence[tuple[str, str, int]]
    """(party_id, role, share_ppm)"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DatedParents:
    """From `position` on, a child's income flows back so: all its parents, in place of earlier ones."""

    position: int
    child_id: str
    parents: Sequence[tuple[str, int]]
    """(parent_id, upstream_ppm)"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DatedContract:
    """From `position` on, a label takes its share; an earlier contract of the party at the same level is over.

    `over`: from there on there is none at this level, and a blanket one applies again.
    """

    position: int
    contract: ContractRow
    over: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DatedLine:
    """A revenue line and the position of its sale; of a reversal, the position of what it reverses."""

    position: int
    line: RevenueRow


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """All changes of rights up to the run's cut-off, in any order."""

    splits: Sequence[DatedSplit]
    parents: Sequence[DatedParents] = ()
    contracts: Sequence[DatedContract] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Epochs:
    """A period for the kernel, and the way back."""

    period: Period
    origin: Mapping[str, tuple[str, int]]
    """The kernel's element id -> (element_id, epoch)."""

    def allocation_rows(self, result: SettlementResult) -> list[AllocationRow]:
        """The run's allocations by true element: summed over epochs, zero sums left out, sorted as in the file."""
        total: dict[tuple[str, str, str, str], int] = defaultdict(int)
        for row in result.allocation_rows():
            total[row.currency, self.origin[row.element_id][0], row.party_id, row.basis] += row.amount_micro
        return [AllocationRow(*key, amount) for key, amount in sorted(total.items()) if amount]


def in_epochs(base: Period, lines: Iterable[DatedLine], rights: Rights) -> Epochs:
    """Make the kernel's period of a period whose rights changed.

    Parameters
    ----------
    base : all that does not depend on epochs; its splits, revenue, derivations and contracts are not used
    lines : what is settled, with positions
    rights : what was agreed and when

    Raises
    ------
    ValueError
        If an element id holds a space or a control character: the epoch is written behind one.
    """
    history = _History(rights)
    sold: dict[tuple[str, int], list[RevenueRow]] = defaultdict(list)
    for dated in lines:
        sold[dated.line.element_id, history.epoch_of(dated.line.element_id, dated.position)].append(dated.line)
    needed = _reachable(sold, history)
    names = {pair: _virtual_id(*pair) for pair in needed}
    period = dataclasses.replace(
        base,
        revenue=[line._replace(element_id=names[pair]) for pair, group in sold.items() for line in group],
        splits=[
            SplitRow(names[element, epoch], *share)
            for element, epoch in needed
            for share in history.shares(element, epoch)
        ],
        derivations=[
            DerivationRow(names[child, epoch], names[parent, epoch], ppm)
            for child, epoch in needed
            for parent, ppm in history.parents(child, epoch)
        ],
        contracts=list(_contracts(needed, names, history)),
    )
    return Epochs(period, {name: pair for pair, name in names.items()})


def _virtual_id(element_id: str, epoch: int) -> str:
    # A space sorts before all that an id may hold, so ids of one epoch keep their order: step 3 depends on it.
    if any(character <= " " for character in element_id):
        raise ValueError(f"element id {element_id!r} holds a space or a control character")
    return f"{element_id} @{epoch}"


def _reachable(sold: Iterable[tuple[str, int]], history: _History) -> dict[tuple[str, int], None]:
    """Everything that was sold and all it flows back to, each in its epoch; in the order of discovery."""
    found = dict.fromkeys(sold)
    stack = list(found)
    while stack:
        element, epoch = stack.pop()
        for parent, _ in history.parents(element, epoch):
            if (parent, epoch) not in found:
                found[parent, epoch] = None
                stack.append((parent, epoch))
    return found


def _contracts(
    needed: Iterable[tuple[str, int]], names: Mapping[tuple[str, int], str], history: _History
) -> Iterator[ContractRow]:
    """The contract in force for each owner of each element; a blanket one is written out for every element."""
    number = 0
    for element, epoch in needed:
        for party in dict.fromkeys(party for party, _, _ in history.shares(element, epoch)):
            contract = history.contract(party, element, epoch)
            if contract is not None:
                number += 1
                yield ContractRow(
                    f"{contract.contract_id} {number}",
                    contract.label_id,
                    party,
                    names[element, epoch],
                    contract.label_ppm,
                )


class _History:
    """What was in force at any position."""

    def __init__(self, rights: Rights) -> None:
        self._splits = _timelines((row.element_id, row.position, row.shares) for row in rights.splits)
        self._parents = _timelines((row.child_id, row.position, row.parents) for row in rights.parents)
        self._contracts = _timelines(
            ((row.contract.party_id, row.contract.element_id), row.position, None if row.over else row.contract)
            for row in rights.contracts
        )
        self._family = _families(rights)
        self._changes = self._positions_by_family(rights)

    def _positions_by_family(self, rights: Rights) -> dict[str, list[int]]:
        changes: dict[str, set[int]] = defaultdict(set)
        owned: dict[str, set[str]] = defaultdict(set)
        for split in rights.splits:
            changes[self._family_of(split.element_id)].add(split.position)
            for party, _, _ in split.shares:
                owned[party].add(self._family_of(split.element_id))
        for row in rights.parents:
            changes[self._family_of(row.child_id)].add(row.position)
        for signed in rights.contracts:
            contract = signed.contract
            families = {self._family_of(contract.element_id)} if contract.element_id else owned[contract.party_id]
            for family in families:
                changes[family].add(signed.position)
        return {family: sorted(positions) for family, positions in changes.items()}

    def _family_of(self, element: str) -> str:
        return self._family.get(element, element)

    def epoch_of(self, element: str, position: int) -> int:
        """The newest change of the element's family at or before the position."""
        changes = self._changes.get(self._family_of(element), [])
        place = bisect.bisect_right(changes, position)
        return changes[place - 1] if place else BEFORE_ALL

    def shares(self, element: str, position: int) -> Sequence[tuple[str, str, int]]:
        return _at(self._splits.get(element), position) or ()

    def parents(self, child: str, position: int) -> Sequence[tuple[str, int]]:
        return _at(self._parents.get(child), position) or ()

    def contract(self, party: str, element: str, position: int) -> ContractRow | None:
        special = _at(self._contracts.get((party, element)), position)
        return special if special is not None else _at(self._contracts.get((party, "")), position)


_K = TypeVar("_K")
_V = TypeVar("_V")


def _timelines(rows: Iterable[tuple[_K, int, _V]]) -> dict[_K, tuple[list[int], list[_V]]]:
    """Per key: positions in order, and what holds from each."""
    grouped: dict[_K, dict[int, _V]] = defaultdict(dict)
    for key, position, value in rows:
        grouped[key][position] = value
    return {key: (sorted(values), [values[position] for position in sorted(values)]) for key, values in grouped.items()}


def _at(timeline: tuple[list[int], list[_V]] | None, position: int) -> _V | None:
    if timeline is None:
        return None
    place = bisect.bisect_right(timeline[0], position)
    return timeline[1][place - 1] if place else None


def _families(rights: Rights) -> dict[str, str]:
    """Element -> the least id of its family: all elements ever tied by a derivation."""
    root: dict[str, str] = {}

    def find(element: str) -> str:
        root.setdefault(element, element)
        while root[element] != element:
            root[element] = root[root[element]]
            element = root[element]
        return element

    for row in rights.parents:
        for parent, _ in row.parents:
            low, high = sorted((find(row.child_id), find(parent)))
            root[high] = low
    return {element: find(element) for element in list(root)}
