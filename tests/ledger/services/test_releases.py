"""Letting money go: by a second person, to each payee once, whatever breaks on the way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.gateways import payouts as gateway
from ledger.models import Outbox
from ledger.services import claims, clock
from ledger.services.audit import verify
from ledger.services.settlements import findings, payouts, reviews, runs
from tests.helpers import books
from tests.helpers.books import open_payout_account, prepare, sell, settle, statement, transfers
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db
PAID_MINOR = 807  # 1000 less 50 for the processor, less 15 %: 807.5, and half a cent is carried


@pytest.fixture
def payee(shop: Shop, linked: Any, mira: Any) -> str:
    """Mira sold something in August and can be paid; her account at the processor."""
    books.fund()
    account = open_payout_account(linked, mira)
    sell(shop.on_sale(mira).entry_id, at="2026-08-01")
    return account


def pay_all(shop: Shop) -> None:
    shop.work("ledger.pay")


def test_who_prepared_or_approved_a_run_cannot_release_it(shop, payee, anna, bela) -> None:
    run = prepare("2026-08", by=anna, approved_by=bela)

    with clock.at(day("2026-09-05")):
        for staff in (anna, bela):
            with pytest.raises(NotAllowedError, match="second person"):
                runs.release(run_id=run, actor_id=staff.party_id)

    assert ledger.run(run).state == "approved"


def test_steps_come_in_their_order_and_once(shop, payee, anna, bela) -> None:
    run = prepare("2026-08", by=anna)
    with clock.at(day("2026-09-05")):
        with pytest.raises(WrongStateError):
            runs.approve(run_id=run, actor_id=anna.party_id)
        runs.release(run_id=run, actor_id=bela.party_id)
        for step in (runs.release, runs.approve):
            with pytest.raises(WrongStateError):
                step(run_id=run, actor_id=bela.party_id)
        with pytest.raises(WrongStateError):
            reviews.review(run_id=run, acknowledged=findings.KINDS, actor_id=anna.party_id)
        with pytest.raises(WrongStateError):
            runs.discard(run_id=run, actor_id=anna.party_id, reason="too late")

    assert ledger.run(run).state == "released"


def test_a_released_run_pays_each_payee_and_closes(shop, linked, payee, mira, anna, bela) -> None:
    run = settle("2026-08", by=anna, released_by=bela)

    pay_all(shop)

    assert transfers(linked) == [(payee, PAID_MINOR)]
    assert ledger.run(run).state == "closed"
    assert ledger.balance("unsettled", "EUR") == 0
    assert -ledger.balance(f"payable:{mira.party_id}", "EUR") == statement(run, mira).carried_micro == 500_000
    verify()


def test_a_run_that_pays_nobody_closes_by_itself(shop, mira, anna, bela) -> None:
    sell(shop.on_sale(mira).entry_id, at="2026-08-01")

    run = settle("2026-08", by=anna, released_by=bela)

    assert ledger.run(run).state == "closed"


def test_figures_that_no_longer_follow_from_their_folder_are_not_released(shop, payee, anna, bela, monkeypatch) -> None:
    run = prepare("2026-08", by=anna)
    monkeypatch.setattr(runs.folder, "manifest_hash", lambda files: "something else")

    with clock.at(day("2026-09-05")), pytest.raises(WrongStateError, match="nothing was released"):
        runs.release(run_id=run, actor_id=bela.party_id)

    assert ledger.statements_of_run(run) == []


def test_a_payee_on_hold_is_not_paid_and_loses_nothing(shop, linked, payee, mira, anna, bela) -> None:
    with clock.at(day("2026-08-20")):
        claims.place_hold(party_id=mira.party_id, currency=None, reason="a question", actor_id=anna.party_id)

    run = settle("2026-08", by=anna, released_by=bela)
    pay_all(shop)

    assert transfers(linked) == []
    assert statement(run, mira).carried_micro == 807_500_000


# ------------------------------------------------------------------------------------------------- interrupted
@pytest.mark.parametrize("mode", ["error_before", "error_after", "lost_response", "rate_limit"])
def test_a_transfer_whose_answer_got_lost_goes_out_once(shop, linked, payee, anna, bela, mode) -> None:
    run = settle("2026-08", by=anna, released_by=bela)
    linked.lever("fault", mode=mode, match="POST /v1/transfers")

    with pytest.raises(payouts.PayoutOwedError):
        pay_all(shop)
    state = ledger.run(run).state
    again(shop, linked, run)

    assert state == "released"
    assert transfers(linked) == [(payee, PAID_MINOR)]
    assert ledger.run(run).state == "closed"
    verify()


def again(shop: Shop, linked: Any, run: Any) -> None:
    """The relay's next try."""
    for row in Outbox.objects.filter(task=payouts.PAY_TASK, done_at=None):
        payouts.pay(UUID(row.payload["payout_id"]))


