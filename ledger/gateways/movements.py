"""The processor's own books, for reconciliation: transfers of a run, and every movement of the platform's balance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.gateways.processor import client, plain, translated

KNOWN_TYPES = frozenset(
    {
        "adjustment",
        "application_fee",
        "application_fee_refund",
        "charge",
        "connect_collection_transfer",
        "payment",
        "payment_failure_refund",
        "payment_refund",
        "payment_reversal",
        "payout",
        "payout_cancel",
        "payout_failure",
        "refund",
        "refund_failure",
        "reserve_hold",
        "reserve_release",
        "reserve_transaction",
        "reserved_funds",
        "stripe_fee",
        "stripe_fx_fee",
        "tax_fee",
        "topup",
        "topup_reversal",
        "transfer",
        "transfer_cancel",
        "transfer_failure",
        "transfer_refund",
    }
)
"""Types of balance transactions that we know the meaning of; any other is for a person to look at."""

TRANSFER_TYPES = frozenset({"transfer", "transfer_cancel", "transfer_failure", "transfer_refund"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A transfer as the processor has it, with what its metadata says it pays."""

    transfer_id: str
    payout_id: str
    account_id: str
    amount_minor: int
    reversed_minor: int
    currency: str
    balance_transaction_id: str
    reversal_ids: tuple[str, ...]
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One balance transaction: signed amounts, `source_id` is the object that caused it."""

    movement_id: str
    type: str
    source_id: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    status: str
    created_at: dt.datetime


def transfers_of(*, transfer_group: str) -> list[Sent]:
    """Every transfer of a group, oldest first."""
    with translated():
        page = client().v1.transfers.list({"transfer_group": transfer_group, "limit": 100})
        found = [_sent(one) for one in page.auto_paging_iter()]
    return sorted(found, key=lambda one: (one.created_at, one.transfer_id))


def movements(*, begin: dt.datetime, end: dt.datetime) -> Iterator[Movement]:
    """Every movement of the platform's balance within a time, newest first, page by page as they are asked for.

    Raises
    ------
    GatewayError
        While it is read, if the processor does not answer.
    """
    params: dict[str, Any] = {"created": {"gte": int(begin.timestamp()), "lte": int(end.timestamp())}, "limit": 100}
    with translated():
        page = client().v1.balance_transactions.list(params)  # type: ignore[arg-type]
        for one in page.auto_paging_iter():
            yield _movement(one)


def _sent(one: Any) -> Sent:
    metadata: Mapping[str, str] = plain(one.metadata)
    return Sent(
        transfer_id=one.id,
        payout_id=metadata.get("payout_id", ""),
        account_id=_id(one.destination),
        amount_minor=one.amount,
        reversed_minor=one.amount_reversed,
        currency=one.currency.upper(),
        balance_transaction_id=_id(one.balance_transaction),
        reversal_ids=tuple(reversal.id for reversal in one.reversals.data) if one.reversals else (),
        created_at=dt.datetime.fromtimestamp(one.created, dt.UTC),
    )


def _movement(one: Any) -> Movement:
    return Movement(
        movement_id=one.id,
        type=one.type,
        source_id=_id(one.source),
        amount_minor=one.amount,
        fee_minor=one.fee,
        net_minor=one.net,
        currency=one.currency.upper(),
        status=one.status,
        created_at=dt.datetime.fromtimestamp(one.created, dt.UTC),
    )


def _id(value: Any) -> str:
    """The id of an object that may be given whole, as its id, or not at all."""
    return "" if value is None else value if isinstance(value, str) else str(value.id)
