"""Two results of one period, compared: what each payee would have got, and what is owed for it now."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence

Files = Mapping[str, bytes]
Pair = tuple[str, str]
"""(party_id, currency)"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PayeeDifference:
    """One payee and currency: as it was, and as it would have been."""

    party_id: str
    currency: str
    royalty_before_micro: int
    royalty_after_micro: int
    recouped_before_micro: int
    recouped_after_micro: int
    received_before_micro: int
    received_after_micro: int

    @property
    def royalty_micro(self) -> int:
        """How much more was earned."""
        return self.royalty_after_micro - self.royalty_before_micro


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AllocationDifference:
    """What one element brought one party on one basis: as it was, and as it would have been."""

    currency: str
    element_id: str
    party_id: str
    basis: str
    before_micro: int
    after_micro: int

    @property
    def amount_micro(self) -> int:
        """How much more."""
        return self.after_micro - self.before_micro


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceState:
    """An advance as it stands now, and what earlier corrections of the run counted as repaid beyond the run itself."""

    amount_micro: int
    unrecouped_micro: int
    counted_micro: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceDifference:
    """How much more of an advance the corrected run would have repaid, and how much of that counts now.

    They differ where later runs repaid it meanwhile: nothing is repaid beyond the amount, nor given back below zero.
    """

    advance_id: str
    label_id: str
    party_id: str
    currency: str
    wanted_micro: int
    counted_micro: int
    unrecouped_micro: int


@dataclasses.dataclass(frozen=True, slots=True)
class Differences:
    """All that differs; what is the same is left out."""

    payees: tuple[PayeeDifference, ...]
    allocations: tuple[AllocationDifference, ...]


def differences_of(before: Files, after: Files) -> Differences:
    """Compare two results of the folder form."""
    return Differences(_payees(before, after), _allocations(before, after))


def _payees(before: Files, after: Files) -> tuple[PayeeDifference, ...]:
    names = ("royalty_micro", "recouped_micro", "recoupment_received_micro")
    old, new = (
        {(row["party_id"], row["currency"]): [int(row[name]) for name in names] for row in _rows(one, "statements.csv")}
        for one in (before, after)
    )
    none = [0, 0, 0]
    found = []
    for party_id, currency in sorted({*old, *new}):
        was, would_be = old.get((party_id, currency), none), new.get((party_id, currency), none)
        if was != would_be:
            found.append(
                PayeeDifference(
                    party_id=party_id,
                    currency=currency,
                    royalty_before_micro=was[0],
                    royalty_after_micro=would_be[0],
                    recouped_before_micro=was[1],
                    recouped_after_micro=would_be[1],
                    received_before_micro=was[2],
                    received_after_micro=would_be[2],
                )
            )
    return tuple(found)


def _allocations(before: Files, after: Files) -> tuple[AllocationDifference, ...]:
    sums: defaultdict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for place, files in enumerate((before, after)):
        for row in _rows(files, "allocations.csv"):
            element = row["element_id"].partition(" ")[0]
            sums[row["currency"], element, row["party_id"], row["basis"]][place] += int(row["amount_micro"])
    return tuple(
        AllocationDifference(
            currency=key[0], element_id=key[1], party_id=key[2], basis=key[3], before_micro=was, after_micro=would_be
        )
        for key, (was, would_be) in sorted(sums.items())
        if was != would_be
    )


def advances_of(original: Files, after: Files, states: Mapping[str, AdvanceState]) -> tuple[AdvanceDifference, ...]:
    """What the corrected run would have repaid of each advance beyond the run as released and earlier corrections."""
    left = {row["advance_id"]: int(row["unrecouped_micro"]) for row in _rows(original, "advances.csv")}
    found = []
    for row in _rows(after, "advances.csv"):
        state = states[row["advance_id"]]
        wanted = left[row["advance_id"]] - int(row["unrecouped_micro"]) - state.counted_micro
        counted = max(min(wanted, state.unrecouped_micro), state.unrecouped_micro - state.amount_micro)
        if wanted:
            found.append(
                AdvanceDifference(
                    advance_id=row["advance_id"],
                    label_id=row["label_id"],
                    party_id=row["party_id"],
                    currency=row["currency"],
                    wanted_micro=wanted,
                    counted_micro=counted,
                    unrecouped_micro=state.unrecouped_micro - counted,
                )
            )
    return tuple(found)


def owed(payees: Sequence[PayeeDifference], advances: Sequence[AdvanceDifference]) -> dict[Pair, int]:
    """(party_id, currency) -> how much more is owed: what more was earned, less what of it repays advances.

    Sums, per currency, to the change of what the period took in: what one party repays, its label receives.
    """
    sums: defaultdict[Pair, int] = defaultdict(int)
    for payee in payees:
        sums[payee.party_id, payee.currency] += payee.royalty_micro
    for advance in advances:
        sums[advance.party_id, advance.currency] -= advance.counted_micro
        sums[advance.label_id, advance.currency] += advance.counted_micro
    return {pair: amount for pair, amount in sorted(sums.items()) if amount}


def _rows(files: Files, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode())))
