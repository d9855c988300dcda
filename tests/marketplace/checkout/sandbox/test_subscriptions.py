from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import stripe

from marketplace.checkout.sandbox.billing import period_end
from tests.helpers.checkout import available, event_types, plan_params
from tests.helpers.sandbox import Running


def _subscribed(sandbox: Running, card: str = "4242424242424242") -> tuple[dict[str, Any], stripe.Subscription]:
    params = plan_params(900, subscription_data={"metadata": {"subscription_id": "s1"}}, customer_email="a@example.org")
    session = sandbox.client.v1.checkout.sessions.create(params)
    paid = sandbox.pay(session.id, card)
    return paid, sandbox.client.v1.subscriptions.retrieve(paid["subscription"])


def test_a_plan_begins_with_a_paid_invoice(sandbox: Running) -> None:
    paid, subscription = _subscribed(sandbox)

    invoice = sandbox.client.v1.invoices.retrieve(paid["invoice"], {"expand": ["payments"]})

    assert (subscription.status, subscription.metadata["subscription_id"]) == ("active", "s1")
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 900, "subscription_create")
    assert invoice.parent.subscription_details.subscription == subscription.id
    intent = sandbox.client.v1.payment_intents.retrieve(
        invoice.payments.data[0].payment.payment_intent, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert intent.latest_charge.balance_transaction.fee == 56
    assert {"customer.subscription.created", "invoice.paid", "checkout.session.completed"} <= set(event_types(sandbox))


def test_each_renewal_is_one_more_paid_invoice_and_one_more_period(sandbox: Running) -> None:
    _, before = _subscribed(sandbox)

    for _ in range(2):
        sandbox.lever("renew", subscription=before.id)

    after = sandbox.client.v1.subscriptions.retrieve(before.id)
    first, last = before["items"].data[0], after["items"].data[0]
    assert last.current_period_start == period_end(first.current_period_end, "month")
    invoices = sandbox.client.v1.invoices.list({"subscription": before.id}).data
    assert [one.billing_reason for one in invoices] == ["subscription_cycle"] * 2 + ["subscription_create"]
    assert available(sandbox) == 3 * (900 - 56)


def test_a_renewal_that_fails_is_past_due_and_pays_nothing(sandbox: Running) -> None:
    _, subscription = _subscribed(sandbox, "4000000000000341")

    assert sandbox.lever("renew", subscription=subscription.id)["status"] == "past_due"

    assert sandbox.client.v1.invoices.list({"subscription": subscription.id}).data[0].status == "open"
    assert available(sandbox) == 900 - 56
    assert "invoice.payment_failed" in event_types(sandbox)


def test_a_plan_ends_now_or_with_its_period(sandbox: Running) -> None:
    _, now = _subscribed(sandbox)
    _, later = _subscribed(sandbox)

    assert sandbox.client.v1.subscriptions.cancel(now.id).status == "canceled"
    asked = sandbox.client.v1.subscriptions.update(later.id, {"cancel_at_period_end": True})
    assert (asked.status, asked.cancel_at_period_end) == ("active", True)
    assert sandbox.lever("renew", subscription=later.id)["status"] == "canceled"

    assert event_types(sandbox).count("customer.subscription.deleted") == 2
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.subscriptions.cancel(now.id)


def test_a_month_ends_on_the_same_day_or_on_its_last() -> None:
    def moment(*parts: int) -> int:
        return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp())  # type: ignore[arg-type]

    assert period_end(moment(2026, 1, 31), "month") == moment(2026, 2, 28)
    assert period_end(moment(2026, 12, 15), "month") == moment(2027, 1, 15)
    assert period_end(moment(2024, 2, 29), "year") == moment(2025, 2, 28)
    assert period_end(moment(2026, 1, 1), "week") == moment(2026, 1, 8)
