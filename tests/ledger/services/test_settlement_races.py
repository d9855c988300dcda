"""A run and the rest of the site at the same moment."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from ledger import selectors as ledger
from ledger.domain.corrections import ShareRow, SplitCorrected
from ledger.domain.errors import WrongStateError
from ledger.services import clock, parties
from ledger.services.audit import verify
from ledger.services.settlements import corrections, periods, runs
from marketplace.accounts import services as accounts
from tests.helpers import books
from tests.helpers.shop import day

pytestmark = pytest.mark.django_db(transaction=True)
END = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


def in_thread(verb: Any) -> threading.Thread:
    def go() -> None:
        try:
            verb()
        finally:
            connection.close()

    thread = threading.Thread(target=go)
    thread.start()
    return thread


def test_a_sale_that_is_being_written_while_its_period_is_settled_is_not_lost(shop, mira, anna) -> None:
    element = shop.on_sale(mira).entry_id
    written, may_commit = threading.Event(), threading.Event()

    def slow_sale() -> None:
        with transaction.atomic():
            books.sell(element, at="2026-08-01", fee_minor=0)
            written.set()
            may_commit.wait(10)

    seller = in_thread(slow_sale)
    assert written.wait(10)
    found: list[UUID] = []

    def calculate() -> None:
        with clock.at(END + dt.timedelta(days=1)):
            found.append(runs.calculate(period=periods.parse("2026-08"), actor_id=anna.party_id))

    clerk = in_thread(calculate)
    clerk.join(0.5)
    was_waiting = clerk.is_alive()
    may_commit.set()
    seller.join(10)
    clerk.join(10)

    assert was_waiting
    assert [total["amount_micro"] for total in ledger.run(found[0]).totals] == [str(1000 * books.MICRO)]


def test_who_joins_while_a_run_is_released_has_nothing_left_in_escrow(shop, mira, anna, bela) -> None:
    invited = accounts.party_for(email="uma@example.org", invited_by=mira.party_id)
    books.sell(shop.on_sale(mira, shares=[(mira, 1), (invited, 999_999)]).entry_id, at="2026-08-01", fee_minor=0)
    run = books.prepare("2026-08", by=anna)
    written, may_commit = threading.Event(), threading.Event()

    def join() -> None:
        with transaction.atomic(), clock.at(day("2026-09-04")):
            parties.claim(invited, key="joined")
            written.set()
            may_commit.wait(10)

    joining = in_thread(join)
    assert written.wait(10)

    def release() -> None:
        with clock.at(day("2026-09-05")):
            runs.release(run_id=run, actor_id=bela.party_id)

    releasing = in_thread(release)
    releasing.join(0.5)
    may_commit.set()
    joining.join(10)
    releasing.join(10)

    assert not books.statement(run, invited).escrowed
    assert ledger.balance(f"escrow:{invited}", "EUR") == 0
    assert ledger.balance(f"payable:{invited}", "EUR") < 0
    verify()


def test_a_correction_that_two_people_post_at_once_is_posted_once(shop, mira, tomas, anna, bela) -> None:
    element = shop.on_sale(mira).entry_id
    books.sell(element, at="2026-08-01", fee_minor=0)
    run = books.settle("2026-08", by=anna, released_by=bela)
    all_his = SplitCorrected(
        element_id=str(element), shares=(ShareRow(str(tomas.party_id), "producer", 1_000_000),), from_position=None
    )
    with clock.at(END + dt.timedelta(days=9)):
        correction = corrections.calculate(
            run_id=run, changes=[all_his], reason="His alone.", actor_id=anna.party_id, key="c"
        )
    refused: list[str] = []

    def post() -> None:
        try:
            corrections.post(correction_id=correction, actor_id=bela.party_id)
        except WrongStateError as error:
            refused.append(str(error))

    with clock.at(END + dt.timedelta(days=10)):
        for thread in [in_thread(post), in_thread(post)]:
            thread.join(10)

    assert refused == ["this correction is posted"]
    assert len(ledger.adjustments_by(correction)) == 2
    verify()
