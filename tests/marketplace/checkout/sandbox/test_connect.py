from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import stripe

from tests.helpers.checkout import available, charged, event_types, payee
from tests.helpers.sandbox import Running

LINK = {"type": "account_onboarding", "return_url": "http://127.0.0.1:8000/r", "refresh_url": "http://127.0.0.1:8000/f"}


def test_an_account_can_be_paid_only_after_its_onboarding(sandbox: Running) -> None:
    charged(sandbox, 5000)
    account = payee(sandbox, ready=False)
    assert account.capabilities.transfers == "inactive"
    assert account.requirements.currently_due

    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.v1.transfers.create({"amount": 100, "currency": "eur", "destination": account.id})
    assert caught.value.code == "insufficient_capabilities_for_transfer"

    link = sandbox.client.v1.account_links.create({"account": account.id, **LINK})
    path = urlsplit(link.url).path
    assert "Set up payouts" in sandbox.request("GET", path).text
    answer = sandbox.form(path)
    assert (answer.status, answer.headers["location"]) == (303, LINK["return_url"])

    account = sandbox.client.v1.accounts.retrieve(account.id)
    assert (account.capabilities.transfers, account.payouts_enabled, account.details_submitted) == (
        "active",
        True,
        True,
    )
    assert account.requirements.currently_due == []
    assert (
        sandbox.client.v1.transfers.create({"amount": 100, "currency": "eur", "destination": account.id}).amount == 100
    )


def test_an_onboarding_link_works_once_and_then_leads_to_a_new_one(sandbox: Running) -> None:
    link = sandbox.client.v1.account_links.create({"account": payee(sandbox, ready=False).id, **LINK})
    path = urlsplit(link.url).path
    sandbox.form(path)

    again = sandbox.request("GET", path)

    assert (again.status, again.headers["location"]) == (303, LINK["refresh_url"])


def test_asking_for_transfers_alone_needs_the_recipient_agreement(sandbox: Running) -> None:
    alone = {"type": "express", "capabilities": {"transfers": {"requested": True}}}

    with pytest.raises(stripe.InvalidRequestError, match="service_agreement"):
        sandbox.client.v1.accounts.create(alone)

    made = sandbox.client.v1.accounts.create({**alone, "tos_acceptance": {"service_agreement": "recipient"}})
    assert made.type == "express"


def test_a_transfer_needs_available_money_in_its_own_currency(sandbox: Running) -> None:
    """Pending money is ours and cannot be sent yet; money in another currency cannot be sent at all."""
    account = payee(sandbox)
    sandbox.lever("pending", seconds=86_400)
    charged(sandbox, 5000)
    create = sandbox.client.v1.transfers.create
    assert available(sandbox) == 0
    assert sandbox.client.v1.balance.retrieve().pending[0].amount == 5000 - 175

    for currency in ("eur", "usd"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            create({"amount": 100, "currency": currency, "destination": account.id})
        assert caught.value.code == "balance_insufficient"

    sandbox.lever("settle")
    assert create({"amount": 4825, "currency": "eur", "destination": account.id}).amount == 4825
    assert available(sandbox) == 0


def test_transfers_are_found_by_group_and_metadata(sandbox: Running) -> None:
    account = payee(sandbox)
    charged(sandbox, 5000)
    for number in range(3):
        sandbox.client.v1.transfers.create(
            {
                "amount": 100 + number,
                "currency": "eur",
                "destination": account.id,
                "transfer_group": "settlement:1" if number else "settlement:0",
                "metadata": {"payout_id": f"p{number}"},
            }
        )

    found = sandbox.client.v1.transfers.list({"transfer_group": "settlement:1"})

    assert [one.metadata["payout_id"] for one in found] == ["p2", "p1"]
    their = sandbox.client.v1.balance.retrieve(options={"stripe_account": account.id})
    assert [(row.currency, row.amount) for row in their.available] == [("eur", 303)]


def test_reversals_stay_within_the_transfer_and_in_its_currency(sandbox: Running) -> None:
    account = payee(sandbox)
    charged(sandbox, 5000)
    sent = sandbox.client.v1.transfers.create({"amount": 1000, "currency": "eur", "destination": account.id})
    before = available(sandbox)
    reversals = sandbox.client.v1.transfers.reversals

    part = reversals.create(sent.id, {"amount": 400})
    with pytest.raises(stripe.InvalidRequestError, match=r"unreversed amount on transfer \(600\)"):
        reversals.create(sent.id, {"amount": 601})
    reversals.create(sent.id)

    now = sandbox.client.v1.transfers.retrieve(sent.id)
    assert (part.currency, now.amount_reversed, now.reversed) == ("eur", 1000, True)
    assert [one.amount for one in now.reversals] == [600, 400]
    assert available(sandbox) == before + 1000
    assert event_types(sandbox).count("transfer.reversed") == 2


def test_an_account_that_spent_its_money_cannot_be_debited(sandbox: Running) -> None:
    account = payee(sandbox)
    charged(sandbox, 5000)
    sent = sandbox.client.v1.transfers.create({"amount": 1000, "currency": "eur", "destination": account.id})
    other = sandbox.client.v1.transfers.create({"amount": 500, "currency": "eur", "destination": account.id})
    sandbox.client.v1.transfers.reversals.create(other.id)

    sandbox.client.v1.transfers.reversals.create(sent.id, {"amount": 1000})
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.transfers.reversals.create(sent.id, {"amount": 1})


def test_transfers_out_of_one_charge_stay_within_it(sandbox: Running) -> None:
    account = payee(sandbox)
    charge = charged(sandbox, 1000, payment_intent_data={"transfer_group": "order:1"})
    part = {"amount": 600, "currency": "eur", "destination": account.id, "source_transaction": charge.id}

    first = sandbox.client.v1.transfers.create(part)
    with pytest.raises(stripe.InvalidRequestError, match="exceed the source amount"):
        sandbox.client.v1.transfers.create({**part, "transfer_group": "another"})

    assert first.transfer_group == "order:1"


def test_a_capability_can_be_lost_again(sandbox: Running) -> None:
    account = payee(sandbox)

    sandbox.lever("capability", account=account.id, name="transfers", status="inactive")

    now = sandbox.client.v1.accounts.retrieve(account.id)
    assert (now.capabilities.transfers, now.payouts_enabled) == ("inactive", False)
    event = sandbox.client.v1.events.list({"type": "account.updated", "limit": 1}).data[0]
    assert event.account == account.id
