"""A run cut into tasks that share nothing but bytes: past one machine, any number of workers settle one period.

Elements and parties are cut into ranges of their sorted ids, the derivation graph into levels. A task of steps 1 to 5
belongs to one (currency, level, range of elements), a task of steps 6 to 10 to one (currency, range of parties). What a
task hands on is a parcel of sums for another range; sums do not depend on the order of their addends, and every
division is made once, where all that is divided has arrived. So the results are those of `run.settle`, byte for byte,
in whatever order the tasks of a stage are worked, and however often.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import numpy as np

from ledger.domain.settlement.allocate import Ints, allocate_groups, allocate_ppm, ranges
from ledger.domain.settlement.flow import Graph, Level, flow_plan, graph_of, levels_of
from ledger.domain.settlement.inputs import NOBODY, Advances, Balances, Holds, Minimums, PartyRates, SettlementInputs
from ledger.domain.settlement.limits import MICRO_PER_MINOR
from ledger.domain.settlement.net import Net, net_per_element
from ledger.domain.settlement.owners import COMMISSION, Owners, Parts, divide_portions, owners_of, sum_parts
from ledger.domain.settlement.payees import Statements, concatenated, pay, payees_of, recoup
from ledger.domain.settlement.result import Allocations, SettlementResult

Task = Callable[[], None]


class Parcels(Protocol):
    """What tasks hand to each other. A key that is put again, by a task that ran twice, holds the same bytes."""

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes under the key."""

    def under(self, prefix: str) -> Iterator[bytes]:
        """The bytes of every key that begins so, in any order."""


class Memory:
    """Parcels in one process: what tests and small runs use."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes under the key."""
        assert self.kept.setdefault(key, data) == data, key

    def under(self, prefix: str) -> Iterator[bytes]:
        """The bytes of every key that begins so."""
        return iter([data for key, data in self.kept.items() if key.startswith(prefix)])


def pack(**arrays: Ints) -> bytes:
    """Arrays as bytes."""
    found = io.BytesIO()
    np.savez(found, allow_pickle=False, **arrays)
    return found.getvalue()


def unpack(data: bytes) -> Mapping[str, Ints]:
    """The inverse of `pack`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return dict(found)


def _cuts(size: int, ranges_wanted: int) -> Ints:
    """Bounds of equal ranges: (ranges + 1,)."""
    return np.linspace(0, size, ranges_wanted + 1).astype(np.int64)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A run's input in ranges. What a task reads of it is one range's rows: in a database, a query by id."""

    inputs: SettlementInputs
    net: Net
    graph: Graph
    levels: tuple[Ints, ...]
    """Elements by level, children first; the last level holds those without parents."""
    level_of: Ints
    owners: Owners
    elements: Ints
    """(ranges + 1,) bounds of the ranges of elements; `parties`: of parties."""
    parties: Ints

    def range_of(self, element: Ints) -> Ints:
        """The range that each element lies in."""
        return np.searchsorted(self.elements, element, side="right") - 1


def cut(inputs: SettlementInputs, *, element_ranges: int, party_ranges: int) -> Cut:
    """Prepare a run for its tasks."""
    revenue = inputs.revenue
    graph = graph_of(inputs.derivations, len(inputs.elements))
    with_parents, stuck = levels_of(graph)
    assert not len(stuck), "inputs that were checked hold no cycle"
    levels = [*with_parents, np.flatnonzero(graph.count == 0)]
    level_of = np.zeros(len(inputs.elements), np.int64)
    for number, level in enumerate(levels):
        level_of[level] = number
    return Cut(
        inputs=inputs,
        net=net_per_element(revenue.element, revenue.currency, revenue.net_minor, len(inputs.elements)),
        graph=graph,
        levels=tuple(levels),
        level_of=level_of,
        owners=owners_of(inputs),
        elements=_cuts(len(inputs.elements), element_ranges),
        parties=_cuts(len(inputs.parties), party_ranges),
    )


def stages(run: Cut, parcels: Parcels) -> Iterator[list[Task]]:
    """The tasks of a run: those of one stage in any order or at once, one stage after the other.

    Currencies never meet, so that each could go through its stages alone; here they go side by side.
    """
    currencies = range(len(run.inputs.currencies))
    elements, parties = range(len(run.elements) - 1), range(len(run.parties) - 1)
    for level in range(len(run.levels)):
        yield [_bind(flow_task, run, parcels, c, place, level) for c in currencies for place in elements]
    yield [_bind(owners_task, run, parcels, c, place) for c in currencies for place in elements]
    yield [_bind(recoup_task, run, parcels, c, place) for c in currencies for place in parties]
    yield [_bind(pay_task, run, parcels, c, place) for c in currencies for place in parties]


