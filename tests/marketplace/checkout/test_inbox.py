from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, RequestFactory

from marketplace.checkout import webhooks
from marketplace.checkout.models import StripeEvent
from marketplace.checkout.sandbox.keys import Keys, read_or_make
from tests.helpers.checkout import charged
from tests.helpers.sandbox import running

pytestmark = pytest.mark.django_db
PATH = "/stripe/webhook/"


@pytest.fixture
def keys(tmp_path: Path, settings: Any) -> Keys:
    settings.STRIPE_SECRET_KEY = ""
    settings.STRIPE_SANDBOX_KEY_FILE = tmp_path / "keys.json"
    return read_or_make(tmp_path / "keys.json")


@pytest.fixture
def handled() -> Iterator[list[dict[str, Any]]]:
    """What a handler of `test.happened` was given."""
    seen: list[dict[str, Any]] = []
    webhooks._load_handlers()  # once in a process: loaded later, they would be taken away again below
    before = dict(webhooks._HANDLERS)
    webhooks.handles("test.happened")(seen.append)
    yield seen
    webhooks._HANDLERS.clear()
    webhooks._HANDLERS.update(before)


def _body(event_id: str = "evt_1", kind: str = "test.happened", **more: Any) -> bytes:
    event = {"id": event_id, "object": "event", "type": kind, "pending_webhooks": 1, "data": {"object": {"id": "x"}}}
    return json.dumps({**event, **more}).encode()


def _post(keys: Keys, body: bytes, *, at: int | None = None, signed: bytes | None = None) -> int:
    moment = int(time.time()) if at is None else at
    mac = hmac.new(keys.webhook_secret.encode(), f"{moment}.".encode() + (signed or body), hashlib.sha256).hexdigest()
    request = RequestFactory().post(
        PATH, body, content_type="application/json", headers={"Stripe-Signature": f"t={moment},v1={mac}"}
    )
    return webhooks.stripe_webhook(request).status_code


def test_a_signed_event_is_written_and_acted_upon(keys: Keys, handled: list[dict[str, Any]]) -> None:
    assert _post(keys, _body()) == 200

    row = StripeEvent.objects.get(pk="evt_1")
    assert (row.type, row.error, row.handled_at is not None) == ("test.happened", "", True)
    assert row.payload["data"] == {"object": {"id": "x"}}
    assert len(handled) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"signed": b"{}"}, 400),
        ({"at": -301}, 400),
        ({"at": -290}, 200),
    ],
)
def test_only_fresh_signatures_over_the_raw_body_count(
    keys: Keys, handled: list[dict[str, Any]], change: dict[str, Any], status: int
) -> None:
    if "at" in change:
        change = {"at": int(time.time()) + change["at"]}

    assert _post(keys, _body(), **change) == status

    assert StripeEvent.objects.count() == len(handled) == (1 if status == 200 else 0)


def test_unsigned_bodies_other_methods_and_no_events_are_refused(keys: Keys, client: Client) -> None:
    assert webhooks.stripe_webhook(RequestFactory().get(PATH)).status_code == 405
    assert webhooks.stripe_webhook(RequestFactory().post(PATH, _body(), "application/json")).status_code == 400
    assert _post(keys, b"not json") == 400
    assert _post(keys, b"[]") == 400
    assert _post(keys, b"\xff\xfe") == 400
    assert not StripeEvent.objects.exists()


def test_any_of_several_secrets_will_do(keys: Keys, settings: Any, handled: list[dict[str, Any]]) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_live_x", f"whsec_other,{keys.webhook_secret}"

    assert _post(keys, _body()) == 200


