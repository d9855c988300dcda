"""Settlement told as text: each docstring holds the files of a folder, and what must come out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

from ledger.domain.settlement import read_folder, settle
from ledger.domain.settlement.write import csv_bytes, tables_of

from .folders import write


def settles(scenario: Callable[[Path], None]) -> Callable[[Path], None]:
    """Run the docstring: `== NAME` starts a file, `=> NAME` an expected result; cells are parted by spaces."""
    text = inspect.cleandoc(scenario.__doc__ or "")

    def run(tmp_path: Path) -> None:
        given, expected = _files(text)
        tables = tables_of(settle(read_folder(write(given, tmp_path))))
        assert {name: csv_bytes(tables[name]).decode() for name in expected} == expected

    run.__name__, run.__doc__ = scenario.__name__, scenario.__doc__
    return run


def _files(text: str) -> tuple[dict[str, bytes], dict[str, str]]:
    given: dict[str, list[str]] = {}
    expected: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        mark, _, name = line.partition(" ")
        if mark in ("==", "=>"):
            lines = (given if mark == "==" else expected).setdefault(name, [])
        elif line.strip():
            cells = line.split()
            lines.append(" ".join(cells) if cells[0].startswith("{") else ",".join(c.replace("-.", "") for c in cells))
    return (
        {name: "\n".join([*rows, ""]).encode() for name, rows in given.items()},
        {name: "\n".join([*rows, ""]) for name, rows in expected.items()},
    )


@settles
def test_every_cent_of_a_sale_reaches_a_payee(tmp_path: Path) -> None:
    """
    == terms.json
    {"commission_ppm": 100000, "platform_party": "platform"}
    == splits.csv
    element_id party_id role        share_ppm
    loop       ann      producer    333333
    loop       bob      songwriter  333333
    loop       cy       musician    333334
    == revenue.csv
    line_id element_id kind currency gross_minor tax_minor fee_minor occurred_at
    l1      loop       sale EUR      1190        190       30        2026-10-01

    => allocations.csv
    currency element_id party_id basis      amount_micro
    EUR      loop       ann      split      290999709
    EUR      loop       bob      split      290999709
    EUR      loop       cy       split      291000582
    EUR      loop       platform commission 97000000
    => statements.csv
    party_id currency opening_micro royalty_micro recouped_micro recoupment_received_micro reserve_held_micro \
reserve_released_micro payable_micro gross_payout_minor withheld_minor payout_minor carried_micro
    ann      EUR 0 290999709 0 0 0 0 290999709 290 0 290 999709
    bob      EUR 0 290999709 0 0 0 0 290999709 290 0 290 999709
    cy       EUR 0 291000582 0 0 0 0 291000582 291 0 291 582
    platform EUR 0 97000000  0 0 0 0 97000000  97  0 97  0
    """


@settles
def test_a_parent_of_a_parent_is_paid_out_of_what_the_parent_receives(tmp_path: Path) -> None:
    """
    == terms.json
    {"commission_ppm": 0, "platform_party": "platform"}
    == splits.csv
    element_id party_id role      share_ppm
    song       sam      producer  1000000
    remix      rea      producer  1000000
    edit       eve      editor    1000000
    == derivations.csv
    child_id parent_id upstream_ppm
    remix    song      400000
    edit     remix     500000
    == revenue.csv
    line_id element_id kind currency gross_minor tax_minor fee_minor occurred_at
    l1      edit       sale EUR      100         0         0         2026-10-01

    => allocations.csv
    currency element_id party_id basis amount_micro
    EUR      edit       eve      split 50000000
    EUR      remix      rea      split 30000000
    EUR      song       sam      split 20000000
    """


@settles
def test_an_advance_is_repaid_before_a_reserve_is_held_and_the_label_is_not_recouped_again(tmp_path: Path) -> None:
    """
    == terms.json
    {"commission_ppm": 0, "platform_party": "platform"}
    == splits.csv
    element_id party_id role      share_ppm
    song       ann      producer  1000000
    == revenue.csv
    line_id element_id kind currency gross_minor tax_minor fee_minor occurred_at
    l1      song       sale EUR      1000        0         0         2026-10-01
    == contracts.csv
    contract_id label_id party_id element_id label_ppm
    c1          lab      ann      -.         200000
    == advances.csv
    advance_id label_id party_id currency unrecouped_micro
    a2         lab      ann      EUR      900000000
    a1         other    ann      EUR      300000000
    a3         bank     lab      EUR      999000000
    == reserves.csv
    party_id reserve_ppm
    ann      100000
    lab      500000

    => advances.csv
    advance_id label_id party_id currency unrecouped_micro
    a1         other    ann      EUR      0
    a2         lab      ann      EUR      400000000
    a3         bank     lab      EUR      799000000
    => statements.csv
    party_id currency opening_micro royalty_micro recouped_micro recoupment_received_micro reserve_held_micro \
reserve_released_micro payable_micro gross_payout_minor withheld_minor payout_minor carried_micro
    ann   EUR 0 800000000 800000000 0         0 0 0         0   0 0   0
    bank  EUR 0 0         0         200000000 0 0 200000000 200 0 200 0
    lab   EUR 0 200000000 200000000 500000000 0 0 500000000 500 0 500 0
    other EUR 0 0         0         300000000 0 0 300000000 300 0 300 0
    """


@settles
def test_a_refund_after_a_payout_is_a_debt_that_carries_over_and_holds_and_minimums_wait(tmp_path: Path) -> None:
    """
    == terms.json
    {"commission_ppm": 0, "platform_party": "platform"}
    == splits.csv
    element_id party_id role      share_ppm
    song       ann      producer  1000000
    beat       bob      producer  1000000
    loop       cy       producer  1000000
    == revenue.csv
    line_id element_id kind   currency gross_minor tax_minor fee_minor occurred_at
    l1      song       refund EUR      -1000       -100      0         2026-10-01
    l2      beat       sale   EUR      1000        0         0         2026-10-01
    l3      loop       sale   EUR      999         0         0         2026-10-01
    == holds.csv
    party_id currency reason
    bob      -.       claim
    == minimums.csv
    party_id currency min_payout_minor
    -.       EUR      1000
    == balances.csv
    party_id currency carried_micro reserve_due_micro
    ann      EUR      100000000     1

    => statements.csv
    party_id currency opening_micro royalty_micro recouped_micro recoupment_received_micro reserve_held_micro \
reserve_released_micro payable_micro gross_payout_minor withheld_minor payout_minor carried_micro
    ann EUR 100000000 -900000000 0 0 0 1 -799999999 0 0 0 -799999999
    bob EUR 0         1000000000 0 0 0 0 1000000000 0 0 0 1000000000
    cy  EUR 0         999000000  0 0 0 0 999000000  0 0 0 999000000
    """
