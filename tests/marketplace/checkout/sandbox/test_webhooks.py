from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from tests.helpers.checkout import charged, session_params
from tests.helpers.listener import Listener, listening
from tests.helpers.sandbox import Running, free_port, running


@pytest.fixture
def site() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture
def told(tmp_path: Path, site: Listener) -> Iterator[Running]:
    """A sandbox that tells `site`."""
    with running(tmp_path / "sandbox", webhook_url=site.url) as served:
        yield served


def _types(site: Listener) -> list[str]:
    return [json.loads(body)["type"] for body, _ in site.posts]


def test_every_event_arrives_signed(told: Running, site: Listener) -> None:
    charged(told)

    site.wait_for(lambda: len(site.posts) == 3)

    assert sorted(_types(site)) == ["charge.succeeded", "checkout.session.completed", "payment_intent.succeeded"]
    for body, header in site.posts:
        event = stripe.Webhook.construct_event(body, header, told.keys.webhook_secret)
        assert event.api_version == "2026-10-28.endive"
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body + b" ", header, told.keys.webhook_secret)


def test_a_refused_delivery_comes_again_until_it_is_taken(told: Running, site: Listener) -> None:
    site.answers[:] = [500, 400]
    told.lever("webhooks", delay_ms=0)
    session = told.client.v1.checkout.sessions.create(session_params())
    told.client.v1.checkout.sessions.expire(session.id)

    site.wait_for(lambda: len(site.posts) == 3)

    assert len({body for body, _ in site.posts}) == 1
    site.wait_for(lambda: told.lever("deliveries")["data"][0]["state"] == "done")
    assert told.lever("deliveries")["data"][0] == {
        "event": json.loads(site.posts[0][0])["id"],
        "state": "done",
        "attempts": 3,
        "last_status": "200",
    }


def test_a_site_that_is_down_hears_of_it_when_it_is_back(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/stripe/webhook/"
    with running(tmp_path, webhook_url=nobody) as served:
        charged(served)
        with listening() as late:
            late.wait_for(lambda: any(row["last_status"] for row in served.lever("deliveries")["data"]))
    with listening() as site, running(tmp_path, webhook_url=site.url) as served:
        site.wait_for(lambda: len(site.posts) == 3, seconds=5)

        assert len(set(_types(site))) == 3


def test_deliveries_can_come_twice_late_and_out_of_order(told: Running, site: Listener) -> None:
    told.lever("webhooks", duplicate=1, reorder=1)
    charged(told)

    site.wait_for(lambda: len(site.posts) == 6)

    assert set(Counter(_types(site)).values()) == {2}
    told.lever("webhooks")
    charged(told)
    site.wait_for(lambda: len(site.posts) == 9)


def test_dropped_deliveries_are_still_in_the_list_of_events(told: Running, site: Listener) -> None:
    told.lever("webhooks", drop=2)
    charged(told)

    site.wait_for(lambda: len(site.posts) == 1)

    listed = told.client.v1.events.list({"type": "charge.succeeded"}).data
    assert len(listed) == 1
    told.lever("resend", event=listed[0].id)
    site.wait_for(lambda: "charge.succeeded" in _types(site))


def test_an_endpoint_hears_only_what_it_asked_for_under_its_own_secret(sandbox: Running, site: Listener) -> None:
    made = sandbox.client.v1.webhook_endpoints.create({"url": site.url, "enabled_events": ["charge.succeeded"]})
    charged(sandbox)
    site.wait_for(lambda: len(site.posts) == 1)

    body, header = site.posts[0]
    assert made.secret is not None
    assert stripe.Webhook.construct_event(body, header, made.secret).type == "charge.succeeded"
    assert "secret" not in sandbox.client.v1.webhook_endpoints.list().data[0]
    sandbox.client.v1.webhook_endpoints.delete(made.id)
    charged(sandbox)
    assert sandbox.lever("deliveries")["data"][0]["state"] == "done"
    assert len(sandbox.lever("deliveries")["data"]) == 1


def test_an_event_names_the_request_that_caused_it(sandbox: Running) -> None:
    made = sandbox.client.v1.topups.create(
        {"amount": 5, "currency": "eur", "description": "float"}, {"idempotency_key": "k1"}
    )

    event = sandbox.client.v1.events.list().data[0]

    assert event.request.idempotency_key == "k1"
    assert event.request.id == made.last_response.headers["request-id"]
    assert sandbox.client.v1.events.retrieve(event.id).data.object["id"] == made.id


def test_starting_again_registers_no_second_endpoint_and_keeps_the_secret(tmp_path: Path, site: Listener) -> None:
    """A second registration once deleted the secret of the first."""
    secrets = []
    for _ in range(2):
        with running(tmp_path, webhook_url=site.url) as served:
            secrets.append(served.keys.webhook_secret)
            assert [one.url for one in served.client.v1.webhook_endpoints.list()] == [site.url]
            charged(served)
            site.wait_for(lambda: len(site.posts) == 3 * len(secrets))

    assert secrets[0] == secrets[1]
    for body, header in site.posts:
        stripe.Webhook.construct_event(body, header, secrets[0])
