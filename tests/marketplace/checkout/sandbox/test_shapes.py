"""The sandbox's objects against Stripe's published example objects and against the types of the installed client."""

from __future__ import annotations

import json
import types
import typing
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.helpers.checkout import charged, event_types, payee, plan_params, session_params
from tests.helpers.sandbox import Running, running
from tests.helpers.shared import shared_path

NEWER_THAN_THE_FIXTURES = {
    "charge": {"source"},
    "refund": {"failure_reason", "failure_balance_transaction"},
    "account": {"external_accounts"},
    "event": {"account"},
}
CLASSES: dict[str, type] = {
    "account": stripe.Account,
    "balance": stripe.Balance,
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "invoice": stripe.Invoice,
    "payment_intent": stripe.PaymentIntent,
    "price": stripe.Price,
    "refund": stripe.Refund,
    "subscription": stripe.Subscription,
    "topup": stripe.Topup,
    "transfer": stripe.Transfer,
    "webhook_endpoint": stripe.WebhookEndpoint,
}


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Every kind of object that the sandbox makes, as it went over the wire."""
    with running(tmp_path_factory.mktemp("shapes")) as sandbox:
        _live_a_little(sandbox)
        found: dict[str, list[dict[str, Any]]] = {}
        for event in sandbox.client.v1.events.list({"limit": 100}).auto_paging_iter():
            _gather(json.loads(str(event)), found)
        paths = ("balance", "balance_transactions", "accounts", "checkout/sessions", "webhook_endpoints", "transfers")
        for path in paths:
            headers = {"authorization": f"Bearer {sandbox.keys.secret_key}"}
            _gather(json.loads(sandbox.request("GET", f"/v1/{path}", headers=headers).text), found)
        assert len(event_types(sandbox)) > 20
        return found


def _live_a_little(sandbox: Running) -> None:
    api = sandbox.client.v1
    api.webhook_endpoints.create({"url": "http://127.0.0.1:1/none", "enabled_events": ["payout.paid"]})
    api.topups.create({"amount": 90_000, "currency": "eur", "description": "float"})
    charge = charged(sandbox, 5000)
    api.refunds.create({"charge": charge.id, "amount": 100})
    disputed = charged(sandbox, 5000, card="4000000000000259")
    sandbox.lever("close_dispute", dispute=api.disputes.list({"charge": disputed.id}).data[0].id, outcome="won")
    charged(sandbox, 5000, card="4000000000005126")
    sandbox.pay(api.checkout.sessions.create(session_params()).id, "4000000000000002")
    paid = sandbox.pay(api.checkout.sessions.create(plan_params()).id)
    sandbox.lever("renew", subscription=paid["subscription"])
    sent = api.transfers.create({"amount": 500, "currency": "eur", "destination": payee(sandbox).id})
    api.transfers.reversals.create(sent.id, {"amount": 100})


def _gather(node: Any, found: dict[str, list[dict[str, Any]]]) -> None:
    if isinstance(node, list):
        for one in node:
            _gather(one, found)
    elif isinstance(node, dict):
        if isinstance(node.get("object"), str) and node["object"] != "list":
            found.setdefault(node["object"], []).append(node)
        for one in node.values():
            _gather(one, found)


@pytest.fixture(scope="module")
def fixtures() -> dict[str, dict[str, Any]]:
    path: Path = shared_path("vectors", "stripe", "fixtures3.json")
    resources: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["resources"]
    return resources


@pytest.mark.parametrize("kind", sorted({*CLASSES, "transfer_reversal"}))
def test_objects_have_only_fields_of_the_published_examples_and_their_types(
    objects: dict[str, list[dict[str, Any]]], fixtures: dict[str, dict[str, Any]], kind: str
) -> None:
    if kind not in fixtures:
        pytest.skip(f"no published example of a {kind}")

    for thing in objects[kind]:
        unknown = thing.keys() - fixtures[kind].keys() - NEWER_THAN_THE_FIXTURES.get(kind, set())
        assert not unknown
        for name in thing.keys() & fixtures[kind].keys():
            ours, theirs = thing[name], fixtures[kind][name]
            if ours is not None and theirs is not None and not _reference(ours, theirs):
                assert type(ours) is type(theirs), f"{kind}.{name}"


def _reference(ours: Any, theirs: Any) -> bool:
    """An id where the example shows the object, or the other way round."""
    return {type(ours), type(theirs)} == {str, dict}


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_objects_have_every_field_that_the_client_counts_on(
    objects: dict[str, list[dict[str, Any]]], kind: str
) -> None:
    needed = {name for name, hint in CLASSES[kind].__annotations__.items() if not _optional(hint)} - {"OBJECT_NAME"}

    for thing in objects[kind]:
        assert not needed - thing.keys()


def _optional(hint: Any) -> bool:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return type(None) in typing.get_args(hint)
    return isinstance(hint, str) and "None" in hint


def test_nothing_of_our_own_is_ever_sent(objects: dict[str, list[dict[str, Any]]]) -> None:
    assert not [name for things in objects.values() for thing in things for name in thing if name.startswith("_")]
