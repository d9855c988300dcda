from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from ledger.domain.ids import uuid7
from ledger.gateways import payouts
from marketplace.checkout import gateway
from tests.helpers.sandbox import Running

URLS = {"success_url": "http://127.0.0.1:8000/ok", "cancel_url": "http://127.0.0.1:8000/no"}
LINES = (gateway.SessionLine(name="Loop", amount_minor=1200), gateway.SessionLine(name="Pad", amount_minor=300))


def _open(order_id: UUID) -> gateway.CheckoutSession:
    # Two hours after a full hour: within the processor's limits, and the same whenever the call is repeated.
    hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    expires_at = hour + dt.timedelta(hours=2)
    return gateway.create_checkout_session(
        order_id=order_id, currency="EUR", lines=LINES, expires_at=expires_at, **URLS
    )


def _bought(linked: Running, card: str = "4242424242424242") -> gateway.CheckoutSession:
    session = _open(uuid7())
    linked.pay(session.session_id, card)
    return gateway.retrieve_checkout_session(session.session_id)


def test_an_order_has_one_page_however_often_it_is_opened(linked: Running) -> None:
    order_id = uuid7()

    first, second = _open(order_id), _open(order_id)

    assert first == second
    assert (first.paid, first.expired, first.payment_intent_id) == (False, False, "")
    assert first.metadata == {"order_id": str(order_id)}
    assert first.url == f"{linked.base_url}/pay/{first.session_id}"


def test_a_page_whose_opening_was_not_answered_is_opened_once(linked: Running) -> None:
    order_id = uuid7()
    linked.lever("fault", mode="lost_response", match="POST /v1/checkout/sessions")
    with pytest.raises(gateway.OutcomeUnknownError):
        _open(order_id)

    _open(order_id)

    assert len(linked.client.v1.checkout.sessions.list().data) == 1


def test_a_paid_page_leads_to_its_charge_and_fee(linked: Running) -> None:
    session = _bought(linked)
    assert session.paid

    charge = gateway.charge_of(session.payment_intent_id)

    assert charge is not None
    assert (charge.amount_minor, charge.fee_minor, charge.net_minor, charge.currency) == (1500, 74, 1426, "EUR")
    assert gateway.retrieve_charge(charge.charge_id) == charge


def test_a_declined_payment_has_no_charge_that_counts(linked: Running) -> None:
    session = _bought(linked, "4000000000000002")

    assert not session.paid
    assert gateway.charge_of(session.payment_intent_id) is None


def test_closing_a_page_that_was_paid_meanwhile_tells_so(linked: Running) -> None:
    open_one, paid_one = _open(uuid7()), _bought(linked)

    assert gateway.expire_checkout_session(open_one.session_id).expired
    assert gateway.expire_checkout_session(open_one.session_id).expired
    late = gateway.expire_checkout_session(paid_one.session_id)
    assert (late.expired, late.paid) == (False, True)


def test_a_refund_is_paid_once_and_never_past_the_charge(linked: Running) -> None:
    payouts.top_up(topup_id=uuid7(), amount_minor=5000, currency="EUR", reason="float")
    session, refund_id = _bought(linked), uuid7()

    first = gateway.refund(refund_id=refund_id, payment_intent_id=session.payment_intent_id, amount_minor=1000)
    again = gateway.refund(refund_id=refund_id, payment_intent_id=session.payment_intent_id, amount_minor=1000)

    assert first == again
    assert (first.amount_minor, first.failed) == (1000, False)
    with pytest.raises(gateway.RefusedError):
        gateway.refund(refund_id=uuid7(), payment_intent_id=session.payment_intent_id, amount_minor=501)


