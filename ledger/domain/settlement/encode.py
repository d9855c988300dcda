"""Rows with string ids -> arrays of places in sorted id lists."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.inputs import (
    NOBODY,
    Advances,
    Balances,
    Contracts,
    Derivations,
    Holds,
    Minimums,
    PartyRates,
    Revenue,
    SettlementInputs,
    Splits,
)

ELEMENT_COLUMNS = ("element_id", "child_id", "parent_id")
PARTY_COLUMNS = ("party_id", "label_id")


class _Codes:
    """Sorted distinct ids, and the place of each. Polars orders strings by their UTF-8 bytes."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], columns: tuple[str, ...], *more: str) -> None:
        found = [frame[column].unique() for frame in frames.values() for column in columns if column in frame.columns]
        ids = pl.concat([pl.Series(more, dtype=pl.String), *(s.rename("") for s in found)]).unique().sort()
        self.ids = ids.filter(ids != "")
        self._type = pl.Enum(self.ids)

    def of(self, values: pl.Series) -> Ints:
        """(rows,) int64; NOBODY for empty ids."""
        if len(values) == 0:
            return np.zeros(0, np.int64)
        return values.cast(self._type, strict=False).to_physical().cast(pl.Int64).fill_null(NOBODY).to_numpy()


def encode(frames: Mapping[str, pl.DataFrame], *, commission_ppm: int, platform_party: str) -> SettlementInputs:
    """The arrays of a run from the ten tables by name, columns as in `schema` and already checked."""
    element = _Codes(frames, ELEMENT_COLUMNS)
    party = _Codes(frames, PARTY_COLUMNS, platform_party)
    currency = _Codes(frames, ("currency",))

    def number(table: str, column: str) -> Ints:
        return frames[table][column].to_numpy()

    def e(table: str, column: str = "element_id") -> Ints:
        return element.of(frames[table][column])

    def p(table: str, column: str = "party_id") -> Ints:
        return party.of(frames[table][column])

    def c(table: str) -> Ints:
        return currency.of(frames[table]["currency"])

    net = number("revenue", "gross_minor") - number("revenue", "tax_minor") - number("revenue", "fee_minor")
    return SettlementInputs(
        commission_ppm=commission_ppm,
        platform=int(party.of(pl.Series([platform_party]))[0]),
        elements=element.ids,
        parties=party.ids,
        currencies=currency.ids,
        splits=Splits(element=e("splits"), party=p("splits"), share_ppm=number("splits", "share_ppm")),
        revenue=Revenue(element=e("revenue"), currency=c("revenue"), net_minor=net),
        derivations=Derivations(
            child=e("derivations", "child_id"),
            parent=e("derivations", "parent_id"),
            upstream_ppm=number("derivations", "upstream_ppm"),
        ),
        contracts=Contracts(
            label=p("contracts", "label_id"),
            party=p("contracts"),
            element=e("contracts"),
            label_ppm=number("contracts", "label_ppm"),
        ),
        advances=Advances(
            advance_id=frames["advances"]["advance_id"],
            label=p("advances", "label_id"),
            party=p("advances"),
            currency=c("advances"),
            unrecouped_micro=number("advances", "unrecouped_micro"),
        ),
        reserves=PartyRates(party=p("reserves"), ppm=number("reserves", "reserve_ppm")),
        balances=Balances(
            party=p("balances"),
            currency=c("balances"),
            carried_micro=number("balances", "carried_micro"),
            reserve_due_micro=number("balances", "reserve_due_micro"),
        ),
        minimums=Minimums(
            party=p("minimums"), currency=c("minimums"), min_payout_minor=number("minimums", "min_payout_minor")
        ),
        holds=Holds(party=p("holds"), currency=c("holds")),
        withholding=PartyRates(party=p("parties"), ppm=number("parties", "withholding_ppm")),
    )
