"""Rights that change within a period: each sale is shared by what was agreed when it happened."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.settlement import settle
from ledger.domain.settlement.epochs import (
    DatedContract,
    DatedLine,
    DatedParents,
    DatedSplit,
    Epochs,
    Rights,
    in_epochs,
)
from ledger.domain.settlement.period import ContractRow, DerivationRow, Period, RevenueRow, SplitRow, inputs_from
from ledger.domain.settlement.result import SettlementResult

from . import reference
from .strategies import ELEMENTS, PARTIES, amounts, currencies, parties, periods, ppm, wholes

relaxed = settings(max_examples=20, deadline=None)
BASE = Period(commission_ppm=0, platform_party="platform", splits=[], revenue=[])


def sale(line_id: str, element_id: str, gross_minor: int, *, position: int) -> DatedLine:
    return DatedLine(
        position=position, line=RevenueRow(line_id, element_id, "sale", "EUR", gross_minor, 0, 0, "2026-10-01")
    )


def split(element_id: str, *shares: tuple[str, int], position: int) -> DatedSplit:
    return DatedSplit(
        position=position, element_id=element_id, shares=[(party, "editor", part) for party, part in shares]
    )


def run(epochs: Epochs) -> SettlementResult:
    return settle(inputs_from(epochs.period))


def royalties(lines: list[DatedLine], rights: Rights) -> dict[str, int]:
    """Party -> royalty in minor units."""
    rows = run(in_epochs(BASE, lines, rights)).statement_rows()
    return {row.party_id: row.royalty_micro // 1_000_000 for row in rows}


def test_a_sale_is_shared_by_the_split_in_force_at_its_position() -> None:
    rights = Rights(
        splits=[split("e", ("ann", 1_000_000), position=1), split("e", ("bob", 1_000_000), position=10)],
    )

    shared = royalties([sale("l1", "e", 100, position=9), sale("l2", "e", 30, position=11)], rights)

    assert shared == {"ann": 100, "bob": 30}


def test_a_refund_takes_back_from_those_who_were_paid() -> None:
    rights = Rights(
        splits=[split("e", ("ann", 1_000_000), position=1), split("e", ("bob", 1_000_000), position=10)],
    )

    shared = royalties(
        [
            sale("l1", "e", 100, position=9),
            sale("l2", "e", 30, position=11),
            sale("refund of l1", "e", -100, position=9),  # happened later, belongs to what it reverses
        ],
        rights,
    )

    assert shared == {"bob": 30}


def test_a_change_of_a_parents_split_starts_an_epoch_of_its_children() -> None:
    rights = Rights(
        splits=[
            split("child", ("ann", 1_000_000), position=1),
            split("parent", ("bob", 1_000_000), position=2),
            split("parent", ("cy", 1_000_000), position=20),
        ],
        parents=[DatedParents(position=3, child_id="child", parents=[("parent", 250_000)])],
    )

    epochs = in_epochs(BASE, [sale("l1", "child", 100, position=4), sale("l2", "child", 100, position=21)], rights)

    assert set(epochs.origin.values()) == {("child", 3), ("parent", 3), ("child", 20), ("parent", 20)}
    rows = epochs.allocation_rows(run(epochs))
    assert [(row.element_id, row.party_id, row.amount_micro // 1_000_000) for row in rows] == [
        ("child", "ann", 150),
        ("parent", "bob", 25),
        ("parent", "cy", 25),
    ]


def test_a_blanket_contract_starts_an_epoch_of_all_its_party_owns_and_an_elements_own_goes_first() -> None:
    rights = Rights(
        splits=[split(element, ("ann", 1_000_000), position=1) for element in ("e", "f")],
        contracts=[
            DatedContract(position=5, contract=ContractRow("c1", "lab", "ann", "", 500_000)),
            DatedContract(position=7, contract=ContractRow("c2", "special", "ann", "e", 100_000)),
        ],
    )
    lines = [sale(f"{element}{at}", element, 100, position=at) for element in ("e", "f") for at in (4, 6, 8)]

    assert royalties(lines, rights) == {"ann": 100 + 50 + 90 + 100 + 50 + 50, "lab": 50 + 50 + 50, "special": 10}


def test_elements_of_other_families_keep_their_epoch() -> None:
    rights = Rights(splits=[split("e", ("ann", 1_000_000), position=1), split("f", ("ann", 1_000_000), position=6)])

    epochs = in_epochs(BASE, [sale("l1", "e", 1, position=5), sale("l2", "e", 1, position=7)], rights)

    assert list(epochs.origin.values()) == [("e", 1)]


def test_a_tie_between_parents_goes_to_the_lesser_id_in_an_epoch_too() -> None:
    rights = Rights(
        splits=[split(element, (f"owner of {element}", 1_000_000), position=1) for element in ("a", "a-x", "c", "g")],
        parents=[
            DatedParents(position=2, child_id="g", parents=[("c", 1)]),
            DatedParents(position=2, child_id="c", parents=[("a-x", 500_000), ("a", 500_000)]),
        ],
    )

    epochs = in_epochs(BASE, [sale("l1", "g", 1, position=3)], rights)
    rows = epochs.allocation_rows(run(epochs))

    assert [(row.element_id, row.amount_micro) for row in rows] == [("a", 1), ("g", 999_999)]


def test_an_id_with_a_space_is_refused() -> None:
    with pytest.raises(ValueError, match="holds a space"):
        in_epochs(BASE, [sale("l1", "my song", 1, position=1)], Rights(splits=[]))


@relaxed
@given(periods())
def test_without_changes_it_is_the_plain_run(period: Period) -> None:
    shares, upstream = defaultdict(list), defaultdict(list)
    for row in period.splits:
        shares[row.element_id].append(tuple(row[1:]))
    for edge in period.derivations:
        upstream[edge.child_id].append((edge.parent_id, edge.upstream_ppm))
    rights = Rights(
        splits=[DatedSplit(position=0, element_id=element, shares=rows) for element, rows in shares.items()],
        parents=[DatedParents(position=0, child_id=child, parents=rows) for child, rows in upstream.items()],
        contracts=[DatedContract(position=0, contract=row) for row in period.contracts],
    )

    epochs = in_epochs(period, [DatedLine(position=7, line=line) for line in period.revenue], rights)
    result, plain = run(epochs), settle(inputs_from(period))

    assert epochs.allocation_rows(result) == list(plain.allocation_rows())
    assert list(result.statement_rows()) == list(plain.statement_rows())
    assert list(result.advance_rows()) == list(plain.advance_rows())


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[DatedLine], Rights]:
    """Rights that change all the time, and sales in between."""
    position = st.integers(100, 140)
    elements = ELEMENTS[:5]
    splits = []
    for element, at in [
        *((element, 0) for element in elements),
        *draw(st.lists(st.tuples(st.sampled_from(elements), position), max_size=4, unique_by=lambda row: row[1])),
    ]:
        owners = draw(st.lists(parties, min_size=1, max_size=3, unique=True))
        shares = draw(wholes(len(owners)))
        splits.append(split(element, *zip(owners, shares, strict=True), position=at))
    parents = []
    for at in draw(st.lists(st.sampled_from([0, 1, 2, 110, 120, 130]), max_size=4, unique=True)):
        child = draw(st.integers(0, 3))
        above = draw(st.lists(st.sampled_from(elements[child + 1 :]), max_size=2, unique=True))
        shares = draw(wholes(len(above) + 1))
        parents.append(
            DatedParents(position=at, child_id=elements[child], parents=list(zip(above, shares[1:], strict=True)))
        )
    signed = st.tuples(parties, parties, st.sampled_from(["", *elements]), ppm)
    contracts = [
        DatedContract(position=at, contract=ContractRow(f"c{at}", *draw(signed)))
        for at in draw(st.lists(st.integers(105, 135), max_size=4, unique=True))
    ]
    lines = [
        DatedLine(position=at, line=RevenueRow(f"l{n}", element, "sale", currency, gross, 0, 0, "2026-10-01"))
        for n, (at, element, currency, gross) in enumerate(
            draw(st.lists(st.tuples(position, st.sampled_from(elements), currencies, amounts), max_size=10))
        )
    ]
    return lines, Rights(splits=splits, parents=parents, contracts=contracts)


def in_force(rights: Rights, position: int) -> dict[str, list]:
    """The folder form's tables as they stood at a position."""
    shares, upstream, contracts = {}, {}, {}
    for row in sorted((row for row in rights.splits if row.position <= position), key=lambda row: row.position):
        shares[row.element_id] = [SplitRow(row.element_id, *share) for share in row.shares]
    for row in sorted((row for row in rights.parents if row.position <= position), key=lambda row: row.position):
        upstream[row.child_id] = [DerivationRow(row.child_id, *edge) for edge in row.parents]
    for row in sorted((row for row in rights.contracts if row.position <= position), key=lambda row: row.position):
        contracts[row.contract.party_id, row.contract.element_id] = row.contract
    return {
        "splits": [row for rows in shares.values() for row in rows],
        "derivations": [row for rows in upstream.values() for row in rows],
        "contracts": list(contracts.values()),
    }