def _bind(task: Callable[..., None], *arguments: object) -> Task:
    return lambda: task(*arguments)


def _summed(parcels: Parcels, prefix: str, base: int, size: int) -> Ints:
    """The parcels under a prefix, summed by place; places count from `base`."""
    total = np.zeros(size, np.int64)
    for data in parcels.under(prefix):
        found = unpack(data)
        np.add.at(total, found["place"] - base, found["amount"])
    return total


def _send(parcels: Parcels, key: Callable[[int], str], goal: Ints, place: Ints, amount: Ints) -> None:
    """One parcel for each range that `place` falls into."""
    for number in np.unique(goal).tolist():
        here = goal == number
        parcels.put(key(number), pack(place=place[here], amount=amount[here]))


# ------------------------------------------------------------------------------------------------ steps 1 to 5
def flow_task(run: Cut, parcels: Parcels, currency: int, place: int, level: int) -> None:
    """Steps 1 to 3 for the elements of one level in one range: what they received is divided with their parents."""
    low, high = int(run.elements[place]), int(run.elements[place + 1])
    element = run.levels[level]
    element = element[(element >= low) & (element < high)]
    if len(element) == 0:
        return
    received = _summed(parcels, f"{currency}/flow/{level}/{place}/", low, high - low)
    here = (run.net.currency == currency) & (run.net.element >= low) & (run.net.element < high)
    sold, minor = run.net.element[here], run.net.minor[here]
    mine = run.level_of[sold] == level
    commission, pool = allocate_ppm(minor[mine] * MICRO_PER_MINOR, run.inputs.commission_ppm)
    np.add.at(received, sold[mine] - low, pool)
    parcels.put(f"{currency}/commission/{place}/{level}", pack(place=sold[mine], amount=commission))
    amounts = received[element - low]
    active = np.flatnonzero(amounts)
    divided = _level_of(run.graph, element[active])
    part = allocate_groups(amounts[active], divided.weight, divided.count)
    own = np.repeat(divided.element, divided.count) == divided.target
    parcels.put(f"{currency}/portion/{place}/{level}", pack(place=divided.target[own], amount=part[own]))
    target, part = divided.target[~own], part[~own]
    goal = run.level_of[target] * len(run.elements) + run.range_of(target)

    def key(number: int) -> str:
        to_level, to_range = divmod(number, len(run.elements))
        return f"{currency}/flow/{to_level}/{to_range}/{level}.{place}"

    _send(parcels, key, goal, target, part)


def _level_of(graph: Graph, element: Ints) -> Level:
    """Weights and targets of some elements: a graph of their edges alone."""
    rows = ranges(graph.first[element], graph.count[element])
    mine = dataclasses.replace(
        graph,
        child=graph.child[rows],
        parent=graph.parent[rows],
        upstream_ppm=graph.upstream_ppm[rows],
        row=graph.row[rows],
    )
    count = np.zeros_like(graph.count)
    count[element] = graph.count[element]
    mine = dataclasses.replace(mine, count=count, first=np.cumsum(count) - count)
    return flow_plan(mine, [element])[0]


def owners_task(run: Cut, parcels: Parcels, currency: int, place: int) -> None:
    """Steps 4 and 5 for one range of elements: its allocations, and royalties for every range of parties."""
    low, high = int(run.elements[place]), int(run.elements[place + 1])
    portions = np.zeros(len(run.inputs.elements), np.int64)
    portions[low:high] = _summed(parcels, f"{currency}/portion/{place}/", low, high - low)
    commission = np.zeros(high - low, np.int64)
    commission += _summed(parcels, f"{currency}/commission/{place}/", low, high - low)
    sold = np.flatnonzero(commission) + low
    platform = Parts(
        sold, np.full(len(sold), run.inputs.platform), np.full(len(sold), COMMISSION), commission[sold - low]
    )
    parts = sum_parts([platform, *divide_portions(portions, run.owners)], len(run.inputs.parties))
    parcels.put(
        f"{currency}/allocations/{place:09d}",
        pack(element=parts.element, party=parts.party, basis=parts.basis, amount=parts.amount_micro),
    )
    royalty = np.zeros(len(run.inputs.parties), np.int64)
    np.add.at(royalty, parts.party, parts.amount_micro)
    party = np.unique(parts.party)
    goal = np.searchsorted(run.parties, party, side="right") - 1
    _send(parcels, lambda number: f"{currency}/royalty/{number}/{place}", goal, party, royalty[party])


