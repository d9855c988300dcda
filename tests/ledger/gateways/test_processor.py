from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ledger.gateways import errors, payouts, processor
from tests.helpers.sandbox import Running, free_port

SOMETHING = UUID("01900000-0000-7000-8000-00000000000a")


def test_the_same_intent_always_asks_under_the_same_key() -> None:
    key = processor.request_key(SOMETHING, "transfer", 1)

    assert key == processor.request_key(SOMETHING, "transfer", 1)
    assert (
        len({key, processor.request_key(SOMETHING, "transfer", 2), processor.request_key(SOMETHING, "refund", 1)}) == 3
    )
    assert len(key) <= 255


def test_without_a_real_key_the_sandbox_is_called(linked: Running) -> None:
    found = processor.credentials()

    assert found.sandbox
    assert (found.api_base, found.secret_key) == (linked.base_url, linked.keys.secret_key)
    assert found.webhook_secrets == (linked.keys.webhook_secret,)


def test_with_a_real_key_the_sandbox_is_out_of_reach(linked: Running, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_account,whsec_connect"

    found = processor.credentials()

    assert not found.sandbox
    assert found.api_base == "https://api.stripe.com"
    assert found.webhook_secrets == ("whsec_account", "whsec_connect")


def test_with_neither_key_nor_sandbox_nothing_is_called(tmp_path: Path, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    settings.STRIPE_SANDBOX_KEY_FILE = tmp_path / "none.json"

    with pytest.raises(errors.NotConfiguredError):
        payouts.balance()


def test_a_key_that_is_not_accepted_is_a_matter_of_configuration(linked: Running) -> None:
    keys = {"secret_key": "sk_test_sandbox_old", "webhook_secret": "w"}
    (linked.state / "keys.json").write_text(json.dumps(keys))

    with pytest.raises(errors.NotConfiguredError):
        payouts.balance()


def test_nobody_answering_is_an_unknown_outcome(linked: Running, settings: Any) -> None:
    settings.SANDBOX_URL = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(errors.OutcomeUnknownError):
        payouts.balance()


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("error_before", errors.OutcomeUnknownError),
        ("error_after", errors.OutcomeUnknownError),
        ("lost_response", errors.OutcomeUnknownError),
        ("rate_limit", errors.TryLaterError),
    ],
)
def test_faults_become_our_own_errors(linked: Running, mode: str, error: type[errors.GatewayError]) -> None:
    linked.lever("fault", mode=mode, match="GET /v1/balance")

    with pytest.raises(error) as caught:
        payouts.balance()

    assert caught.value.code == error.code
    assert payouts.balance()
