from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.helpers.checkout import charged, payee, session_params
from tests.helpers.sandbox import Running, running


def _topup(sandbox: Running, key: str, amount: int = 100, *, client: stripe.StripeClient | None = None) -> stripe.Topup:
    params = {"amount": amount, "currency": "eur", "description": "float"}
    return (client or sandbox.client).v1.topups.create(params, {"idempotency_key": key})


def test_the_same_key_gets_the_first_answer_again(sandbox: Running) -> None:
    first, second = _topup(sandbox, "k"), _topup(sandbox, "k")

    assert first.id == second.id
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert len(sandbox.client.v1.balance_transactions.list().data) == 1


def test_the_same_key_with_other_parameters_is_refused(sandbox: Running) -> None:
    _topup(sandbox, "k", 100)

    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        _topup(sandbox, "k", 101)


def test_a_key_belongs_to_its_path_and_account(sandbox: Running) -> None:
    _topup(sandbox, "k")

    session = sandbox.client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})

    assert session.status == "open"


def test_a_failure_that_ran_is_answered_again_even_when_it_would_work_by_now(sandbox: Running) -> None:
    """So a retry needs a new attempt number in its key."""
    params: dict[str, Any] = {"amount": 900, "currency": "eur", "destination": payee(sandbox).id}
    create = sandbox.client.v1.transfers.create
    with pytest.raises(stripe.InvalidRequestError):
        create(params, {"idempotency_key": "payout-1"})
    charged(sandbox, 5000)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        create(params, {"idempotency_key": "payout-1"})

    assert caught.value.headers["idempotent-replayed"] == "true"
    assert create(params, {"idempotency_key": "payout-2"}).amount == 900


def test_what_was_wrong_on_arrival_is_not_remembered(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        _topup(sandbox, "k", 0)

    assert _topup(sandbox, "k", 5).amount == 5


def test_a_key_in_use_is_a_conflict_and_nothing_is_done_twice(sandbox: Running) -> None:
    sandbox.lever("fault", mode="slow", match="POST /v1/topups", delay_ms=400)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(_topup, sandbox, "k")
        time.sleep(0.15)
        with pytest.raises(stripe.StripeError) as caught:
            _topup(sandbox, "k")
        made = slow.result()

    assert caught.value.error is not None
    assert (caught.value.http_status, caught.value.error.code) == (409, "idempotency_key_in_use")
    assert _topup(sandbox, "k").id == made.id


def test_a_lost_answer_is_had_again_under_the_same_key(sandbox: Running) -> None:
    sandbox.lever("fault", mode="lost_response", match="POST /v1/topups")

    with pytest.raises(stripe.APIConnectionError):
        _topup(sandbox, "k")

    again = _topup(sandbox, "k")
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert len(sandbox.client.v1.balance_transactions.list().data) == 1


def test_a_server_error_after_the_fact_is_answered_for_ever(sandbox: Running) -> None:
    """Then only looking for the object tells what happened."""
    sandbox.lever("fault", mode="error_after", match="POST /v1/topups")

    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            _topup(sandbox, "k")
        assert caught.value.http_status == 500

    assert len(sandbox.client.v1.balance_transactions.list().data) == 1


@pytest.mark.parametrize(("mode", "error"), [("error_before", stripe.APIError), ("rate_limit", stripe.RateLimitError)])
def test_an_error_before_the_fact_leaves_nothing(sandbox: Running, mode: str, error: type[Exception]) -> None:
    sandbox.lever("fault", mode=mode, match="POST /v1/topups")

    with pytest.raises(error):
        _topup(sandbox, "k")

    assert sandbox.client.v1.balance_transactions.list().data == []
    assert _topup(sandbox, "k").amount == 100


def test_keys_are_remembered_over_a_restart(tmp_path: Any) -> None:
    with running(tmp_path) as before:
        first = _topup(before, "k").id

    with running(tmp_path) as after:
        assert _topup(after, "k").id == first
