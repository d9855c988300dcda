from __future__ import annotations

from uuid import UUID

import pytest

from ledger.domain.ids import uuid7
from ledger.gateways import errors, payouts
from tests.helpers.checkout import available
from tests.helpers.sandbox import Running

GROUP = "settlement:2026-10"


def _payee(linked: Running, *, ready: bool = True) -> str:
    account_id = payouts.create_account(party_id=uuid7(), email="creator@example.org", country="DE")
    if ready:
        linked.lever("onboard", account=account_id)
    return account_id


def _fund(amount_minor: int = 10_000, currency: str = "EUR") -> None:
    payouts.top_up(topup_id=uuid7(), amount_minor=amount_minor, currency=currency, reason="test float")


def _send(payout_id: UUID, account_id: str, *, amount_minor: int = 900, attempt: int = 1) -> payouts.Transfer:
    return payouts.transfer(
        payout_id=payout_id, account_id=account_id, amount_minor=amount_minor, currency="EUR", transfer_group=GROUP,
        attempt=attempt,
    )  # fmt: skip


def test_a_party_has_one_account_however_often_it_is_asked_for(linked: Running) -> None:
    party_id = uuid7()

    asked = {payouts.create_account(party_id=party_id, email="a@example.org") for _ in range(3)}

    assert len(asked) == 1


def test_onboarding_is_over_when_transfers_are_active_and_not_before(linked: Running) -> None:
    account_id = _payee(linked, ready=False)
    link = payouts.onboarding_link(
        account_id=account_id, return_url="http://127.0.0.1:8000/r", refresh_url="http://127.0.0.1:8000/f"
    )
    assert link.startswith(linked.base_url)
    before = payouts.account_status(account_id=account_id)
    assert (before.transfers_active, before.details_submitted) == (False, False)
    assert before.currently_due

    linked.form(link.removeprefix(linked.base_url))

    after = payouts.account_status(account_id=account_id)
    assert (after.transfers_active, after.payouts_enabled, after.currently_due) == (True, True, ())


def test_a_transfer_goes_out_once_however_often_it_is_asked_for(linked: Running) -> None:
    _fund()
    payout_id, account_id = uuid7(), _payee(linked)

    sent = [_send(payout_id, account_id) for _ in range(3)]

    assert sent[0] == sent[1] == sent[2]
    assert (sent[0].amount_minor, sent[0].currency, sent[0].account_id) == (900, "EUR", account_id)
    assert sent[0].metadata == {"payout_id": str(payout_id)}
    assert available(linked) == 10_000 - 900


def test_a_transfer_whose_answer_was_lost_is_found_again(linked: Running) -> None:
    _fund()
    payout_id, account_id = uuid7(), _payee(linked)
    assert payouts.find_transfer(payout_id=payout_id, transfer_group=GROUP) is None
    linked.lever("fault", mode="lost_response", match="POST /v1/transfers")

    with pytest.raises(errors.OutcomeUnknownError):
        _send(payout_id, account_id)

    found = payouts.find_transfer(payout_id=payout_id, transfer_group=GROUP)
    assert found is not None
    assert found == _send(payout_id, account_id)
    assert available(linked) == 10_000 - 900


def test_a_server_error_that_is_answered_for_ever_is_cleared_up_by_looking(linked: Running) -> None:
    _fund()
    payout_id, account_id = uuid7(), _payee(linked)
    linked.lever("fault", mode="error_after", match="POST /v1/transfers")
    for _ in range(2):
        with pytest.raises(errors.OutcomeUnknownError):
            _send(payout_id, account_id)

    found = payouts.find_transfer(payout_id=payout_id, transfer_group=GROUP)

    assert found is not None
    assert found.amount_minor == 900


def test_two_transfers_of_one_payout_are_an_alarm(linked: Running) -> None:
    _fund()
    payout_id, account_id = uuid7(), _payee(linked)
    _send(payout_id, account_id, attempt=1)
    _send(payout_id, account_id, attempt=2)

    with pytest.raises(errors.RefusedError) as caught:
        payouts.find_transfer(payout_id=payout_id, transfer_group=GROUP)

    assert caught.value.reason == "paid_twice"


def test_a_refused_attempt_stays_refused_and_the_next_one_goes_out(linked: Running) -> None:
    """Money that is pending is ours too; it only cannot be sent yet."""
    payout_id, account_id = uuid7(), _payee(linked)
    with pytest.raises(errors.InsufficientFundsError):
        _send(payout_id, account_id)
    _fund()

    with pytest.raises(errors.InsufficientFundsError):
        _send(payout_id, account_id)

    assert _send(payout_id, account_id, attempt=2).amount_minor == 900


def test_a_payee_that_is_not_ready_is_not_paid(linked: Running) -> None:
    _fund()

    with pytest.raises(errors.PayeeNotReadyError):
        _send(uuid7(), _payee(linked, ready=False))
    with pytest.raises(errors.NotFoundError):
        _send(uuid7(), "acct_closed")

    assert available(linked) == 10_000


def test_the_same_payout_with_another_amount_is_a_fault_of_ours(linked: Running) -> None:
    _fund()
    payout_id, account_id = uuid7(), _payee(linked)
    _send(payout_id, account_id, amount_minor=900)

    with pytest.raises(errors.KeyConflictError):
        _send(payout_id, account_id, amount_minor=901)


def test_a_reversal_comes_in_the_currency_of_its_transfer(linked: Running) -> None:
    """416 of one currency was once sent back against a transfer of 366 in another."""
    _fund()
    payout_id, account_id = uuid7(), _payee(linked)
    sent = _send(payout_id, account_id)

    part = payouts.reverse(payout_id=payout_id, transfer_id=sent.transfer_id, amount_minor=400, attempt=1)
    again = payouts.reverse(payout_id=payout_id, transfer_id=sent.transfer_id, amount_minor=400, attempt=1)
    found = payouts.find_transfer(payout_id=payout_id, transfer_group=GROUP)
    rest = payouts.reverse(payout_id=payout_id, transfer_id=sent.transfer_id, attempt=2)

    assert part == again
    assert (part.amount_minor, part.currency, rest.amount_minor) == (400, "EUR", 500)
    assert found is not None
    assert found.reversed_minor == 400
    assert payouts.find_transfer(payout_id=payout_id, transfer_group=GROUP) is None  # all of it is back: owed again
    with pytest.raises(errors.RefusedError):
        payouts.reverse(payout_id=payout_id, transfer_id=sent.transfer_id, amount_minor=1, attempt=3)


def test_the_balance_shows_what_is_available_and_what_is_only_pending(linked: Running) -> None:
    """Counting only available money raises false alarms; a currency never held is simply not there."""
    from tests.helpers.checkout import charged

    _fund(10_000, "EUR")
    linked.lever("pending", seconds=3600)
    charged(linked, 5000, currency="usd")

    assert payouts.balance() == (
        payouts.Funds(currency="EUR", available_minor=10_000, pending_minor=0),
        payouts.Funds(currency="USD", available_minor=0, pending_minor=4825),
    )
