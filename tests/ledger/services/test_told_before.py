"""What a correction told and the log brings later: counted once, by itself. Each docstring is the story."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.corrections import Change, LineAdded, LineChanged, LineRemoved, LineReversed
from ledger.domain.errors import WrongStateError
from ledger.domain.ids import uuid7
from ledger.services import clock
from ledger.services.audit import verify
from ledger.services.settlements import corrections, told
from tests.helpers import books
from tests.helpers.books import MICRO, Sale, sell, settle
from tests.helpers.shop import day

pytestmark = pytest.mark.django_db

PART = 1_000_000 - settings.COMMISSION_PPM


@pytest.fixture
def sold(shop: Any, mira: Any, anna: Any, bela: Any) -> tuple[Sale, UUID]:
    """Mira's element brought 10.00 in August, and August is released: (sale, run)."""
    sale = sell(shop.on_sale(mira).entry_id, 1000, at="2026-08-01", fee_minor=0)
    return sale, settle("2026-08", by=anna, released_by=bela)


def back(sale: Sale, gross_minor: int, *, kind: str = "refund", fee_minor: int = 0) -> LineReversed:
    return LineReversed(
        line_id=str(sale.line.line_id),
        kind=kind,
        gross_minor=gross_minor,
        tax_minor=0,
        fee_minor=fee_minor,
        occurred_at="2026-08-30",
    )


def calculate(run: UUID, *changes: Change, by: Any, at: str = "2026-09-05") -> UUID:
    with clock.at(day(at)):
        return corrections.calculate(
            run_id=run, changes=changes, reason="It came by letter.", actor_id=by.party_id, key=str(uuid7())
        )


def tell(run: UUID, *changes: Change, by: Any, posted_by: Any, at: str = "2026-09-05") -> UUID:
    correction = calculate(run, *changes, by=by, at=at)
    with clock.at(day(at)):
        corrections.post(correction_id=correction, actor_id=posted_by.party_id)
    return correction


def refund(sale: Sale, gross_minor: int, *, at: str) -> None:
    """A part of it back to the buyer, as the processor tells it."""
    line = events.LineAmount(
        line_id=sale.line.line_id, element_id=sale.line.element_id, gross_minor=gross_minor, tax_minor=0, fee_minor=0
    )
    fact = events.OrderRefunded(
        refund_id=uuid7(), order_id=sale.order_id, currency="EUR", lines=(line,), reason="refund"
    )
    books.write(fact, at=at)


def owed(who: Any) -> int:
    return -ledger.balance(f"payable:{who.party_id}", "EUR")  # what is owed is a credit


def test_a_refund_told_and_then_logged_is_taken_once(sold, mira, anna, bela) -> None:
    """
    1 Aug    Mira sells for 10.00; August is settled
    5 Sep    a correction of August tells the refund of 10.00: Mira owes her part back
    10 Sep   the refund reaches the log
    Sep run  takes the refund and, beside it, what was told: together nothing
    then     Mira is back at zero, not below; adjustments and unsettled are at zero; the log verifies
    """
    sale, run = sold
    correction = tell(run, back(sale, 1000), by=anna, posted_by=bela)
    books.refund(sale, at="2026-09-10")

    following = settle("2026-09", by=anna, released_by=bela)

    assert owed(mira) == 0
    assert books.royalty(following, mira) == 0
    assert ledger.balance("adjustments", "EUR") == ledger.balance("unsettled", "EUR") == 0
    (met,) = told.met_of_run(run)
    assert (met.sale_id, met.run_id, met.gross_minor) == (str(sale.line.line_id), following, 1000)
    assert ledger.correction(correction).state == "posted"
    verify()


def test_refunds_in_parts_meet_what_was_told_until_nothing_is_left_of_it(sold, mira, anna, bela) -> None:
    """
    5 Sep    a correction tells a refund of 6.00
    Sep      the log brings 4.00: all of it was told
    Oct      the log brings 5.00: 2.00 of it were told, 3.00 are new
    then     Mira has lost her part of 9.00, as the log says
    """
    sale, run = sold
    tell(run, back(sale, 600), by=anna, posted_by=bela)
    refund(sale, 400, at="2026-09-10")
    september = settle("2026-09", by=anna, released_by=bela)
    refund(sale, 500, at="2026-10-10")

    october = settle("2026-10", by=anna, released_by=bela)

    assert books.royalty(september, mira) == 0
    assert books.royalty(october, mira) == -300 * PART
    assert owed(mira) == 100 * PART
    assert ledger.balance("adjustments", "EUR") == ledger.balance("unsettled", "EUR") == 0
    verify()


@pytest.mark.parametrize("changed", ["removed", "smaller"])
def test_a_sale_that_was_told_not_to_count_is_not_taken_back_again(sold, mira, anna, bela, changed: str) -> None:
    """
    5 Sep    a correction says that the sale of 10.00 does not count, or came to 2.00
    10 Sep   all of it is refunded in the log
    then     Mira has lost her part of 10.00
    """
    sale, run = sold
    line_id = str(sale.line.line_id)
    less = LineChanged(line_id=line_id, gross_minor=200, tax_minor=0, fee_minor=0)
    tell(run, LineRemoved(line_id=line_id) if changed == "removed" else less, by=anna, posted_by=bela)
    books.refund(sale, at="2026-09-10")

    settle("2026-09", by=anna, released_by=bela)

    assert owed(mira) == 0
    assert ledger.balance("adjustments", "EUR") == 0
    verify()


