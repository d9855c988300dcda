"""Two results of one period, compared: what each payee would have got, and what is owed for it now."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from ledger.domain.corrections.edited import read_rows

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
    keys = ["party_id", "currency"]
    amounts = ["royalty_micro", "recouped_micro", "recoupment_received_micro"]
    old, new = (_table(one, "statements.csv", amounts) for one in (before, after))
    return tuple(
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
        for (party_id, currency), was, would_be in _differing(old, new, keys, amounts)
    )


def _allocations(before: Files, after: Files) -> tuple[AllocationDifference, ...]:
    keys = ["currency", "element_id", "party_id", "basis"]
    true_id = pl.col("element_id").str.split(" ").list.first()
    old, new = (
        _table(one, "allocations.csv", ["amount_micro"])
        .with_columns(element_id=true_id)
        .group_by(keys)
        .agg(pl.col("amount_micro").sum())
        for one in (before, after)
    )
    return tuple(
        AllocationDifference(
            currency=key[0], element_id=key[1], party_id=key[2], basis=key[3], before_micro=was, after_micro=would_be
        )
        for key, (was,), (would_be,) in _differing(old, new, keys, ["amount_micro"])
    )


def _table(files: Files, name: str, amounts: Sequence[str]) -> pl.DataFrame:
    texts = pl.read_csv(files[name], infer_schema=False).fill_null("")
    return texts.with_columns(pl.col(amount).cast(pl.Int64) for amount in amounts)


def _differing(
    old: pl.DataFrame, new: pl.DataFrame, keys: Sequence[str], amounts: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]]]:
    """(key, old amounts, new amounts) where they differ, by key; what is not there counts as nothing."""
    joined = old.join(new, on=list(keys), how="full", coalesce=True, suffix="_new")
    zeros = [pl.col(name).fill_null(0) for amount in amounts for name in (amount, f"{amount}_new")]
    differs = pl.any_horizontal(pl.col(amount) != pl.col(f"{amount}_new") for amount in amounts)
    wanted = [*keys, *amounts, *(f"{amount}_new" for amount in amounts)]
    for row in joined.with_columns(zeros).filter(differs).select(wanted).sort(list(keys)).iter_rows():
        split, end = len(keys), len(keys) + len(amounts)
        yield row[:split], row[split:end], row[end:]


def advances_of(original: Files, after: Files, states: Mapping[str, AdvanceState]) -> tuple[AdvanceDifference, ...]:
    """What the corrected run would have repaid of each advance beyond the run as released and earlier corrections."""
    left = {row["advance_id"]: int(row["unrecouped_micro"]) for row in read_rows(original["advances.csv"])[1]}
    found = []
    for row in read_rows(after["advances.csv"])[1]:
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
