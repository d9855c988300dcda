"""What the rows of a run must be to each other: splits for all that is paid, sums, no cycle, bounded totals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.cycles import cycles
from ledger.domain.settlement.faults import FaultList
from ledger.domain.settlement.flow import graph_of, levels_of
from ledger.domain.settlement.forms import Mask, Rows, shown
from ledger.domain.settlement.inputs import NOBODY, SettlementInputs
from ledger.domain.settlement.limits import NET_MINOR_MAX, PPM, REVENUE_LINES_MAX
from ledger.domain.settlement.net import net_per_element


def check_together(inputs: SettlementInputs, rows: Mapping[str, Rows], faults: FaultList) -> None:
    """Report every fault that only shows when rows are seen together; `rows` lacks tables that could not be read."""
    if "splits" in rows:
        _check_have_splits(inputs, rows, faults)
        _check_shares(inputs, rows["splits"], faults)
    if "derivations" in rows:
        _check_upstream(inputs, rows["derivations"], faults)
        _check_no_cycle(inputs, rows["derivations"], faults)
    if "revenue" in rows:
        _check_totals(inputs, rows["revenue"], faults)


def _check_have_splits(inputs: SettlementInputs, rows: Mapping[str, Rows], faults: FaultList) -> None:
    has_splits = np.zeros(len(inputs.elements) + 1, np.bool_)
    has_splits[inputs.splits.element] = True
    has_splits[NOBODY] = True  # an empty id is a fault of its own

    def tell(table: str, column: str, element: Ints, words: str) -> None:
        if table in rows:
            message = lambda row: f"{words} {shown(inputs.elements[int(element[row])])} has no splits"  # noqa: E731
            rows[table].tell(faults, column, ~has_splits[element], message)

    tell("revenue", "element_id", inputs.revenue.element, "element")
    tell("derivations", "parent_id", inputs.derivations.parent, "parent")


def _sums(key: Ints, ppm: Ints, bad: Mask, size: int) -> tuple[Ints, Mask, Ints]:
    """Per element: (sum, whether it can be judged, last row). Rows of an empty id are left out."""
    known = key != NOBODY
    total = np.zeros(size, np.int64)
    np.add.at(total, key[known], ppm[known])
    judged = np.zeros(size, np.bool_)
    judged[key[known]] = True
    judged[key[known & bad]] = False
    last = np.zeros(size, np.int64)
    last[key[known]] = np.flatnonzero(known)  # of equal places the last assignment stays
    return total, judged, last


def _check_shares(inputs: SettlementInputs, rows: Rows, faults: FaultList) -> None:
    splits = inputs.splits
    total, judged, last = _sums(splits.element, splits.share_ppm, rows.bad, len(inputs.elements))
    wrong = np.zeros(rows.frame.height, np.bool_)
    wrong[last[judged & (total != PPM)]] = True

    def words(row: int) -> str:
        element = int(splits.element[row])
        return f"the shares of {shown(inputs.elements[element])} sum to {total[element]}, not {PPM}"

    rows.tell(faults, "share_ppm", wrong, words)


def _check_upstream(inputs: SettlementInputs, rows: Rows, faults: FaultList) -> None:
    edges = inputs.derivations
    total, judged, last = _sums(edges.child, edges.upstream_ppm, rows.bad, len(inputs.elements))
    wrong = np.zeros(rows.frame.height, np.bool_)
    wrong[last[judged & (total > PPM)]] = True

    def words(row: int) -> str:
        child = int(edges.child[row])
        return f"the upstream shares of {shown(inputs.elements[child])} sum to {total[child]}, over {PPM}"

    rows.tell(faults, "upstream_ppm", wrong, words)


def _check_no_cycle(inputs: SettlementInputs, rows: Rows, faults: FaultList) -> None:
    edges = inputs.derivations
    if (edges.child == NOBODY).any() or (edges.parent == NOBODY).any():
        return  # the empty ids are told; without them there is no graph to walk
    graph = graph_of(edges, len(inputs.elements))
    _, stuck = levels_of(graph)
    if len(stuck) == 0:
        return
    paths = cycles(graph, stuck)
    wrong = np.zeros(rows.frame.height, np.bool_)
    wrong[list(paths)] = True
    names = inputs.elements
    rows.tell(
        faults, "parent_id", wrong, lambda row: "a cycle: " + " -> ".join(names[element] for element in paths[row])
    )


def _check_totals(inputs: SettlementInputs, rows: Rows, faults: FaultList) -> None:
    revenue = inputs.revenue
    if len(revenue.element) > REVENUE_LINES_MAX:
        faults.add("revenue.csv", 0, "file", f"more than {REVENUE_LINES_MAX} lines")
        return
    known = (revenue.element != NOBODY) & (revenue.currency != NOBODY)
    net = net_per_element(
        revenue.element[known], revenue.currency[known], revenue.net_minor[known], len(inputs.elements)
    )
    total = np.zeros(len(inputs.currencies), np.float64)
    np.add.at(total, net.currency, np.abs(net.minor).astype(np.float64))
    wrong = np.zeros(rows.frame.height, np.bool_)
    sums = {}
    for currency in np.flatnonzero(total > NET_MINOR_MAX * 0.99):
        # Floats only find the suspects: Python's own integers decide.
        exact = sum(abs(minor) for minor in net.minor[net.currency == currency].tolist())
        if exact > NET_MINOR_MAX:
            row = int(np.flatnonzero(revenue.currency == currency)[-1])
            wrong[row], sums[row] = True, exact
    rows.tell(
        faults,
        "gross_minor",
        wrong,
        lambda row: (
            f"the net amounts of {inputs.currencies[int(revenue.currency[row])]} sum to {sums[row]} minor over all "
            f"elements, over {NET_MINOR_MAX}"
        ),
    )
