"""Holds on elements and deferred lines: what waits, for how long, and that it is counted once in the end."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from ledger import selectors as ledger
from ledger.domain.errors import WrongStateError
from ledger.domain.ids import uuid7
from ledger.services import clock, holds
from ledger.services.audit import verify
from ledger.services.settlements import periods, reviews, runs
from tests.helpers.books import MICRO, prepare, refund, royalty, sell, settle
from tests.helpers.shop import day

pytestmark = pytest.mark.django_db
PART = 1_000_000 - settings.COMMISSION_PPM


def unsettled() -> int:
    return ledger.balance("unsettled", "EUR")


@pytest.fixture
def element(shop: Any, mira: Any) -> Any:
    return shop.on_sale(mira).entry_id


def hold(element: Any, by: Any, at: str) -> Any:
    with clock.at(day(at)):
        return holds.place_hold(
            element_id=element, reason="checking", payee_words="We are checking.", actor_id=by.party_id
        )


def test_lines_of_a_held_element_enter_the_first_run_after_the_hold_is_lifted(element, mira, anna, bela) -> None:
    sell(element, at="2026-08-01", fee_minor=0)
    held = hold(element, anna, "2026-08-20")

    first = settle("2026-08", by=anna, released_by=bela)
    second = settle("2026-09", by=anna, released_by=bela)
    with clock.at(day("2026-10-10")):
        holds.lift_hold(hold_id=held, actor_id=anna.party_id)
    third = settle("2026-10", by=anna, released_by=bela)

    assert [royalty(run, mira) for run in (first, second, third)] == [0, 0, 1000 * PART]
    assert unsettled() == 0
    verify()


def test_a_hold_placed_after_the_period_s_end_still_keeps_its_run_from_taking_the_lines(
    element, mira, anna, bela
) -> None:
    sell(element, at="2026-08-01", fee_minor=0)
    hold(element, anna, "2026-09-01")

    run = settle("2026-08", by=anna, released_by=bela)

    assert royalty(run, mira) == 0


def test_a_hold_placed_after_a_run_was_calculated_does_not_take_back_what_it_took(element, mira, anna, bela) -> None:
    sell(element, at="2026-08-01", fee_minor=0)
    first = settle("2026-08", by=anna, released_by=bela)
    held = hold(element, anna, "2026-09-10")
    with clock.at(day("2026-09-11")):
        holds.lift_hold(hold_id=held, actor_id=anna.party_id)

    second = settle("2026-09", by=anna, released_by=bela)

    assert (royalty(first, mira), royalty(second, mira)) == (1000 * PART, 0)
    assert unsettled() == 0


def test_a_deferred_line_waits_for_the_next_run_and_is_counted_once(element, mira, anna, bela) -> None:
    sale = sell(element, at="2026-08-01", fee_minor=0)
    sell(element, 500, at="2026-08-02", fee_minor=0)
    with clock.at(day("2026-09-01")):
        holds.defer(
            line_id=str(sale.line.line_id),
            until=periods.parse("2026-08").end,
            reason="buyer asked",
            actor_id=anna.party_id,
        )

    first = settle("2026-08", by=anna, released_by=bela)
    second = settle("2026-09", by=anna, released_by=bela)

    assert (royalty(first, mira), royalty(second, mira)) == (500 * PART, 1000 * PART)
    assert unsettled() == 0
    verify()


def test_a_deferred_order_waits_with_its_refund(element, mira, anna, bela) -> None:
    sale = sell(element, at="2026-08-01", fee_minor=100)
    refund(sale, at="2026-08-03")
    with clock.at(day("2026-09-01")):
        holds.defer(
            order_id=sale.order_id, until=periods.parse("2026-08").end, reason="open question", actor_id=anna.party_id
        )

    first = settle("2026-08", by=anna, released_by=bela)
    waiting = -unsettled()
    second = settle("2026-09", by=anna, released_by=bela)

    assert royalty(first, mira) == 0
    assert waiting == -100 * MICRO
    assert royalty(second, mira) == -100 * PART
    assert unsettled() == 0


def test_a_deferral_can_be_taken_back_before_its_run_is_calculated_and_not_after(element, mira, anna, bela) -> None:
    sale = sell(element, at="2026-08-01", fee_minor=0)
    end = periods.parse("2026-08").end
    line = str(sale.line.line_id)
    with clock.at(day("2026-09-01")):
        first = holds.defer(line_id=line, until=end, reason="a doubt", actor_id=anna.party_id)
        holds.resume(deferral_id=first, actor_id=anna.party_id)
        with pytest.raises(WrongStateError):
            holds.resume(deferral_id=first, actor_id=anna.party_id)
        second = holds.defer(line_id=line, until=end, reason="a second doubt", actor_id=anna.party_id)
    prepare("2026-08", by=anna)

    with clock.at(day("2026-09-03")):
        for door in (
            lambda: holds.resume(deferral_id=second, actor_id=anna.party_id),
            lambda: holds.defer(line_id=line, until=end, reason="too late", actor_id=anna.party_id),
        ):
            with pytest.raises(WrongStateError, match="calculated already"):
                door()


def test_what_waits_is_told_with_its_cause(element, shop, mira, anna) -> None:
    late = shop.on_sale(mira, "Late").entry_id
    sell(element, at="2026-08-01", fee_minor=0)
    sell(late, 300, at="2026-08-02", fee_minor=None)
    hold(element, anna, "2026-08-20")
    sell(late, at="2026-08-25", fee_minor=0)

    with clock.at(day("2026-09-02")):
        waiting = reviews.waiting_in(periods.parse("2026-08"))

    assert sorted((one.cause, one.line.gross_minor) for one in waiting) == [
        ("fee", 300),
        ("hold", 1000),
        ("maturity", 1000),
    ]


def test_a_hold_names_one_thing_that_exists_and_says_why(shop, element, mira, anna) -> None:
    refused = [
        {"reason": "x"},
        {"party_id": mira.party_id, "element_id": element, "reason": "x"},
        {"element_id": uuid7(), "reason": "x"},
        {"party_id": uuid7(), "reason": "x"},
        {"party_id": mira.party_id, "reason": "  "},
    ]

    for values in refused:
        with pytest.raises(WrongStateError):
            holds.place_hold(actor_id=anna.party_id, **values)
    holds.place_hold(party_id=mira.party_id, reason="odd figures", payee_words="Please wait.", actor_id=anna.party_id)
    (found,) = ledger.standing_holds(mira.party_id)

    assert ledger.reasons([found.reason_hash])[found.reason_hash] == ledger.Reason(
        staff="odd figures", payee="Please wait."
    )


# --------------------------------------------------------------------------------------------------- the review
def test_a_run_is_approved_only_after_every_kind_of_finding_was_acknowledged(element, mira, anna) -> None:
    sell(element, at="2026-08-01", fee_minor=0)
    with clock.at(day("2026-09-02")):
        run = runs.calculate(period=periods.parse("2026-08"), actor_id=anna.party_id)
        with pytest.raises(WrongStateError, match="calculated"):
            runs.approve(run_id=run, actor_id=anna.party_id)
        with pytest.raises(WrongStateError, match="not looked at yet: not payable"):
            reviews.review(run_id=run, acknowledged=["outlier"], actor_id=anna.party_id)
        reviews.review(run_id=run, acknowledged=["not_payable"], actor_id=anna.party_id)
        runs.approve(run_id=run, actor_id=anna.party_id)

    found = ledger.run(run)
    assert found is not None
    assert (found.state, found.reviewed_by) == ("approved", anna.party_id)
    assert b"has not opened a payout account" in (ledger.document(found.findings_hash) or b"")
    verify()


def test_outliers_are_told_by_ratio_and_by_amount_the_largest_effect_first(shop, mira, tomas, anna, bela) -> None:
    his, hers = shop.on_sale(tomas).entry_id, shop.on_sale(mira).entry_id
    sell(hers, 10_000, at="2026-08-01", fee_minor=0)
    sell(his, 20_000, at="2026-08-01", fee_minor=0)
    settle("2026-08", by=anna, released_by=bela)
    sell(hers, 50_000, at="2026-09-01", fee_minor=0)
    sell(his, 3_000, at="2026-09-01", fee_minor=0)

    with clock.at(day("2026-10-02")):
        run = runs.calculate(period=periods.parse("2026-09"), actor_id=anna.party_id)
        found = [one for one in reviews.of_run(run) if one.kind == "outlier"]

    assert [(one.party_id, one.detail, one.amount_micro, one.ratio_percent) for one in found] == [
        (mira.party_id, "more", 40_000 * PART, 500),
        (tomas.party_id, "less", -17_000 * PART, 15),
    ]


def test_a_closed_run_is_edited_through_no_door(element, mira, anna, bela) -> None:
    sell(element, at="2026-08-01", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)
    before = ledger.statements_of_run(run)
    assert ledger.run(run).state == "closed"

    with clock.at(day("2026-09-10")):
        doors = [
            lambda: reviews.review(run_id=run, acknowledged=("not_payable",), actor_id=anna.party_id),
            lambda: runs.approve(run_id=run, actor_id=anna.party_id),
            lambda: runs.release(run_id=run, actor_id=bela.party_id),
            lambda: runs.discard(run_id=run, actor_id=anna.party_id, reason="late"),
            lambda: runs.calculate(period=periods.parse("2026-08"), actor_id=anna.party_id),
            lambda: holds.defer(
                line_id="a line", until=periods.parse("2026-08").end, reason="late", actor_id=anna.party_id
            ),
        ]
        for door in doors:
            with pytest.raises(WrongStateError):
                door()

    assert ledger.statements_of_run(run) == before
    assert ledger.run(run).state == "closed"