def test_a_refund_without_an_answer_is_asked_for_again_and_paid_once(linked: Running) -> None:
    payouts.top_up(topup_id=uuid7(), amount_minor=5000, currency="EUR", reason="float")
    session, refund_id = _bought(linked), uuid7()
    linked.lever("fault", mode="lost_response", match="POST /v1/refunds")
    with pytest.raises(gateway.OutcomeUnknownError):
        gateway.refund(refund_id=refund_id, payment_intent_id=session.payment_intent_id)

    made = gateway.refund(refund_id=refund_id, payment_intent_id=session.payment_intent_id)

    assert [one.id for one in linked.client.v1.refunds.list()] == [made.stripe_id]


def test_a_failed_refund_says_so_and_a_new_attempt_pays_again(linked: Running) -> None:
    payouts.top_up(topup_id=uuid7(), amount_minor=5000, currency="EUR", reason="float")
    session, refund_id = _bought(linked), uuid7()
    made = gateway.refund(refund_id=refund_id, payment_intent_id=session.payment_intent_id)

    linked.lever("fail_refund", refund=made.stripe_id)

    assert gateway.retrieve_refund(made.stripe_id).failed
    second = gateway.refund(refund_id=refund_id, payment_intent_id=session.payment_intent_id, attempt=2)
    assert (second.stripe_id != made.stripe_id, second.failed) == (True, False)


def test_a_refund_of_disputed_money_is_refused_with_the_reason(linked: Running) -> None:
    payouts.top_up(topup_id=uuid7(), amount_minor=5000, currency="EUR", reason="float")
    session = _bought(linked, "4000000000000259")

    with pytest.raises(gateway.RefusedError) as caught:
        gateway.refund(refund_id=uuid7(), payment_intent_id=session.payment_intent_id)

    assert caught.value.reason == "charge_disputed"


def test_a_dispute_says_what_it_cost_and_what_came_back(linked: Running) -> None:
    session = _bought(linked, "4000000000000259")
    found = linked.client.v1.disputes.list({"payment_intent": session.payment_intent_id}).data[0]

    opened = gateway.retrieve_dispute(found.id)
    linked.lever("close_dispute", dispute=found.id, outcome="won")
    won = gateway.retrieve_dispute(found.id)

    assert (opened.status, opened.amount_minor, opened.fee_minor) == ("needs_response", 1500, 1500)
    assert opened.payment_intent_id == session.payment_intent_id
    assert (won.status, won.fee_minor, won.fee_returned_minor) == ("won", 1500, 0)


def test_a_plan_is_paid_period_by_period_and_ended_once(linked: Running) -> None:
    subscription_id = uuid7()
    session = gateway.create_subscription_session(
        subscription_id=subscription_id, name="Plan", currency="EUR", amount_minor=900, **URLS
    )
    paid = linked.pay(session.session_id)
    stripe_id = gateway.retrieve_checkout_session(session.session_id).stripe_subscription_id
    renewed = linked.lever("renew", subscription=stripe_id)

    invoices = [gateway.retrieve_paid_invoice(each) for each in (paid["invoice"], renewed["latest_invoice"])]

    for invoice in invoices:
        assert (invoice.subscription_id, invoice.stripe_subscription_id) == (subscription_id, stripe_id)
        assert (invoice.gross_minor, invoice.fee_minor, invoice.currency) == (900, 56, "EUR")
    gateway.cancel_subscription(stripe_id)
    gateway.cancel_subscription(stripe_id)
    assert linked.client.v1.subscriptions.retrieve(stripe_id).status == "canceled"


def test_an_unpaid_period_is_not_taken_for_a_paid_one(linked: Running) -> None:
    session = gateway.create_subscription_session(
        subscription_id=uuid7(), name="Plan", currency="EUR", amount_minor=900, **URLS
    )
    linked.pay(session.session_id, "4000000000000341")
    stripe_id = gateway.retrieve_checkout_session(session.session_id).stripe_subscription_id
    renewed = linked.lever("renew", subscription=stripe_id)

    with pytest.raises(gateway.TryLaterError):
        gateway.retrieve_paid_invoice(renewed["latest_invoice"])
