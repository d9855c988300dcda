from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
import stripe
from stripe._encode import _api_encode

from marketplace.checkout.sandbox.errors import Refusal
from marketplace.checkout.sandbox.forms import decode
from marketplace.checkout.sandbox.sessions import expire_due, new_session, pay_session
from marketplace.checkout.sandbox.store import Store
from tests.helpers.checkout import available, event_types, plan_params, session_params
from tests.helpers.sandbox import Running


def test_a_paid_session_leads_to_a_charge_with_its_fee(sandbox: Running) -> None:
    params = session_params(
        1200, 300, metadata={"order_id": "o1"}, client_reference_id="o1",
        payment_intent_data={"transfer_group": "order:o1", "metadata": {"order_id": "o1"}},
    )  # fmt: skip
    session = sandbox.client.v1.checkout.sessions.create(params)
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 1500)
    assert session.payment_intent is None

    paid = sandbox.pay(session.id)

    assert (paid["status"], paid["payment_status"], paid["metadata"]) == ("complete", "paid", {"order_id": "o1"})
    intent = sandbox.client.v1.payment_intents.retrieve(
        paid["payment_intent"], {"expand": ["latest_charge.balance_transaction"]}
    )
    charge = intent.latest_charge
    assert (charge.amount, charge.transfer_group, charge.metadata["order_id"]) == (1500, "order:o1", "o1")
    entry = charge.balance_transaction
    assert (entry.amount, entry.fee, entry.net, entry.type) == (1500, 74, 1426, "charge")
    assert available(sandbox) == 1426
    assert event_types(sandbox) == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000000069", "expired_card"),
    ],
)
def test_a_declined_card_leaves_the_session_open_and_another_card_pays_it(
    sandbox: Running, card: str, code: str
) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_params())

    tried = sandbox.pay(session.id, card)

    assert (tried["status"], tried["payment_status"]) == ("open", "unpaid")
    intent = sandbox.client.v1.payment_intents.retrieve(tried["payment_intent"])
    assert intent.last_payment_error.decline_code == code
    assert available(sandbox) == 0
    assert sandbox.pay(session.id)["payment_intent"] == intent.id


def test_an_expired_session_cannot_be_paid_and_a_paid_one_cannot_expire(sandbox: Running) -> None:
    sessions = sandbox.client.v1.checkout.sessions
    first, second = sessions.create(session_params()), sessions.create(session_params())

    assert sessions.expire(first.id).status == "expired"
    sandbox.pay(second.id)

    with pytest.raises(AssertionError, match="status of `expired`"):
        sandbox.pay(first.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        sessions.expire(second.id)


def test_paying_and_expiring_at_once_has_one_winner(sandbox: Running) -> None:
    sessions = sandbox.client.v1.checkout.sessions
    for _ in range(6):
        session = sessions.create(session_params())

        def expire(session_id: str = session.id) -> bool:
            try:
                return sessions.expire(session_id).status == "expired"
            except stripe.InvalidRequestError:
                return False

        with ThreadPoolExecutor(2) as pool:
            outcomes = [
                future.result() for future in (pool.submit(_succeeds, sandbox, session.id), pool.submit(expire))
            ]

        assert sorted(outcomes) == [False, True]
        assert sessions.retrieve(session.id).status == ("complete" if outcomes[0] else "expired")


def _succeeds(sandbox: Running, session_id: str) -> bool:
    try:
        return bool(sandbox.pay(session_id)["status"] == "complete")
    except AssertionError:
        return False


def test_one_session_paid_by_two_windows_at_once_is_charged_once(sandbox: Running) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_params())

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: _succeeds(sandbox, session.id), range(4)))

    assert sorted(outcomes) == [False, False, False, True]
    assert len(sandbox.client.v1.charges.list().data) == 1


def test_two_sessions_paid_at_once_are_both_paid(sandbox: Running) -> None:
    sessions = [sandbox.client.v1.checkout.sessions.create(session_params()) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda session: _succeeds(sandbox, session.id), sessions))

    assert available(sandbox) == 4 * (1200 - 65)


def test_a_session_nobody_pays_runs_out_by_itself_and_says_so(tmp_path: Path) -> None:
    clock = [1_800_000_000.0]
    store = Store(tmp_path / "s.sqlite3", clock=lambda: clock[0])
    with store.transaction():
        session = new_session(store, {**_decoded(), "expires_at": "1800001800"}, base_url="http://127.0.0.1:1")
        assert expire_due(store) == 0

    clock[0] += 1801
    with store.transaction(), pytest.raises(Refusal, match="has expired"):
        pay_session(store, session["id"], number="4242424242424242")
    with store.transaction():
        assert expire_due(store) == 1
        assert expire_due(store) == 0

    assert store.get("checkout.session", session["id"])["status"] == "expired"
    assert [event["type"] for event in store.every("event")] == ["checkout.session.expired"]
    store.close()


def _decoded() -> dict[str, object]:
    """The parameters as they arrive: every value is text."""
    return decode(urlencode(list(_api_encode(session_params()))))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"line_items": []}, "line_items"),
        ({"mode": "setup"}, "mode"),
        ({"success_url": "javascript:alert(1)"}, "URL"),
        ({"expires_at": 5}, "expires_at"),
        ({"line_itemz": "1"}, "unknown parameter: line_itemz"),
        ({"customer": "cus_nobody"}, "No such customer"),
    ],
)
def test_bad_parameters_are_refused_in_the_processors_words(
    sandbox: Running, change: dict[str, object], words: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=words) as caught:
        sandbox.client.v1.checkout.sessions.create({**session_params(), **change})

    assert caught.value.http_status in (400, 404)
    assert sandbox.client.v1.checkout.sessions.list().data == []


def test_amounts_below_the_least_and_mixed_currencies_are_refused(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.v1.checkout.sessions.create(session_params(49))
    assert caught.value.code == "amount_too_small"

    mixed = session_params(100, 100)
    mixed["line_items"][1]["price_data"]["currency"] = "usd"
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        sandbox.client.v1.checkout.sessions.create(mixed)


def test_recurring_prices_are_for_plans_only(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Recurring"):
        sandbox.client.v1.checkout.sessions.create({**plan_params(), "mode": "payment"})


def test_line_items_are_shown_when_asked_for(sandbox: Running) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_params(1200, 300))

    assert "line_items" not in session
    lines = sandbox.client.v1.checkout.sessions.line_items.list(session.id)
    expanded = sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert [line.amount_total for line in lines] == [line.amount_total for line in expanded.line_items] == [1200, 300]


def test_lists_come_in_pages_newest_first(sandbox: Running) -> None:
    made = [sandbox.client.v1.checkout.sessions.create(session_params()).id for _ in range(7)]

    first = sandbox.client.v1.checkout.sessions.list({"limit": 3})
    everything = [session.id for session in first.auto_paging_iter()]
    back = sandbox.client.v1.checkout.sessions.list({"limit": 2, "ending_before": made[0]})

    assert first.has_more
    assert everything == made[::-1]
    assert [session.id for session in back] == [made[2], made[1]]


def test_a_stranger_without_the_key_is_turned_away(sandbox: Running) -> None:
    stranger = stripe.StripeClient("sk_test_other", base_addresses={"api": sandbox.base_url})
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.balance.retrieve()

    assert sandbox.request("GET", "/v1/balance", headers={"host": "evil.example"}).status == 421
    assert sandbox.request("POST", "/control/api/settle").status == 401