def test_the_sandboxs_secret_is_worth_nothing_beside_a_real_key(keys: Keys, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_live_x", "whsec_real"

    assert _post(keys, _body()) == 400


def test_a_repeated_event_has_no_second_effect(keys: Keys, handled: list[dict[str, Any]]) -> None:
    statuses = [_post(keys, _body(pending_webhooks=left)) for left in (2, 1, 0)]

    assert statuses == [200, 200, 200]
    assert len(handled) == 1
    assert StripeEvent.objects.get().error == ""


def test_one_id_with_two_stories_raises_an_alarm_and_the_first_stands(
    keys: Keys, handled: list[dict[str, Any]]
) -> None:
    _post(keys, _body())

    assert _post(keys, _body(data={"object": {"id": "y"}})) == 200

    row = StripeEvent.objects.get()
    assert len(handled) == 1
    assert row.payload["data"]["object"]["id"] == "x"
    assert row.error.startswith("came again with another body")


def test_unknown_types_are_written_down_and_left_alone(keys: Keys, handled: list[dict[str, Any]]) -> None:
    assert _post(keys, _body(kind="never.heard_of")) == 200
    assert _post(keys, _body(kind="never.heard_of")) == 200

    row = StripeEvent.objects.get()
    assert (row.handled_at, row.error, handled) == (None, "", [])


def test_a_handler_that_fails_leaves_no_effect_and_the_event_is_tried_again(
    keys: Keys, handled: list[dict[str, Any]]
) -> None:
    broken = [True]

    def fails_once(event: dict[str, Any]) -> None:
        StripeEvent.objects.create(id="side effect", type="test", payload={}, body_hash="")
        if broken.pop() if broken else False:
            raise RuntimeError("not now")

    webhooks.handles("test.happened")(fails_once)
    with pytest.raises(RuntimeError, match="not now"):
        _post(keys, _body())
    assert not StripeEvent.objects.filter(pk="side effect").exists()
    assert StripeEvent.objects.get().error == "RuntimeError: not now"

    assert _post(keys, _body()) == 200

    row = StripeEvent.objects.get(pk="evt_1")
    assert (row.error, row.handled_at is not None) == ("", True)
    assert StripeEvent.objects.filter(pk="side effect").count() == 1


def test_a_handler_runs_inside_the_inboxs_transaction(keys: Keys) -> None:
    inside: list[bool] = []
    webhooks.handles("test.in_transaction")(lambda event: inside.append(connection.in_atomic_block))

    _post(keys, _body(kind="test.in_transaction"))

    assert inside == [True]
    assert transaction.get_connection().errors_occurred is False
    del webhooks._HANDLERS["test.in_transaction"]


@pytest.mark.django_db(transaction=True)
def test_one_event_delivered_twice_at_the_same_moment_has_one_effect(keys: Keys, handled: list[dict[str, Any]]) -> None:
    gate = threading.Barrier(4)
    webhooks.handles("test.happened")(lambda event: time.sleep(0.1))

    def deliver(_: int) -> int:
        gate.wait()
        try:
            return _post(keys, _body())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(deliver, range(4)))

    assert statuses == [200] * 4
    assert len(handled) == 1
    assert StripeEvent.objects.get().error == ""


@pytest.mark.filterwarnings("ignore:No directory at")
@pytest.mark.django_db(transaction=True)
def test_what_the_sandbox_tells_is_believed_by_a_running_site(tmp_path: Path, settings: Any, live_server: Any) -> None:
    """The whole way: twice each, out of order, over real sockets; every event is written once."""
    settings.STRIPE_SECRET_KEY = ""
    settings.STRIPE_SANDBOX_KEY_FILE = tmp_path / "keys.json"
    settings.ROOT_URLCONF = "marketplace.checkout.urls"
    with running(tmp_path, webhook_url=f"{live_server.url}{PATH}") as sandbox:
        sandbox.lever("webhooks", duplicate=1, reorder=1)
        charged(sandbox)

        end = time.monotonic() + 10
        while time.monotonic() < end and any(row["state"] != "done" for row in sandbox.lever("deliveries")["data"]):
            time.sleep(0.05)

        assert [row["last_status"] for row in sandbox.lever("deliveries")["data"]] == ["200"] * 6
    assert sorted(StripeEvent.objects.values_list("type", flat=True)) == [
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.succeeded",
    ]
