"""What each money event posts: always balanced, and to the accounts of the chart."""

from __future__ import annotations

import dataclasses
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import events as ev
from ledger.domain.errors import UnbalancedEntryError
from ledger.domain.journal import check_balanced, postings_of
from tests.ledger.stories import Story, statement_issued

PARTY = UUID(int=5)


def entry(event):
    sums: dict[str, int] = {}
    for posting in postings_of(event):
        sums[posting.account] = sums.get(posting.account, 0) + posting.amount_micro
    return sums


@given(st.integers(0, 2**32))
def test_every_entry_of_every_story_balances(seed):
    for command in Story(seed).commands():
        for event in command:
            postings = postings_of(event)
            check_balanced(postings)
            assert all(posting.amount_micro for posting in postings)


def line(**amounts):
    return ev.LineAmount(line_id=UUID(int=1), element_id=UUID(int=2), **amounts)


def test_a_sale_a_fee_a_dispute_and_its_win_leave_what_the_processor_kept():
    order = {"order_id": UUID(int=3), "currency": "EUR"}
    sold = ev.OrderLine(
        line_id=UUID(int=1),
        listing_id=UUID(int=4),
        element_id=UUID(int=2),
        licence_kind="standard",
        terms_hash="",
        gross_minor=1200,
        tax_minor=200,
    )
    story = [
        ev.OrderPaid(buyer_id=PARTY, lines=(sold,), **order),
        ev.ChargeSettled(lines=(line(gross_minor=0, tax_minor=0, fee_minor=60),), **order),
        ev.DisputeOpened(dispute_id=PARTY, lines=(line(gross_minor=1200, tax_minor=200, fee_minor=1500),), **order),
        ev.DisputeWon(dispute_id=PARTY, lines=(line(gross_minor=1200, tax_minor=200, fee_minor=0),), **order),
    ]

    balances: dict[str, int] = {}
    for event in story:
        for account, amount in entry(event).items():
            balances[account] = balances.get(account, 0) + amount // 1_000_000

    assert entry(story[0]) == {"processor": 1_200_000_000, "tax": -200_000_000, "unsettled": -1_000_000_000}
    assert balances == {"processor": 1200 - 60 - 1500, "tax": -200, "unsettled": -1000 + 60 + 1500}


def test_a_statement_of_someone_without_an_account_goes_to_escrow():
    event = statement_issued(party_id=PARTY, royalty_micro=100, recouped_micro=30, reserve_held_micro=7, escrowed=True)

    assert entry(event) == {"unsettled": 100, f"escrow:{PARTY}": -63, "recoupment": -30, f"reserve:{PARTY}": -7}


def test_a_negative_royalty_takes_back():
    event = statement_issued(party_id=PARTY, royalty_micro=-40)

    assert entry(event) == {"unsettled": -40, f"payable:{PARTY}": 40}


def test_a_payout_whose_parts_do_not_add_up_is_refused():
    good = ev.PayoutPaid(
        payout_id=PARTY, party_id=PARTY, currency="EUR", gross_minor=100, withheld_minor=10, payout_minor=90
    )
    assert entry(good)["processor"] == -90_000_000

    with pytest.raises(UnbalancedEntryError, match="EUR"):
        postings_of(dataclasses.replace(good, payout_minor=91))