def test_what_the_log_says_prevails_where_the_fee_was_told_otherwise(sold, mira, anna, bela) -> None:
    """
    5 Sep    a correction tells a refund of 10.00 with a fee of 0.50 that comes back with it: 9.50 less to share
    10 Sep   the log brings the refund, and no fee came back
    then     Mira has lost her part of 10.00
    """
    sale, run = sold
    tell(run, back(sale, 1000, fee_minor=50), by=anna, posted_by=bela)
    books.refund(sale, at="2026-09-10")

    settle("2026-09", by=anna, released_by=bela)

    assert owed(mira) == 0
    assert ledger.balance("adjustments", "EUR") == 0
    verify()


def test_a_dispute_told_logged_and_won_gives_the_money_back(sold, mira, anna, bela) -> None:
    """
    5 Sep    a correction tells a dispute of 10.00
    10 Sep   the bank's dispute reaches the log; on 20 Sep it is won
    then     Mira has her part of 10.00
    """
    sale, run = sold
    tell(run, back(sale, 1000, kind="dispute"), by=anna, posted_by=bela)
    dispute = {"dispute_id": uuid7(), "order_id": sale.order_id, "currency": "EUR", "lines": (sale.amount(),)}
    books.write(events.DisputeOpened(**dispute), at="2026-09-10")
    books.write(events.DisputeWon(**dispute), at="2026-09-20")

    settle("2026-09", by=anna, released_by=bela)

    assert owed(mira) == 1000 * PART
    verify()


def test_an_undone_correction_leaves_the_refund_to_the_run(sold, mira, anna, bela) -> None:
    """
    5 Sep    a correction tells the refund; on 6 Sep it is undone
    10 Sep   the refund reaches the log
    then     the run takes it: Mira has lost her part once
    """
    sale, run = sold
    correction = tell(run, back(sale, 1000), by=anna, posted_by=bela)
    with clock.at(day("2026-09-06")):
        undone = corrections.undo(correction_id=correction, reason="Not yet.", actor_id=anna.party_id, key="undo")
        corrections.post(correction_id=undone, actor_id=bela.party_id)
    books.refund(sale, at="2026-09-10")

    following = settle("2026-09", by=anna, released_by=bela)

    assert books.royalty(following, mira) == -1000 * PART
    assert owed(mira) == 0
    verify()


@pytest.mark.parametrize("released", [False, True])
def test_what_a_run_has_met_can_no_longer_be_undone(sold, mira, anna, bela, released: bool) -> None:
    """
    5 Sep    a correction tells the refund; it reaches the log; the run of September meets it
    then     undoing the correction is refused, before the release of that run and after it
    """
    sale, run = sold
    correction = tell(run, back(sale, 1000), by=anna, posted_by=bela)
    with clock.at(day("2026-09-06")):
        early = corrections.undo(correction_id=correction, reason="Not yet.", actor_id=anna.party_id, key="early")
    books.refund(sale, at="2026-09-10")
    if released:
        settle("2026-09", by=anna, released_by=bela)
    else:
        books.prepare("2026-09", by=anna)

    with pytest.raises(WrongStateError, match="stays"), transaction.atomic():
        corrections.post(correction_id=early, actor_id=bela.party_id)
    with pytest.raises(WrongStateError, match="stays"), transaction.atomic():
        corrections.undo(correction_id=correction, reason="So.", actor_id=anna.party_id, key="late")


def test_a_refund_that_comes_between_calculating_and_posting_stops_the_correction(sold, mira, anna, bela) -> None:
    sale, run = sold
    correction = calculate(run, back(sale, 1000), by=anna)
    books.refund(sale, at="2026-09-06")

    with pytest.raises(WrongStateError, match="takes it by itself"), transaction.atomic():
        corrections.post(correction_id=correction, actor_id=bela.party_id)
    settle("2026-09", by=anna, released_by=bela)

    assert owed(mira) == 0
    verify()


def test_money_taken_back_of_no_sale_is_refused(sold, anna) -> None:
    sale, run = sold
    nowhere = LineAdded(
        line_id="x", element_id=str(sale.line.element_id), kind="refund", currency="EUR", gross_minor=-100,
        tax_minor=0, fee_minor=0, occurred_at="2026-08-31",
    )  # fmt: skip

    with pytest.raises(WrongStateError, match="of no sale of the run"):
        calculate(run, nowhere, by=anna)


def test_a_dry_run_meets_what_was_told_and_writes_nothing(sold, mira, anna, bela) -> None:
    sale, run = sold
    tell(run, back(sale, 1000), by=anna, posted_by=bela)
    books.refund(sale, at="2026-09-10")
    size = ledger.size()

    run_id = books.prepare("2026-09", by=anna)

    assert ledger.size() == size + 3  # calculated, reviewed, approved
    assert told.met_of_run(run) == []
    assert [one["amount_micro"] for one in ledger.run(run_id).totals] == ["0"]
    assert ledger.balance("adjustments", "EUR") == -1000 * MICRO
