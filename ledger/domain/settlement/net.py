"""Step 1: what came in per currency and element."""

from __future__ import annotations

import dataclasses

import numpy as np

from ledger.domain.settlement.allocate import Ints

DENSE_CELLS_MAX = 50_000_000
"""Up to so many (currency, element) cells a plain table is faster than sorting."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Net:
    """(rows,) sorted by currency, then element; zero sums left out."""

    currency: Ints
    element: Ints
    minor: Ints


def net_per_element(element: Ints, currency: Ints, net_minor: Ints, elements: int) -> Net:
    """Sum the lines per (currency, element)."""
    if len(element) == 0:
        return Net(element, currency, net_minor)
    key = currency * elements + element
    cells = (int(currency.max()) + 1) * elements
    if cells <= DENSE_CELLS_MAX:
        total = np.zeros(cells, np.int64)
        np.add.at(total, key, net_minor)
        keys = np.flatnonzero(total)
        return Net(keys // elements, keys % elements, total[keys])
    keys, place = np.unique(key, return_inverse=True)
    total = np.zeros(len(keys), np.int64)
    np.add.at(total, place, net_minor)
    keys, total = keys[total != 0], total[total != 0]
    return Net(keys // elements, keys % elements, total)
