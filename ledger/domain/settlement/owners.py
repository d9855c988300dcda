"""Steps 4 and 5: an element's own portion goes to its owners; a label contract takes its share of an owner's part."""

from __future__ import annotations

import dataclasses

import numpy as np

from ledger.domain.settlement.allocate import Ints, allocate_groups, allocate_ppm, ranges
from ledger.domain.settlement.inputs import NOBODY, Contracts, SettlementInputs

COMMISSION, LABEL, SPLIT = 0, 1, 2
BASES = ("commission", "label", "split")
"""Names of the bases by code; in order of their bytes, too."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Owners:
    """Splits sorted by element, then party, each pair once; `first[e]` and `count[e]` tell where e's rows stand."""

    party: Ints
    share_ppm: Ints
    label: Ints
    """(rows,) the label whose contract takes part of this row, or NOBODY."""
    label_ppm: Ints
    first: Ints
    count: Ints


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """(rows,) amounts of one currency that belong to (element, party, basis)."""

    element: Ints
    party: Ints
    basis: Ints
    amount_micro: Ints


def owners_of(inputs: SettlementInputs) -> Owners:
    """Merge the splits and look up each owner's contract, once for all currencies."""
    parties, elements = len(inputs.parties), len(inputs.elements)
    key = inputs.splits.element * parties + inputs.splits.party
    order = np.argsort(key, kind="stable")
    keys, starts = np.unique(key[order], return_index=True)
    share = inputs.splits.share_ppm[order]
    merged = np.add.reduceat(share, starts) if len(starts) else share
    element, party = keys // parties, keys % parties
    label, label_ppm = _contracts_for(inputs.contracts, element, party, parties)
    count = np.bincount(element, minlength=elements).astype(np.int64)
    return Owners(party, merged, label, label_ppm, np.cumsum(count) - count, count)


def _contracts_for(contracts: Contracts, element: Ints, party: Ints, parties: int) -> tuple[Ints, Ints]:
    """For each (element, party): the label and its ppm, by the element's contract or else the blanket one."""
    blanket = contracts.element == NOBODY
    by_party = np.full(parties, NOBODY)
    by_party[contracts.party[blanket]] = np.flatnonzero(blanket)
    row = by_party[party]
    special = np.flatnonzero(~blanket)
    if len(special):
        key = contracts.element[special] * parties + contracts.party[special]
        order = np.argsort(key)
        wanted = element * parties + party
        place = np.minimum(np.searchsorted(key[order], wanted), len(special) - 1)
        hit = key[order][place] == wanted
        row[hit] = special[order[place[hit]]]
    signed = row != NOBODY
    label, ppm = np.full(len(row), NOBODY), np.zeros(len(row), np.int64)
    label[signed], ppm[signed] = contracts.label[row[signed]], contracts.label_ppm[row[signed]]
    return label, ppm


def divide_portions(portions: Ints, owners: Owners) -> list[Parts]:
    """Steps 4 and 5 for one currency.

    Parameters
    ----------
    portions : (elements,) int64 micro: the elements' own portions

    Returns
    -------
    The labels' parts, then the owners'; a (element, label) may stand several times.
    """
    element = np.flatnonzero(portions)
    count = owners.count[element]
    rows = ranges(owners.first[element], count)
    amount = allocate_groups(portions[element], owners.share_ppm[rows], count)
    element, party, label = np.repeat(element, count), owners.party[rows], owners.label[rows]
    signed = np.flatnonzero(label != NOBODY)
    taken, kept = allocate_ppm(amount[signed], owners.label_ppm[rows[signed]])
    amount[signed] = kept
    return [
        Parts(element[signed], label[signed], np.full(len(signed), LABEL), taken),
        Parts(element, party, np.full(len(rows), SPLIT), amount),
    ]


def sum_parts(parts: list[Parts], parties: int) -> Parts:
    """Sum per (element, party, basis), sorted by these; zero sums left out."""
    key = np.concatenate([(part.element * parties + part.party) * len(BASES) + part.basis for part in parts])
    amount = np.concatenate([part.amount_micro for part in parts])
    order = np.argsort(key, kind="stable")  # a few sorted runs: close to one pass
    key, amount = key[order], amount[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    if len(starts) < len(key):
        key, amount = key[starts], np.add.reduceat(amount, starts)
    kept = np.flatnonzero(amount)
    key, amount = key[kept], amount[kept]
    rest = key // len(BASES)
    return Parts(rest // parties, rest % parties, key % len(BASES), amount)