# ----------------------------------------------------------------------------------------------- steps 6 to 10
def recoup_task(run: Cut, parcels: Parcels, currency: int, place: int) -> None:
    """Steps 6 and 7 for one range of parties: what their advances take, and what labels anywhere receive."""
    low, high = int(run.parties[place]), int(run.parties[place + 1])
    royalty = _summed(parcels, f"{currency}/royalty/{place}/", low, high - low)
    mine, row = _in_range(run.inputs, low, high)
    rows, taken = recoup(mine.advances, payees_of(mine).advance_order, currency, royalty)
    parcels.put(f"{currency}/recouped/{place}/", pack(place=row[rows], amount=taken))
    label = run.inputs.advances.label[row[rows]]
    goal = np.searchsorted(run.parties, label, side="right") - 1
    _send(parcels, lambda number: f"{currency}/received/{number}/{place}", goal, label, taken)


def pay_task(run: Cut, parcels: Parcels, currency: int, place: int) -> None:
    """Steps 8 to 10 for one range of parties: their statements."""
    low, high = int(run.parties[place]), int(run.parties[place + 1])
    mine, row = _in_range(run.inputs, low, high)
    royalty = _summed(parcels, f"{currency}/royalty/{place}/", low, high - low)
    received = _summed(parcels, f"{currency}/received/{place}/", low, high - low)
    per_advance = _summed(parcels, f"{currency}/recouped/{place}/", 0, len(run.inputs.advances.party))
    recouped = np.zeros(high - low, np.int64)
    np.add.at(recouped, mine.advances.party, per_advance[row])
    found = pay(mine, payees_of(mine), currency, royalty=royalty, recouped=recouped, received=received)
    columns = {field.name: getattr(found, field.name) for field in dataclasses.fields(Statements)}
    parcels.put(f"{currency}/statements/{place}/", pack(**{**columns, "party": found.party + low}))


def _in_range(inputs: SettlementInputs, low: int, high: int) -> tuple[SettlementInputs, Ints]:
    """The rows of one range of parties, which count from 0 there; and the rows of its advances in the whole."""

    def here(party: Ints) -> Ints:
        return np.flatnonzero((party >= low) & (party < high))

    def rates(found: PartyRates) -> PartyRates:
        rows = here(found.party)
        return PartyRates(party=found.party[rows] - low, ppm=found.ppm[rows])

    advances, balances, minimums, holds = inputs.advances, inputs.balances, inputs.minimums, inputs.holds
    row, balance, hold = here(advances.party), here(balances.party), here(holds.party)
    least = np.flatnonzero(((minimums.party >= low) & (minimums.party < high)) | (minimums.party == NOBODY))
    named = minimums.party[least]
    mine = dataclasses.replace(
        inputs,
        parties=inputs.parties[low:high],
        advances=Advances(
            advance_id=advances.advance_id.gather(row),
            label=advances.label[row],
            party=advances.party[row] - low,
            currency=advances.currency[row],
            unrecouped_micro=advances.unrecouped_micro[row],
        ),
        reserves=rates(inputs.reserves),
        withholding=rates(inputs.withholding),
        balances=Balances(
            party=balances.party[balance] - low,
            currency=balances.currency[balance],
            carried_micro=balances.carried_micro[balance],
            reserve_due_micro=balances.reserve_due_micro[balance],
        ),
        minimums=Minimums(
            party=np.where(named == NOBODY, NOBODY, named - low),
            currency=minimums.currency[least],
            min_payout_minor=minimums.min_payout_minor[least],
        ),
        holds=Holds(party=holds.party[hold] - low, currency=holds.currency[hold]),
    )
    return mine, row


def result_of(run: Cut, parcels: Parcels) -> SettlementResult:
    """Put the parcels of the last stages together."""
    recouped = np.zeros(len(run.inputs.advances.party), np.int64)
    statements, allocations = [], []
    for currency in range(len(run.inputs.currencies)):
        recouped += _summed(parcels, f"{currency}/recouped/", 0, len(recouped))
        statements += [Statements(**unpack(data)) for data in parcels.under(f"{currency}/statements/")]
        found = [unpack(data) for data in parcels.under(f"{currency}/allocations/")]
        # Ranges of elements are in order of their ids, and so are the rows of each.
        found.sort(key=lambda part: int(part["element"][0]) if len(part["element"]) else -1)
        allocations += [(np.full(len(part["element"]), currency), part) for part in found]
    none = np.zeros(0, np.int64)

    def column(name: str) -> Ints:
        return np.concatenate([none, *(part[name] for _, part in allocations)])

    rows = Allocations(
        np.concatenate([none, *(currency for currency, _ in allocations)]),
        column("element"),
        column("party"),
        column("basis"),
        column("amount"),
    )
    return SettlementResult(run.inputs, concatenated(statements), rows, recouped)
