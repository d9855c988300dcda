"""The input of a run as arrays: ids are places in sorted lists, so whole numbers order as the ids' UTF-8 bytes do."""

from __future__ import annotations

import dataclasses

import polars as pl

from ledger.domain.settlement.allocate import Ints

NOBODY = -1
"""Stands for an empty id: everyone, every element, every currency."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Revenue:
    """(lines,) what came in: net = gross − tax − fee, in minor units."""

    element: Ints
    currency: Ints
    net_minor: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Splits:
    """(rows,) who owns an element; a party may stand twice."""

    element: Ints
    party: Ints
    share_ppm: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Derivations:
    """(edges,) what flows from a child to a parent."""

    child: Ints
    parent: Ints
    upstream_ppm: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contracts:
    """(rows,) a label's share of what a party gets from an element, or (NOBODY) from all."""

    label: Ints
    party: Ints
    element: Ints
    label_ppm: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Advances:
    """(rows,) what royalties still have to repay; `advance_id` is a series of strings."""

    advance_id: pl.Series
    label: Ints
    party: Ints
    currency: Ints
    unrecouped_micro: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartyRates:
    """(rows,) one ppm per party."""

    party: Ints
    ppm: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Balances:
    """(rows,) what a party brings from earlier runs."""

    party: Ints
    currency: Ints
    carried_micro: Ints
    reserve_due_micro: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Minimums:
    """(rows,) the least payout in minor units; party NOBODY: everyone not named."""

    party: Ints
    currency: Ints
    min_payout_minor: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Holds:
    """(rows,) who is not paid, in one currency or (NOBODY) in any."""

    party: Ints
    currency: Ints


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SettlementInputs:
    """Everything a run needs. Rows stand in the order of their source; the order has no influence on the result.

    `elements`, `parties` and `currencies` are sorted series of distinct ids; all id columns hold places in them.
    """

    commission_ppm: int
    platform: int
    elements: pl.Series
    parties: pl.Series
    currencies: pl.Series
    splits: Splits
    revenue: Revenue
    derivations: Derivations
    contracts: Contracts
    advances: Advances
    reserves: PartyRates
    balances: Balances
    minimums: Minimums
    holds: Holds
    withholding: PartyRates
