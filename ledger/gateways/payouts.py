"""Money out: connected accounts, and the transfers that pay them.

Separate charges and transfers: one sale has many payees, known late, so a transfer belongs to a payout of the ledger
and not to a charge. Every transfer carries `transfer_group` and metadata by which it is found again when an answer was
lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger.gateways import errors
from ledger.gateways.processor import client, plain, request_key, translated

if TYPE_CHECKING:
    import stripe

KEY_LIFE = dt.timedelta(hours=24)
"""How long the processor remembers a key. A call whose outcome is older than this is looked for, never sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """Whether a payee can be paid, and what is missing if not."""

    account_id: str
    transfers_active: bool
    payouts_enabled: bool
    details_submitted: bool
    currently_due: tuple[str, ...]
    disabled_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money sent to a connected account; `reversed_minor` of it came back."""

    transfer_id: str
    account_id: str
    amount_minor: int
    reversed_minor: int
    currency: str
    transfer_group: str
    metadata: Mapping[str, str]
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Money taken back from a connected account."""

    reversal_id: str
    transfer_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """The platform's balance in one currency: pending money is ours too, but cannot be sent yet."""

    currency: str
    available_minor: int
    pending_minor: int


# ---------------------------------------------------------------------------------------------------- accounts
def create_account(*, party_id: UUID, email: str, country: str = "US", attempt: int = 1) -> str:
    """Open a connected account for a party; returns its id. The same attempt gives the same account.

    `transfers` is asked for together with `card_payments`: alone it needs the recipient agreement, which the processor
    does not grant in every region.
    """
    with translated():
        account = client().v1.accounts.create(
            {
                "country": country,
                "email": email,
                "controller": {
                    "fees": {"payer": "application"},
                    "losses": {"payments": "application"},
                    "stripe_dashboard": {"type": "express"},
                },
                "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
                "metadata": {"party_id": str(party_id)},
            },
            {"idempotency_key": request_key(party_id, "account", attempt)},
        )
    return account.id


def onboarding_link(*, account_id: str, return_url: str, refresh_url: str) -> str:
    """An address where the payee tells the processor who they are; it works once and not for long."""
    with translated():
        link = client().v1.account_links.create(
            {
                "account": account_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
            }
        )
    return link.url


def account_status(*, account_id: str) -> AccountStatus:
    """How the account stands now: coming back from the onboarding page says nothing, this does."""
    with translated():
        account = client().v1.accounts.retrieve(account_id)
    capabilities, requirements = account.capabilities, account.requirements
    return AccountStatus(
        account_id=account.id,
        transfers_active=getattr(capabilities, "transfers", None) == "active",
        payouts_enabled=bool(account.payouts_enabled),
        details_submitted=bool(account.details_submitted),
        currently_due=tuple((requirements.currently_due or []) if requirements is not None else []),
        disabled_reason=(requirements.disabled_reason or "") if requirements is not None else "",
    )


# --------------------------------------------------------------------------------------------------- transfers
def transfer(
    *,
    payout_id: UUID,
    account_id: str,
    amount_minor: int,
    currency: str,
    transfer_group: str,
    metadata: Mapping[str, str] | None = None,
    attempt: int = 1,
) -> Transfer:
    """Pay one payout. The same attempt, repeated, is one transfer; a new attempt may only follow a refusal.

    Raises
    ------
    InsufficientFundsError, PayeeNotReadyError, RefusedError, TryLaterError
        Nothing was sent.
    OutcomeUnknownError
        It may have been sent: repeat the same attempt within `KEY_LIFE`, or ask `find_transfer`.
    """
    with translated():
        sent = client().v1.transfers.create(
            {
                "amount": amount_minor,
                "currency": currency.lower(),
                "destination": account_id,
                "transfer_group": transfer_group,
                "metadata": {**(metadata or {}), "payout_id": str(payout_id)},
            },
            {"idempotency_key": request_key(payout_id, "transfer", attempt)},
        )
    return _transfer(sent)


def find_transfer(*, payout_id: UUID, transfer_group: str) -> Transfer | None:
    """The transfer of a payout, looked for at the processor by group and metadata; None if none stands.

    One that was taken back whole does not count: the payout it was for is owed again.

    Raises
    ------
    RefusedError
        If there is more than one: somebody was paid twice, and a person must look.
    """
    with translated():
        page = client().v1.transfers.list({"transfer_group": transfer_group, "limit": 100})
        found = [
            one
            for one in page.auto_paging_iter()
            if plain(one.metadata).get("payout_id") == str(payout_id) and one.amount_reversed < one.amount
        ]
    if len(found) > 1:
        raise errors.RefusedError(f"payout {payout_id} has {len(found)} transfers", reason="paid_twice")
    return _transfer(found[0]) if found else None


def reverse(*, payout_id: UUID, transfer_id: str, amount_minor: int | None = None, attempt: int = 1) -> Reversal:
    """Take a transfer back, whole or in part, in the transfer's own currency.

    Raises
    ------
    InsufficientFundsError
        The account does not hold it any more; nothing was moved.
    RefusedError
        More than is left to reverse.
    """
    with translated():
        made = client().v1.transfers.reversals.create(
            transfer_id,
            {"metadata": {"payout_id": str(payout_id)}} | ({} if amount_minor is None else {"amount": amount_minor}),  # type: ignore[arg-type]
            {"idempotency_key": request_key(payout_id, "reversal", attempt)},
        )
    return Reversal(
        reversal_id=made.id,
        transfer_id=transfer_id,
        amount_minor=made.amount,
        currency=made.currency.upper(),
    )


def balance() -> tuple[Funds, ...]:
    """The platform's money at the processor, one entry a currency."""
    with translated():
        found = client().v1.balance.retrieve()
    available = {row.currency: row.amount for row in found.available}
    pending = {row.currency: row.amount for row in found.pending}
    return tuple(
        Funds(currency=code.upper(), available_minor=available.get(code, 0), pending_minor=pending.get(code, 0))
        for code in sorted(available.keys() | pending.keys())
    )


def top_up(*, topup_id: UUID, amount_minor: int, currency: str, reason: str) -> str:
    """Put the platform's own money into its balance at the processor; returns the processor's id."""
    with translated():
        made = client().v1.topups.create(
            {"amount": amount_minor, "currency": currency.lower(), "description": reason},
            {"idempotency_key": request_key(topup_id, "topup")},
        )
    return made.id


def _transfer(sent: stripe.Transfer) -> Transfer:
    destination: Any = sent.destination
    return Transfer(
        transfer_id=sent.id,
        account_id=destination if isinstance(destination, str) else destination.id,
        amount_minor=sent.amount,
        reversed_minor=sent.amount_reversed,
        currency=sent.currency.upper(),
        transfer_group=sent.transfer_group or "",
        metadata=plain(sent.metadata),
        created_at=dt.datetime.fromtimestamp(sent.created, dt.UTC),
    )