def test_a_refused_payout_stays_owed_and_is_paid_once_the_payee_is_ready(shop, linked, payee, anna, bela) -> None:
    run = settle("2026-08", by=anna, released_by=bela)
    linked.lever("capability", account=payee, status="inactive")

    with pytest.raises(payouts.PayoutOwedError):
        pay_all(shop)
    (failed,) = ledger.payouts_of_run(run)
    linked.lever("capability", account=payee, status="active")
    payouts.retry_owed(run_id=run)
    pay_all(shop)

    assert (failed.state, failed.failures) == ("failed", 1)
    assert failed.code
    assert transfers(linked) == [(payee, PAID_MINOR)]
    assert ledger.run(run).state == "closed"
    verify()


class KilledError(BaseException):
    """Stands for kill -9: nothing after it runs."""


STEPS = {
    "before the transfer": (gateway, "transfer", "before"),
    "after the transfer": (gateway, "transfer", "after"),
    "before the payment is written": (payouts, "append", "before"),
    "before the run is closed": (runs, "close_if_paid", "before"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_between_any_two_steps_leaves_a_run_that_goes_on(
    shop, linked, payee, anna, bela, monkeypatch, step
) -> None:
    run = settle("2026-08", by=anna, released_by=bela)
    (payout,) = ledger.payouts_of_run(run)
    module, name, when = STEPS[step]
    real = getattr(module, name)

    def killed(*arguments: Any, **named: Any) -> Any:
        if when == "after":
            real(*arguments, **named)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(module, name, killed)
        with pytest.raises(KilledError):
            payouts.pay(payout.payout_id)
    payouts.pay(payout.payout_id)
    payouts.pay(payout.payout_id)

    assert transfers(linked) == [(payee, PAID_MINOR)]
    assert ledger.run(run).state == "closed"
    paid = [r for r in ledger.events_about(payout.payout_id, limit=20) if r.event.kind == "payout.paid.v1"]
    assert len(paid) == 1
    verify()


@pytest.mark.parametrize("step", ["append", "_statements", "close_if_paid"])
def test_a_release_killed_halfway_has_not_happened_and_can_be_done(
    shop, linked, payee, mira, anna, bela, monkeypatch, step
) -> None:
    run = prepare("2026-08", by=anna)

    def killed(*_arguments: Any, **_named: Any) -> Any:
        raise KilledError

    with clock.at(day("2026-09-05")):
        with monkeypatch.context() as patch:
            patch.setattr(runs, step, killed)
            with pytest.raises(KilledError):
                runs.release(run_id=run, actor_id=bela.party_id)
        asked = Outbox.objects.filter(task=runs.PAY_TASK).count()
        before = (ledger.run(run).state, ledger.statements_of_run(run), asked)
        runs.release(run_id=run, actor_id=bela.party_id)
    pay_all(shop)

    assert before == ("approved", [], 0)
    assert transfers(linked) == [(payee, PAID_MINOR)]
    assert statement(run, mira).payout_minor == PAID_MINOR


def test_without_money_at_the_processor_nobody_is_paid_twice_when_it_comes(shop, linked, mira, anna, bela) -> None:
    account = open_payout_account(linked, mira)
    sell(shop.on_sale(mira).entry_id, at="2026-08-01")
    run = settle("2026-08", by=anna, released_by=bela)

    with pytest.raises(payouts.PayoutOwedError):
        pay_all(shop)
    books.fund()
    payouts.retry_owed(run_id=run)
    payouts.retry_owed(run_id=run)
    pay_all(shop)

    assert transfers(linked) == [(account, PAID_MINOR)]
    assert ledger.run(run).state == "closed"