def naive_epoch(rights: Rights, element: str, position: int) -> tuple[frozenset[str], int]:
    """(family, newest change of it at or before the position), by looking at everything."""
    family = {element}
    for _ in ELEMENTS:
        for row in rights.parents:
            for parent, _ in row.parents:
                if {row.child_id, parent} & family:
                    family |= {row.child_id, parent}
    owners = {party for row in rights.splits if row.element_id in family for party, _, _ in row.shares}
    changes = [row.position for row in rights.splits if row.element_id in family]
    changes += [row.position for row in rights.parents if row.child_id in family]
    for row in rights.contracts:
        concerned = row.contract.element_id in family if row.contract.element_id else row.contract.party_id in owners
        changes += [row.position] * concerned
    return frozenset(family), max(change for change in changes if change <= position)


@relaxed
@given(histories())
def test_each_epoch_is_a_run_of_its_own_until_royalties_join(history: tuple[list[DatedLine], Rights]) -> None:
    lines, rights = history
    base = dataclasses.replace(BASE, commission_ppm=123_457)

    epochs = in_epochs(base, lines, rights)
    found = {tuple(row[:4]): row.amount_micro for row in epochs.allocation_rows(run(epochs))}

    groups, expected = defaultdict(list), defaultdict(int)
    for dated in lines:
        groups[naive_epoch(rights, dated.line.element_id, dated.position)].append(dated.line)
    for (_, epoch), group in groups.items():
        alone = dataclasses.replace(base, revenue=group, **in_force(rights, epoch))
        for *key, amount in reference.settle(alone).allocations:
            expected[tuple(key)] += amount
    assert found == {key: amount for key, amount in expected.items() if amount}
    assert {party for _, _, party, _ in found} <= set(PARTIES)
