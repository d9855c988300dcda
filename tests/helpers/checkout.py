"""What many payment tests do first: open a session, charge a card, make a payee."""

from __future__ import annotations

from typing import Any

import stripe

from tests.helpers.sandbox import Running

SUCCESS = "http://127.0.0.1:8000/done?session={CHECKOUT_SESSION_ID}"
CANCEL = "http://127.0.0.1:8000/back"


def session_params(*amounts: int, currency: str = "eur", **more: Any) -> dict[str, Any]:
    """Parameters of a session with one line for each amount."""
    lines = [
        {"quantity": 1, "price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": "Loop"}}}
        for amount in amounts or (1200,)
    ]
    return {"mode": "payment", "success_url": SUCCESS, "cancel_url": CANCEL, "line_items": lines, **more}


def plan_params(amount: int = 900, **more: Any) -> dict[str, Any]:
    """Parameters of a session for a monthly plan."""
    params = session_params(amount, **more)
    params["line_items"][0]["price_data"]["recurring"] = {"interval": "month"}
    return {**params, "mode": "subscription"}


def charged(sandbox: Running, amount: int = 1200, *, card: str = "4242424242424242", **more: Any) -> stripe.Charge:
    """A session opened and paid; its charge."""
    session = sandbox.client.v1.checkout.sessions.create(session_params(amount, **more))
    paid = sandbox.pay(session.id, card)
    intent = sandbox.client.v1.payment_intents.retrieve(paid["payment_intent"], {"expand": ["latest_charge"]})
    return intent.latest_charge


def payee(sandbox: Running, *, ready: bool = True) -> stripe.Account:
    """A connected account."""
    capabilities = {"transfers": {"requested": True}, "card_payments": {"requested": True}}
    account = sandbox.client.v1.accounts.create(
        {"country": "DE", "controller": {"stripe_dashboard": {"type": "express"}}, "capabilities": capabilities}
    )
    if ready:
        sandbox.lever("onboard", account=account.id)
    return sandbox.client.v1.accounts.retrieve(account.id)


def available(sandbox: Running, currency: str = "eur") -> int:
    """The platform's available balance."""
    rows = sandbox.client.v1.balance.retrieve().available
    return sum(row.amount for row in rows if row.currency == currency)


def event_types(sandbox: Running) -> list[str]:
    """All types of events, oldest first."""
    return [event.type for event in sandbox.client.v1.events.list({"limit": 100})][::-1]
