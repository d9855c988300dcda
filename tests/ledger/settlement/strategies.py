"""Random periods: few ids and many meetings, so that diamonds, ties, mirrors and meeting contracts are common."""

from __future__ import annotations

from hypothesis import strategies as st

from ledger.domain.settlement.period import (
    AdvanceInputRow,
    BalanceRow,
    ContractRow,
    DerivationRow,
    HoldRow,
    MinimumRow,
    PartyRow,
    Period,
    ReserveRow,
    RevenueRow,
    SplitRow,
)

MILLION = 1_000_000
CURRENCIES = ("EUR", "JPY", "USD")
# Ids whose order by UTF-8 bytes, by length and by UTF-16 differ, and that need quotes.
ELEMENTS = ("e", "e-1", "e1", "e10", "e2", "E", "é", "ﬀ", "😀", "z,z", 'q"q')
PARTIES = ("p", "p1", "p10", "P", "ä", "lab", "lab2", "platform", "x,y")
ppm = st.one_of(st.integers(0, MILLION), st.sampled_from([0, 1, 333_333, 500_000, 999_999, MILLION]))
amounts = st.one_of(st.integers(-5, 5), st.integers(-(10**10), 10**10), st.sampled_from([-999, 0, 1, 999, 10**10]))
micros = st.one_of(st.integers(0, 3_000_000), st.integers(0, 10**17))
parties = st.sampled_from(PARTIES)
currencies = st.sampled_from(CURRENCIES)


@st.composite
def wholes(draw: st.DrawFn, parts: int) -> list[int]:
    """Shares that sum to 1,000,000 ppm."""
    cuts = sorted(draw(st.lists(ppm, min_size=parts - 1, max_size=parts - 1)))
    return [after - before for before, after in zip([0, *cuts], [*cuts, MILLION], strict=True)]


@st.composite
def splits(draw: st.DrawFn) -> list[SplitRow]:
    rows = []
    for element in ELEMENTS:
        owners = draw(st.lists(parties, min_size=1, max_size=4))
        shares = draw(wholes(len(owners)))
        rows += [SplitRow(element, owner, "editor", share) for owner, share in zip(owners, shares, strict=True)]
    return draw(st.permutations(rows))


@st.composite
def derivations(draw: st.DrawFn) -> list[DerivationRow]:
    """Any element may be made from any that come later in a random order: chains, diamonds, forests, no cycles."""
    order = draw(st.permutations(ELEMENTS))
    rows = []
    for place, child in enumerate(order[:-1]):
        parents = draw(st.lists(st.sampled_from(order[place + 1 :]), max_size=3, unique=True))
        shares = draw(wholes(len(parents) + 1))[1:]
        rows += [DerivationRow(child, parent, share) for parent, share in zip(parents, shares, strict=True)]
    return draw(st.permutations(rows))


@st.composite
def revenue(draw: st.DrawFn) -> list[RevenueRow]:
    fields = st.tuples(st.sampled_from(ELEMENTS), currencies, amounts, amounts, amounts)
    lines = draw(st.lists(fields, max_size=12))
    return [
        RevenueRow(f"l{n}", element, "sale", currency, gross, tax, fee, "2026-10-01")
        for n, (element, currency, gross, tax, fee) in enumerate(lines)
    ]


def _unique(rows: st.SearchStrategy, *, by: tuple[int, ...], most: int = 6) -> st.SearchStrategy:
    return st.lists(rows, max_size=most, unique_by=lambda row: tuple(row[place] for place in by))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """A period without a fault."""
    contracts = draw(
        _unique(st.tuples(parties, parties, st.sampled_from(["", "", *ELEMENTS]), ppm), by=(1, 2), most=10)
    )
    advances = draw(st.lists(st.tuples(parties, parties, currencies, micros), max_size=8))
    return Period(
        commission_ppm=draw(ppm),
        platform_party="platform",
        splits=draw(splits()),
        revenue=draw(revenue()),
        derivations=draw(derivations()),
        contracts=[ContractRow(f"c{n}", *row) for n, row in enumerate(contracts)],
        advances=[AdvanceInputRow(f"a{n * 7 % 11}", *row) for n, row in enumerate(advances)],
        reserves=draw(_unique(st.builds(ReserveRow, parties, ppm), by=(0,))),
        balances=draw(
            _unique(st.builds(BalanceRow, parties, currencies, st.integers(-(10**17), 10**17), micros), by=(0, 1))
        ),
        minimums=draw(
            _unique(
                st.builds(MinimumRow, st.sampled_from(["", *PARTIES]), currencies, st.integers(0, 10**7)), by=(0, 1)
            )
        ),
        holds=draw(st.lists(st.builds(HoldRow, parties, st.sampled_from(["", *CURRENCIES]), st.just("x")), max_size=3)),
        parties=draw(_unique(st.builds(PartyRow, parties, st.just("A, B"), ppm), by=(0,))),
    )
