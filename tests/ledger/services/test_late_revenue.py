"""Late revenue that a correction told and a report of others brings later: counted once. Each docstring is a story."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from ledger import selectors as ledger
from ledger.domain.corrections import LineAdded, LineRemoved
from ledger.domain.errors import WrongStateError
from ledger.domain.ids import uuid7
from ledger.services import clock, reports
from ledger.services.audit import verify
from ledger.services.settlements import corrections, late, told
from tests.helpers import books
from tests.helpers.books import MICRO, sell, settle
from tests.helpers.shop import day

pytestmark = pytest.mark.django_db

PART = 1_000_000 - settings.COMMISSION_PPM
HASH = "0" * 64


@pytest.fixture
def story(shop: Any, mira: Any, anna: Any, bela: Any) -> tuple[UUID, UUID]:
    """Mira's element brought 10.00 in August, and August is released: (element, run)."""
    element = shop.on_sale(mira).entry_id
    sell(element, 1000, at="2026-08-01", fee_minor=0)
    return element, settle("2026-08", by=anna, released_by=bela)


def tell(story: tuple[UUID, UUID], gross_minor: int, *, by: Any, posted_by: Any, at: str = "2026-09-05") -> str:
    """A correction says that August brought so much more; the late line's id."""
    line_id = f"late-{uuid4()}"
    added = LineAdded(
        line_id=line_id, element_id=str(story[0]), kind="sale", currency="EUR", gross_minor=gross_minor, tax_minor=0,
        fee_minor=0, occurred_at="2026-08-31",
    )  # fmt: skip
    correct(story[1], added, by=by, posted_by=posted_by, at=at)
    return line_id


def correct(run_id: UUID, *changes: Any, by: Any, posted_by: Any, at: str) -> None:
    with clock.at(day(at)):
        correction = corrections.calculate(
            run_id=run_id, changes=changes, reason="It came late.", actor_id=by.party_id, key=str(uuid7())
        )
        corrections.post(correction_id=correction, actor_id=posted_by.party_id)


def book(element_id: UUID, amount_minor: int, *, by: Any, at: str) -> tuple[UUID, UUID]:
    """Another shop's report brings money: (report, line)."""
    part = reports.Part(line_id=uuid4(), element_id=element_id, reported_micro=amount_minor * MICRO)
    received = reports.Received(
        report_id=uuid4(), period="2026-08", currency="EUR", control_total_minor=amount_minor, reported_currency="EUR",
        difference="none", document_hash=HASH, template_hash=HASH, lines=1,
    )  # fmt: skip
    with clock.at(day(at)):
        reports.book(received, [part], actor_id=by.party_id)
    return received.report_id, part.line_id


def say(line_id: UUID, told_id: str, *, by: Any, at: str) -> None:
    with clock.at(day(at)):
        late.say(line_id=line_id, told_id=told_id, actor_id=by.party_id)


def owed(who: Any) -> int:
    return -ledger.balance(f"payable:{who.party_id}", "EUR")  # what is owed is a credit


def test_late_revenue_told_and_then_booked_counts_once(story, mira, anna, bela) -> None:
    """
    1 Aug    Mira sells for 10.00; August is settled
    5 Sep    a correction of August tells 4.00 more: Mira is owed her part of it
    10 Sep   a report brings the 4.00, and staff say that they are the same
    Sep run  takes the 4.00 and, beside them, what was told: together nothing
    then     Mira has her part of 14.00; adjustments and unsettled are at zero; the log verifies
    """
    told_id = tell(story, 400, by=anna, posted_by=bela)
    _report, line_id = book(story[0], 400, by=anna, at="2026-09-10")
    say(line_id, told_id, by=anna, at="2026-09-10")

    following = settle("2026-09", by=anna, released_by=bela)

    assert owed(mira) == 1400 * PART
    assert books.royalty(following, mira) == 0
    assert ledger.balance("adjustments", "EUR") == ledger.balance("unsettled", "EUR") == 0
    (met,) = told.met_of_run(story[1])
    assert (met.sale_id, met.run_id, met.gross_minor) == (told_id, following, -400)
    assert late.standing() == []
    verify()


