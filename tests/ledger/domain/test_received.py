from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.errors import WrongStateError
from ledger.domain.received import MICRO, divide

GROUPS = st.lists(st.integers(-(10**12), 10**12), max_size=12)


def test_what_the_bank_received_is_divided_by_what_the_report_says():
    """A fee of 10 % came off: every group bears its part."""
    assert divide(900, [700 * MICRO, 300 * MICRO]) == [630, 270]


def test_a_group_that_gave_back_more_than_it_sold_bears_its_own_figure():
    assert divide(810, [1000 * MICRO, -100 * MICRO]) == [910, -100]


def test_what_was_given_back_is_exchanged_at_the_rate_of_the_report():
    """900 reported, 450 received: half a unit for each."""
    assert divide(450, [1000 * MICRO, -100 * MICRO], is_exchanged=True) == [500, -50]


def test_a_report_of_returns_alone_is_the_mirror_of_one_of_sales():
    assert divide(-901, [-700 * MICRO, -300 * MICRO, 99 * MICRO]) == [
        -part for part in divide(901, [700 * MICRO, 300 * MICRO, -99 * MICRO])
    ]


def test_parts_of_a_ten_thousandth_of_a_cent_still_sum_to_the_cent():
    parts = divide(1, [123, 456, 457, 1])

    assert parts == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("received", "groups"), [(5, []), (5, [0, 0]), (5, [7 * MICRO, -7 * MICRO]), (-5, [MICRO]), (5, [-MICRO])]
)
def test_money_that_the_report_does_not_explain_is_refused(received, groups):
    with pytest.raises(WrongStateError):
        divide(received, groups)


@given(st.integers(-(10**10), 10**10), GROUPS, st.booleans())
def test_the_parts_always_sum_to_what_the_bank_received(received, groups, exchanged):
    try:
        parts = divide(received, groups, is_exchanged=exchanged)
    except WrongStateError:
        reported = sum(groups)
        assert received * reported < 0 or (reported == 0 and received != 0)
        return

    assert sum(parts) == received
    assert len(parts) == len(groups)


@given(GROUPS)
def test_a_report_that_agrees_with_the_bank_moves_no_group_by_more_than_the_roundings(groups):
    total = sum(groups)
    received = total // MICRO
    if not received or total < 0:
        return

    parts = divide(received, groups)

    assert all(abs(part * MICRO - group) <= len(groups) * MICRO for part, group in zip(parts, groups, strict=True))
