"""Fees become revenue as credits are used: to the unit, by either policy; expired credits by the month's use."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.settlement.subscriptions import Lot, Use, left_minor, month_revenue, releases

ANN = Lot("lot1", "ann", "EUR", 10, 999)
BOB = Lot("lot2", "bob", "EUR", 100, 1299)
WHEN = {"waiting_minor": {}, "occurred_at": "2026-10-31"}


def shares(lines: list) -> dict[str, int]:
    total: Counter[str] = Counter()
    for line in lines:
        total[line.element_id] += line.gross_minor
    return dict(total)


def test_money_leaves_a_lot_with_its_credits() -> None:
    found = releases([ANN], [Use("lot1", "e1", 3), Use("lot1", "e2", 3), Use("lot1", "", 4)], {})

    assert [release.released_minor for release in found] == [299, 300, 400]


def test_a_later_period_goes_on_where_the_last_one_ended() -> None:
    (release,) = releases([ANN], [Use("lot1", "e1", 3)], {"lot1": 3})

    assert release.released_minor == 300


def test_user_centric_shares_a_subscribers_money_among_what_that_subscriber_used() -> None:
    found = releases([ANN, BOB], [Use("lot1", "e1", 10), Use("lot2", "e2", 90), Use("lot2", "e1", 10)], {})

    month = month_revenue("2026-10", found, **WHEN)

    assert shares(month.lines) == {"e1": 999 + 130, "e2": 1169}
    assert {line.kind for line in month.lines} == {"subscription"}


def test_pro_rata_shares_all_money_by_all_credits() -> None:
    found = releases([ANN, BOB], [Use("lot1", "e1", 10), Use("lot2", "e2", 90), Use("lot2", "e1", 10)], {})

    month = month_revenue("2026-10", found, policy="pro_rata", **WHEN)

    assert shares(month.lines) == {"e1": 418, "e2": 1880}  # 2298 × 20/110 and × 90/110


def test_the_odd_unit_goes_to_the_largest_remainder_then_the_lesser_id() -> None:
    lot = Lot("lot", "ann", "EUR", 4, 5)
    found = releases([lot], [Use("lot", "b", 2), Use("lot", "a", 2)], {})

    assert shares(month_revenue("2026-10", found, **WHEN).lines) == {"a": 3, "b": 2}


def test_expired_credits_are_shared_by_what_everyone_used_in_the_month() -> None:
    found = releases([ANN, BOB], [Use("lot1", "", 10), Use("lot2", "e1", 60), Use("lot2", "e2", 40)], {})

    month = month_revenue("2026-10", found, **WHEN)

    assert shares(month.lines) == {"e1": 779 + 599, "e2": 520 + 400}
    assert month.waiting_minor == {}


def test_expired_credits_wait_for_a_month_in_which_any_are_spent() -> None:
    october = month_revenue("2026-10", releases([ANN], [Use("lot1", "", 10)], {}), **WHEN)
    november = month_revenue(
        "2026-11",
        releases([BOB], [Use("lot2", "e1", 1)], {}),
        waiting_minor=october.waiting_minor,
        occurred_at="2026-11-30",
    )

    assert october.lines == []
    assert october.waiting_minor == {"EUR": 999}
    assert shares(november.lines) == {"e1": 12 + 999}
    assert november.waiting_minor == {}


def test_currencies_never_mix() -> None:
    yen = Lot("lot3", "ann", "JPY", 10, 500)
    month = month_revenue("2026-10", releases([ANN, yen], [Use("lot1", "e1", 10), Use("lot3", "", 10)], {}), **WHEN)

    assert [(line.currency, line.gross_minor) for line in month.lines] == [("EUR", 999)]
    assert month.waiting_minor == {"JPY": 500}


def test_more_credits_than_a_lot_holds_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="11 of 10 credits"):
        releases([ANN], [Use("lot1", "e1", 11)], {})


uses = st.lists(
    st.tuples(st.sampled_from(["lot1", "lot2"]), st.sampled_from(["", "e1", "e2", "e3"]), st.integers(1, 5)),
    max_size=12,
)


@given(uses, st.sampled_from(["user_centric", "pro_rata", None]))
def test_every_unit_that_leaves_a_lot_becomes_revenue_or_waits(rows: list[tuple[str, str, int]], policy: str) -> None:
    lots = [Lot("lot1", "ann", "EUR", 60, 997), Lot("lot2", "bob", "EUR", 60, 13, "pro_rata")]
    used: Counter[str] = Counter()
    for lot_id, _, credits in rows:
        used[lot_id] += credits

    month = month_revenue("2026-10", releases(lots, [Use(*row) for row in rows], {}), policy=policy, **WHEN)

    left = sum(left_minor(lot.net_minor, lot.credits, used[lot.lot_id]) for lot in lots)
    assert sum(line.gross_minor for line in month.lines) + sum(month.waiting_minor.values()) == left
    assert len({line.line_id for line in month.lines}) == len(month.lines)