def test_what_is_other_money_counts_beside_what_was_told(story, mira, anna, bela) -> None:
    """
    5 Sep    a correction tells 4.00 more
    10 Sep   a report brings 4.00; staff say that it is other money
    then     both count, and the late revenue is still waited for
    """
    told_id = tell(story, 400, by=anna, posted_by=bela)
    _report, line_id = book(story[0], 400, by=anna, at="2026-09-10")
    say(line_id, "", by=anna, at="2026-09-10")

    settle("2026-09", by=anna, released_by=bela)

    assert owed(mira) == 1800 * PART
    assert [one.told_id for one in late.standing()] == [told_id]
    verify()


def test_money_that_comes_in_parts_meets_what_was_told_until_nothing_is_left(story, mira, anna, bela) -> None:
    """
    5 Sep    a correction tells 4.00 more
    Sep      3.00 come in: all of it was told
    Oct      2.00 come in: 1.00 was told, 1.00 is new
    then     Mira has her part of 15.00, as the log says
    """
    told_id = tell(story, 400, by=anna, posted_by=bela)
    for at, amount in (("2026-09-10", 300), ("2026-10-10", 200)):
        _report, line_id = book(story[0], amount, by=anna, at=at)
        say(line_id, told_id, by=anna, at=at)
        run_id = settle(at[:7], by=anna, released_by=bela)

    assert books.royalty(run_id, mira) == 100 * PART
    assert owed(mira) == 1500 * PART
    assert ledger.balance("adjustments", "EUR") == ledger.balance("unsettled", "EUR") == 0
    verify()


@pytest.mark.parametrize("taken_back", ["2026-09-20", "2026-10-10"])
def test_a_report_taken_back_leaves_what_was_told_waiting_again(story, mira, anna, bela, taken_back: str) -> None:
    """
    5 Sep    a correction tells 4.00 more
    10 Sep   a report brings them; staff say so
    later    the report was booked by mistake and is taken back: in the same month, or after its run
    then     Mira has her part of 14.00 still, and the 4.00 are waited for
    """
    told_id = tell(story, 400, by=anna, posted_by=bela)
    report_id, line_id = book(story[0], 400, by=anna, at="2026-09-10")
    say(line_id, told_id, by=anna, at="2026-09-10")
    if taken_back > "2026-10":
        settle("2026-09", by=anna, released_by=bela)
    with clock.at(day(taken_back)):
        reports.reverse(report_id=report_id, reason_hash=HASH, actor_id=anna.party_id)

    settle(taken_back[:7], by=anna, released_by=bela)

    assert owed(mira) == 1400 * PART
    assert [(one.told_id, one.left.gross_minor) for one in late.standing()] == [(told_id, 400)]
    assert ledger.balance("adjustments", "EUR") == 400 * MICRO  # told, and not received
    verify()


def test_what_a_run_met_cannot_be_unsaid(story, mira, anna, bela) -> None:
    """
    5 Sep    a correction tells 4.00 more; they come in, and September counts them once
    then     neither can the late line be taken out again, nor can the booked line be said to be other money
    """
    told_id = tell(story, 400, by=anna, posted_by=bela)
    _report, line_id = book(story[0], 400, by=anna, at="2026-09-10")
    say(line_id, told_id, by=anna, at="2026-09-10")
    settle("2026-09", by=anna, released_by=bela)

    with pytest.raises(WrongStateError, match="what was told of it stays"):
        correct(story[1], LineRemoved(line_id=told_id), by=anna, posted_by=bela, at="2026-10-05")
    with pytest.raises(WrongStateError, match="a run has taken it"):
        say(line_id, "", by=anna, at="2026-10-05")


def test_only_money_of_the_same_element_and_currency_can_be_what_was_told(shop, story, mira, anna, bela) -> None:
    told_id = tell(story, 400, by=anna, posted_by=bela)
    other = shop.on_sale(mira, title="Another").entry_id
    _report, line_id = book(other, 400, by=anna, at="2026-09-10")

    with pytest.raises(WrongStateError, match="another element"):
        say(line_id, told_id, by=anna, at="2026-09-10")
    with pytest.raises(WrongStateError, match="no correction waits"):
        say(line_id, "late-unknown", by=anna, at="2026-09-10")
