from __future__ import annotations

import pytest
import stripe

from tests.helpers.checkout import available, charged, event_types, session_params
from tests.helpers.sandbox import Running


def test_refunds_add_up_to_the_charge_and_never_past_it(sandbox: Running) -> None:
    sandbox.client.v1.topups.create({"amount": 1000, "currency": "eur", "description": "float"})
    charge = charged(sandbox, 1000)
    refunds = sandbox.client.v1.refunds

    first = refunds.create({"charge": charge.id, "amount": 300, "reason": "requested_by_customer"})
    with pytest.raises(stripe.InvalidRequestError, match=r"greater than unrefunded amount on charge \(700\)"):
        refunds.create({"charge": charge.id, "amount": 701})
    second = refunds.create({"payment_intent": charge.payment_intent})

    assert (first.amount, second.amount, first.status) == (300, 700, "succeeded")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        refunds.create({"charge": charge.id, "amount": 1})
    assert caught.value.code == "charge_already_refunded"
    now = sandbox.client.v1.charges.retrieve(charge.id)
    assert (now.amount_refunded, now.refunded) == (1000, True)
    # The fee of the charge does not come back.
    assert available(sandbox) == 1000 - 59


def test_a_refund_that_fails_gives_the_money_back_and_can_be_made_again(sandbox: Running) -> None:
    """A refund may fail days later: the debit is undone, and a new refund debits again."""
    sandbox.client.v1.topups.create({"amount": 1000, "currency": "eur", "description": "float"})
    charge = charged(sandbox, 1000, card="4000000000005126")
    before = available(sandbox)

    failed = sandbox.client.v1.refunds.create({"charge": charge.id})

    assert failed.status == "failed"
    assert available(sandbox) == before
    assert sandbox.client.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert event_types(sandbox)[-4:] == ["refund.created", "charge.refunded", "refund.failed", "refund.updated"]
    types = [entry.type for entry in sandbox.client.v1.balance_transactions.list({"source": failed.id})]
    assert types == ["refund_failure", "refund"]
    assert sandbox.client.v1.refunds.create({"charge": charge.id}).id != failed.id


def test_a_refund_needs_money_in_the_balance(sandbox: Running) -> None:
    charge = charged(sandbox, 1000)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.v1.refunds.create({"charge": charge.id})

    assert caught.value.code == "balance_insufficient"
    assert sandbox.client.v1.refunds.list().data == []


def test_the_disputing_card_takes_the_money_back_with_a_fee(sandbox: Running) -> None:
    session = sandbox.client.v1.checkout.sessions.create(session_params(5000))
    paid = sandbox.pay(session.id, "4000000000000259")

    dispute = sandbox.client.v1.disputes.list({"payment_intent": paid["payment_intent"]}).data[0]

    assert (dispute.amount, dispute.status) == (5000, "needs_response")
    assert [(entry.amount, entry.fee) for entry in dispute.balance_transactions] == [(-5000, 1500)]
    assert available(sandbox) == (5000 - 175) - 5000 - 1500
    assert sandbox.client.v1.charges.retrieve(dispute.charge).disputed
    kinds = event_types(sandbox)
    assert kinds.index("charge.dispute.created") < kinds.index("checkout.session.completed")


def test_a_disputed_charge_cannot_be_refunded_too(sandbox: Running) -> None:
    """A refund while a dispute is open would debit the sale twice."""
    sandbox.client.v1.topups.create({"amount": 9000, "currency": "eur", "description": "float"})
    charge = charged(sandbox, 5000, card="4000000000000259")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.v1.refunds.create({"charge": charge.id})

    assert caught.value.code == "charge_disputed"


@pytest.mark.parametrize(
    ("words", "outcome", "back"), [("winning_evidence", "won", 5000), ("losing_evidence", "lost", 0)]
)
def test_a_decided_dispute_gives_the_amount_back_only_when_it_is_won(
    sandbox: Running, words: str, outcome: str, back: int
) -> None:
    """The fee stays with the bank, and a dispute is decided once."""
    charge = charged(sandbox, 5000, card="4000000000000259")
    before = available(sandbox)
    dispute = sandbox.client.v1.disputes.list({"charge": charge.id}).data[0]

    sandbox.client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": words}})

    assert sandbox.client.v1.disputes.retrieve(dispute.id).status == outcome
    assert available(sandbox) - before == back
    with pytest.raises(stripe.InvalidRequestError, match="already"):
        sandbox.client.v1.disputes.close(dispute.id)


def test_a_dispute_takes_only_what_was_not_refunded(sandbox: Running) -> None:
    sandbox.client.v1.topups.create({"amount": 9000, "currency": "eur", "description": "float"})
    charge = charged(sandbox, 5000)
    sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 2000})

    dispute = sandbox.lever("dispute", charge=charge.id)

    assert dispute["amount"] == 3000


def test_what_a_won_dispute_gave_back_may_be_refunded(sandbox: Running) -> None:
    sandbox.client.v1.topups.create({"amount": 9000, "currency": "eur", "description": "float"})
    charge = charged(sandbox, 5000, card="4000000000000259")
    dispute = sandbox.client.v1.disputes.list({"charge": charge.id}).data[0]
    sandbox.lever("close_dispute", dispute=dispute.id, outcome="won")

    assert sandbox.client.v1.refunds.create({"charge": charge.id}).amount == 5000


def test_every_movement_of_the_balance_is_a_balance_transaction(sandbox: Running) -> None:
    sandbox.client.v1.topups.create({"amount": 9000, "currency": "eur", "description": "float"})
    charge = charged(sandbox, 5000)
    sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 1})
    dispute = sandbox.lever("dispute", charge=charge.id)
    sandbox.lever("close_dispute", dispute=dispute["id"], outcome="won")

    entries = list(sandbox.client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter())

    assert sum(entry.net for entry in entries) == available(sandbox)
    assert [entry.type for entry in entries][::-1] == ["topup", "charge", "refund", "adjustment", "adjustment"]
    assert all(entry.net == entry.amount - entry.fee for entry in entries)
