"""Steps 6 to 10: what each party's royalty becomes: recoupment, reserve, payable, payout, what is carried."""

from __future__ import annotations

import dataclasses

import numpy as np

from ledger.domain.settlement.allocate import Ints, floor_ppm
from ledger.domain.settlement.inputs import NOBODY, Advances, PartyRates, SettlementInputs
from ledger.domain.settlement.limits import MICRO_PER_MINOR

HALF_BITS = 32
BEFORE_MAX = 1 << 62
"""More than any royalty of a run: an advance after so much other debt gets nothing."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """(rows,) what a run means for each (party, currency)."""

    party: Ints
    currency: Ints
    opening_micro: Ints
    royalty_micro: Ints
    recouped_micro: Ints
    recoupment_received_micro: Ints
    reserve_held_micro: Ints
    reserve_released_micro: Ints
    payable_micro: Ints
    gross_payout_minor: Ints
    withheld_minor: Ints
    payout_minor: Ints
    carried_micro: Ints


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Payees:
    """What steps 7 to 10 need to know of every party, once for all currencies. (parties,) each."""

    reserve_ppm: Ints
    withholding_ppm: Ints
    advance_order: Ints
    """(advances,) rows in order of currency, party, advance_id."""


def payees_of(inputs: SettlementInputs) -> Payees:
    """Spread the rates over all parties and put the advances in order."""
    advances = inputs.advances
    place = np.empty(len(advances.party), np.int64)
    place[advances.advance_id.arg_sort().to_numpy()] = np.arange(len(place))  # by UTF-8 bytes
    return Payees(
        reserve_ppm=_spread(inputs.reserves, len(inputs.parties)),
        withholding_ppm=_spread(inputs.withholding, len(inputs.parties)),
        advance_order=np.lexsort((place, advances.party, advances.currency)),
    )


def _spread(rates: PartyRates, parties: int) -> Ints:
    ppm = np.zeros(parties, np.int64)
    ppm[rates.party] = rates.ppm
    return ppm


def settle_payees(
    inputs: SettlementInputs, payees: Payees, currency: int, royalty: Ints, recouped_per_advance: Ints
) -> Statements:
    """Steps 7 to 10 for one currency.

    Parameters
    ----------
    royalty : (parties,) int64 micro
    recouped_per_advance : (advances,) int64 micro, written for the advances of this currency
    """
    rows, taken = recoup(inputs.advances, payees.advance_order, currency, royalty)
    recouped_per_advance[rows] = taken
    recouped, received = np.zeros(len(royalty), np.int64), np.zeros(len(royalty), np.int64)
    np.add.at(recouped, inputs.advances.party[rows], taken)
    np.add.at(received, inputs.advances.label[rows], taken)
    return pay(inputs, payees, currency, royalty=royalty, recouped=recouped, received=received)


def recoup(advances: Advances, order: Ints, currency: int, royalty: Ints) -> tuple[Ints, Ints]:
    """Step 7: (rows of the advances in this currency, what each of them takes).

    What a label receives so is no royalty: it is not recouped again.
    """
    rows = order[advances.currency[order] == currency]
    if len(rows) == 0:
        return rows, np.zeros(0, np.int64)
    party, owed = advances.party[rows], advances.unrecouped_micro[rows]
    left = np.maximum(royalty[party], 0) - _owed_before(party, owed)
    return rows, np.clip(left, 0, owed)


def pay(
    inputs: SettlementInputs, payees: Payees, currency: int, *, royalty: Ints, recouped: Ints, received: Ints
) -> Statements:
    """Steps 8 to 10 for one currency; all arrays (parties,) int64 micro."""
    parties = len(inputs.parties)
    held = floor_ppm(np.maximum(royalty - recouped, 0), payees.reserve_ppm)
    opening, released, has_balance = _balances(inputs, currency, parties)
    payable = opening + royalty - recouped + received - held + released
    gross = np.maximum(payable, 0) // MICRO_PER_MINOR
    gross[(gross < np.maximum(_minimums(inputs, currency, parties), 1)) | _on_hold(inputs, currency, parties)] = 0
    withheld = floor_ppm(gross, payees.withholding_ppm)
    row = np.flatnonzero((royalty != 0) | has_balance | (received != 0))
    columns = (opening, royalty, recouped, received, held, released, payable, gross, withheld)
    carried = payable - gross * MICRO_PER_MINOR
    return Statements(
        row, np.full(len(row), currency), *(column[row] for column in (*columns, gross - withheld, carried))
    )


def _owed_before(party: Ints, owed: Ints) -> Ints:
    """Sum of a party's earlier advances, for rows sorted by party; sums of many may pass 63 bits and stop at 2**62."""
    starts = np.flatnonzero(np.diff(party, prepend=-1))
    counts = np.diff(np.append(starts, len(party)))
    low, high = owed & ((1 << HALF_BITS) - 1), owed >> HALF_BITS
    low, high = _cumulated(low, starts, counts), _cumulated(high, starts, counts)
    high = high + (low >> HALF_BITS)
    low = low & ((1 << HALF_BITS) - 1)
    return np.where(high >= 1 << (62 - HALF_BITS), BEFORE_MAX, (np.minimum(high, 1 << 30) << HALF_BITS) | low)


def _cumulated(values: Ints, starts: Ints, counts: Ints) -> Ints:
    """Within each group: the sum of the values before this one."""
    before = np.cumsum(values) - values
    return before - np.repeat(before[starts], counts)


def _balances(inputs: SettlementInputs, currency: int, parties: int) -> tuple[Ints, Ints, np.ndarray]:
    balances = inputs.balances
    rows = np.flatnonzero(balances.currency == currency)
    opening, released = np.zeros(parties, np.int64), np.zeros(parties, np.int64)
    has_balance = np.zeros(parties, np.bool_)
    opening[balances.party[rows]] = balances.carried_micro[rows]
    released[balances.party[rows]] = balances.reserve_due_micro[rows]
    has_balance[balances.party[rows]] = True
    return opening, released, has_balance


def _minimums(inputs: SettlementInputs, currency: int, parties: int) -> Ints:
    minimums = inputs.minimums
    here = minimums.currency == currency
    everyone = minimums.min_payout_minor[here & (minimums.party == NOBODY)]
    least = np.full(parties, int(everyone[0]) if len(everyone) else 0)
    named = here & (minimums.party != NOBODY)
    least[minimums.party[named]] = minimums.min_payout_minor[named]
    return least


def _on_hold(inputs: SettlementInputs, currency: int, parties: int) -> np.ndarray:
    held = np.zeros(parties, np.bool_)
    held[inputs.holds.party[(inputs.holds.currency == currency) | (inputs.holds.currency == NOBODY)]] = True
    return held


def concatenated(parts: list[Statements]) -> Statements:
    """Statements of all currencies, sorted by party, then currency."""
    columns = [
        np.concatenate([getattr(part, field.name) for part in parts] or [np.zeros(0, np.int64)])
        for field in dataclasses.fields(Statements)
    ]
    order = np.lexsort((columns[1], columns[0]))
    return Statements(*(column[order] for column in columns))
