"""Which money a run takes, for whom, and what is left for the next one."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.errors import WrongStateError
from ledger.domain.ids import uuid7
from ledger.services import claims, clock, parties, rights
from ledger.services.audit import verify
from ledger.services.settlements import periods, runs
from marketplace.accounts import services as accounts
from tests.helpers import books
from tests.helpers.books import MICRO, royalty, sell, settle, statement
from tests.helpers.shop import Shop, day, upstream

pytestmark = pytest.mark.django_db

PART = 1_000_000 - settings.COMMISSION_PPM  # of each net micro, what makers share


def made(shop: Shop, maker: Any, **more: Any) -> Any:
    return shop.on_sale(maker, **more).entry_id


def unsettled() -> int:
    return ledger.balance("unsettled", "EUR")


# ------------------------------------------------------------------------------------------------ which money
def test_every_micro_of_a_sale_reaches_a_payee(shop, mira, anna, bela) -> None:
    sell(made(shop, mira), 1000, fee_minor=50, tax_minor=100, at="2026-08-03")

    run = settle("2026-08", by=anna, released_by=bela)

    net = (1000 - 100 - 50) * MICRO
    assert royalty(run, mira) == net * PART // 1_000_000
    assert royalty(run, mira) + royalty(run, settings.PLATFORM_PARTY_ID) == net
    assert unsettled() == 0
    verify()


def test_a_sale_waits_until_its_refund_window_is_over(shop, mira, anna, bela) -> None:
    element = made(shop, mira)
    sell(element, at="2026-08-10")
    sell(element, at="2026-08-20")

    first = settle("2026-08", by=anna, released_by=bela)
    second = settle("2026-09", by=anna, released_by=bela)

    assert royalty(first, mira) == royalty(second, mira) == 950 * PART
    assert unsettled() == 0


def test_a_sale_waits_for_its_fee(shop, mira, anna, bela) -> None:
    sale = sell(made(shop, mira), at="2026-08-01", fee_minor=None)

    first = settle("2026-08", by=anna, released_by=bela)
    books.settle_charge(sale, 50, at="2026-09-20")
    second = settle("2026-09", by=anna, released_by=bela)

    assert (royalty(first, mira), royalty(second, mira)) == (0, 950 * PART)


def test_what_is_refunded_before_it_was_settled_costs_its_makers_only_the_fee(shop, mira, anna, bela) -> None:
    books.refund(sell(made(shop, mira), at="2026-08-01"), at="2026-08-05")

    run = settle("2026-08", by=anna, released_by=bela)

    assert royalty(run, mira) + royalty(run, settings.PLATFORM_PARTY_ID) == -50 * MICRO
    assert unsettled() == 0
    verify()


def test_what_is_refunded_after_it_was_settled_comes_off_the_next_statement(shop, mira, anna, bela) -> None:
    sale = sell(made(shop, mira), at="2026-08-01", fee_minor=0)
    settle("2026-08", by=anna, released_by=bela)
    books.refund(sale, at="2026-09-05")

    second = settle("2026-09", by=anna, released_by=bela)

    assert statement(second, mira).opening_micro == 1000 * PART
    assert statement(second, mira).royalty_micro == -1000 * PART
    assert statement(second, mira).carried_micro == 0
    assert unsettled() == 0
    verify()


def test_each_sale_is_divided_by_the_split_of_its_own_day(shop, mira, tomas, anna, bela) -> None:
    element = made(shop, mira)
    sell(element, at="2026-08-01", fee_minor=0)
    shares = [events.Share(party_id=one.party_id, role="producer", share_ppm=500_000) for one in (mira, tomas)]
    with clock.at(day("2026-08-05")):
        proposal = rights.propose_split(element_id=element, shares=shares, actor_id=mira.party_id, key="new split")
        rights.accept_split(proposal, party_id=tomas.party_id)
    later = sell(element, at="2026-08-10", fee_minor=0)
    books.refund(later, at="2026-08-11")
    sell(element, at="2026-08-12", fee_minor=0)

    run = settle("2026-08", by=anna, released_by=bela)

    assert royalty(run, mira) == 1500 * PART
    assert royalty(run, tomas) == 500 * PART


def test_parents_receive_their_share_through_every_step(shop, mira, tomas, anna, bela) -> None:
    root = made(shop, mira)
    with_root = shop.element(mira, "Second", parents=[upstream(root, 100_000)])
    shop.offer(mira, with_root, shares=[(tomas, 1_000_000)])
    (proposal,) = ledger.proposals_naming(tomas.party_id)
    rights.accept_split(proposal.proposal_id, party_id=tomas.party_id)
    sell(with_root, at="2026-08-01", fee_minor=0)

    run = settle("2026-08", by=anna, released_by=bela)

    assert (royalty(run, mira), royalty(run, tomas)) == (100 * PART, 900 * PART)
    lines = (ledger.document(statement(run, mira).lines_hash) or b"").decode()
    assert f"{with_root}|{root}" in lines or f"{root}|{with_root}" in lines


def test_an_open_claim_holds_only_the_disputed_share_until_it_is_decided(shop, mira, tomas, anna, bela) -> None:
    theirs, copied = made(shop, tomas), made(shop, mira)
    claim = uuid7()
    books.write(
        events.ClaimOpened(
            claim_id=claim, element_id=copied, resembles_id=theirs, disputed_ppm=400_000, reason="near_match"
        ),
        at="2026-07-02",
    )
    sell(copied, at="2026-08-01", fee_minor=0)

    first = settle("2026-08", by=anna, released_by=bela)
    held = -unsettled()
    with clock.at(day("2026-09-10")):
        claims.decide(claim_id=claim, upheld=True, reason="the same notes", actor_id=anna.party_id)
    second = settle("2026-09", by=anna, released_by=bela)

    assert royalty(first, mira) == 600 * PART
    assert held == 400 * MICRO
    assert (royalty(second, mira), royalty(second, tomas)) == (0, 400 * PART)
    assert unsettled() == 0
    verify()


def test_a_line_is_taken_by_one_run_only(shop, mira, anna, bela) -> None:
    sell(made(shop, mira), at="2026-08-01")
    settle("2026-08", by=anna, released_by=bela)

    with clock.at(day("2026-10-05")):
        with pytest.raises(WrongStateError, match="settled already"):
            runs.draft(periods.parse("2026-08"))
        assert runs.draft(periods.parse("2026-Q3")).facts.lines == ()


def test_a_discarded_run_leaves_its_money_to_the_next_one(shop, mira, anna, bela) -> None:
    sell(made(shop, mira), at="2026-08-01")
    run = books.prepare("2026-08", by=anna)
    with clock.at(day("2026-09-03")):
        runs.discard(run_id=run, actor_id=anna.party_id, reason="late refund")

    again = settle("2026-08", by=anna, released_by=bela)

    assert royalty(again, mira) == 950 * PART


def test_a_period_that_has_not_ended_is_not_settled(shop, anna) -> None:
    with clock.at(day("2026-08-30")), pytest.raises(WrongStateError, match="not ended"):
        runs.calculate(period=periods.parse("2026-08"), actor_id=anna.party_id)


# ------------------------------------------------------------------------------------------ whose, and when paid
def test_an_invited_party_s_money_waits_in_escrow_until_it_joins(shop, mira, anna, bela) -> None:
    invited = accounts.party_for(email="uma@example.org", invited_by=mira.party_id)
    element = made(shop, mira, shares=[(mira, 500_000), (invited, 500_000)])
    sell(element, at="2026-08-01", fee_minor=0)

    first = settle("2026-08", by=anna, released_by=bela)
    waiting = -ledger.balance(f"escrow:{invited}", "EUR")
    with clock.at(day("2026-09-10")):
        parties.claim(invited, key="joined")
    sell(element, at="2026-09-11", fee_minor=0)
    second = settle("2026-09", by=anna, released_by=bela)

    assert statement(first, invited).escrowed
    assert waiting == 500 * PART
    assert ledger.balance(f"escrow:{invited}", "EUR") == 0
    assert statement(second, invited).payable_micro == 1000 * PART
    assert -ledger.balance(f"payable:{invited}", "EUR") == 1000 * PART
    verify()


def test_what_cannot_be_paid_is_carried_from_run_to_run(shop, mira, anna, bela) -> None:
    element = made(shop, mira)
    found = []
    for month in ("08", "09", "10"):
        sell(element, at=f"2026-{month}-01", fee_minor=0)
        found.append(statement(settle(f"2026-{month}", by=anna, released_by=bela), mira))

    assert [one.opening_micro for one in found] == [0, 1000 * PART, 2000 * PART]
    assert [one.carried_micro for one in found] == [1000 * PART, 2000 * PART, 3000 * PART]
    assert -ledger.balance(f"payable:{mira.party_id}", "EUR") == 3000 * PART


def test_a_reserve_is_held_back_and_released_by_the_next_run(shop, mira, anna, bela) -> None:
    books.write(
        events.PayeeTermsSet(
            party_id=mira.party_id, reserve_ppm=100_000, withholding_ppm=0, minimum_payout_minor=100, currency="EUR"
        ),
        at="2026-07-02",
    )
    element = made_on(shop, mira, "2026-07-03")
    sell(element, at="2026-08-01", fee_minor=0)

    first = statement(settle("2026-08", by=anna, released_by=bela), mira)
    sell(element, at="2026-09-02", fee_minor=0)
    second = statement(settle("2026-09", by=anna, released_by=bela), mira)

    assert first.reserve_held_micro == 100 * PART
    assert second.reserve_released_micro == 100 * PART
    assert -ledger.balance(f"reserve:{mira.party_id}", "EUR") == second.reserve_held_micro
    verify()


def made_on(shop: Shop, maker: Any, date: str) -> Any:
    with clock.at(day(date)):
        return made(shop, maker)


def test_an_advance_is_recouped_before_anything_is_paid(shop, mira, tomas, anna, bela) -> None:
    label, advance = tomas.party_id, uuid7()
    books.write(
        events.ContractSigned(
            contract_id=uuid7(), label_id=label, party_id=mira.party_id, element_id=None, label_ppm=200_000
        ),
        events.AdvancePaid(
            advance_id=advance, label_id=label, party_id=mira.party_id, currency="EUR", amount_micro=1000 * MICRO
        ),
        at="2026-07-02",
    )
    element = made_on(shop, mira, "2026-07-03")
    sell(element, 2000, at="2026-08-01", fee_minor=0)

    run = settle("2026-08", by=anna, released_by=bela)

    hers = statement(run, mira)
    assert hers.royalty_micro == 2000 * PART * 8 // 10
    assert hers.recouped_micro == 1000 * MICRO
    assert statement(run, label).recoupment_received_micro == 1000 * MICRO
    assert ledger.balance("recoupment", "EUR") == 0
    assert [one.unrecouped_micro for one in ledger.advances() if one.advance_id == advance] in ([0], [])
    verify()


# ------------------------------------------------------------------------------------------------- conservation
@pytest.mark.slow
@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sales=st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(1, 99_999), st.integers(0, 60), st.integers(1, 27), st.sampled_from("r ")
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_is_sold_and_reversed_nothing_is_lost_or_made(shop, mira, tomas, anna, bela, sales) -> None:
    from django.db import transaction

    with transaction.atomic():
        elements = [made(shop, mira, title="A"), made(shop, tomas, title="B")]
        elements.append(shop.element(mira, "C", parents=[upstream(elements[0], 333_333)]))
        shop.offer(mira, elements[2], shares=[(mira, 333_333), (tomas, 666_667)])
        (proposal,) = [one for one in ledger.proposals_naming(tomas.party_id) if one.state == "open"]
        rights.accept_split(proposal.proposal_id, party_id=tomas.party_id)
        for which, gross, fee, date, then in sorted(sales, key=lambda one: one[3]):
            sale = sell(
                elements[which], gross, fee_minor=min(fee, gross), tax_minor=gross // 7, at=f"2026-08-{date:02}"
            )
            if then == "r":
                books.refund(sale, at=f"2026-08-{date:02}")
        took_in = -unsettled()
        statements = [
            one
            for period in ("2026-08", "2026-10")
            for one in ledger.statements_of_run(settle(period, by=anna, released_by=bela))
        ]

        assert sum(one.royalty_micro for one in statements) == took_in
        assert unsettled() == 0
        verify()
        transaction.set_rollback(True)
