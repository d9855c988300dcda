"""The balance: what came in, what it cost, what is available and what is not yet.

Every movement is a balance transaction; `funds` and `pending` are its running sums, one account and currency at a time.
"""

from __future__ import annotations

from typing import Any

from marketplace.checkout.sandbox.errors import Refusal
from marketplace.checkout.sandbox.store import Object, Store

PLATFORM = "platform"
FEE_PPM = 29_000
FEE_FIXED_MINOR = 30
DISPUTE_FEE_MINOR = 1500
CHARGE_MINOR_MIN = 50
CHARGE_MINOR_MAX = 99_999_999


def processing_fee_minor(amount_minor: int) -> int:
    """2.9 % rounded half up, and 30 minor units, in whatever currency."""
    return (amount_minor * FEE_PPM + 500_000) // 1_000_000 + FEE_FIXED_MINOR


def move(
    store: Store,
    *,
    kind: str,
    source: str,
    amount: int,
    currency: str,
    fee: int = 0,
    fee_words: str = "Processing fee",
    category: str | None = None,
    account: str = PLATFORM,
    available_on: int | None = None,
) -> Object:
    """Write one balance transaction and move the running sums; amounts are signed minor units."""
    now = store.now()
    due = now if available_on is None else available_on
    details = [
        {"amount": fee, "application": None, "currency": currency, "description": fee_words, "type": "stripe_fee"}
    ]
    entry: Object = {
        "id": store.new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": due,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source,
        "status": "available" if due <= now else "pending",
        "type": kind,
        "_account": account,
    }
    if due <= now:
        _add(store, account, currency, entry["net"])
    else:
        store.sql(
            "insert into pending (account, currency, amount, available_on) values (?, ?, ?, ?)",
            account,
            currency,
            entry["net"],
            due,
        )
    return store.put(entry, due_at=due if due > now else None)


def _add(store: Store, account: str, currency: str, amount: int) -> None:
    store.sql(
        "insert into funds values (?, ?, ?)"
        " on conflict (account, currency) do update set amount = amount + excluded.amount",
        account,
        currency,
        amount,
    )


def mature(store: Store, *, all_of_it: bool = False) -> None:
    """Make pending money available where its day has come (or all of it, on demand)."""
    now = store.now()
    limit = 2**62 if all_of_it else now
    for account, currency, amount in store.sql(
        "delete from pending where available_on <= ? returning account, currency, amount", limit
    ):
        _add(store, account, currency, amount)
    for entry in store.every("balance_transaction") if all_of_it else store.due("balance_transaction"):
        if entry["status"] == "pending":
            store.put({**entry, "status": "available", "available_on": min(entry["available_on"], now)})


def available_minor(store: Store, currency: str, *, account: str = PLATFORM) -> int:
    """What may be spent now, in one currency."""
    mature(store)
    rows = store.sql("select amount from funds where account = ? and currency = ?", account, currency)
    return int(rows[0][0]) if rows else 0


def need(store: Store, amount: int, currency: str, *, account: str = PLATFORM) -> None:
    """Refuse to spend what is not there."""
    if available_minor(store, currency, account=account) < amount:
        raise Refusal(
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
            "balance by creating Charges using the 4000000000000077 test card.",
            code="balance_insufficient",
            kept=True,
        )


def balance(store: Store, *, account: str = PLATFORM) -> Object:
    """The balance object: one row a currency, available beside pending."""
    mature(store)
    available = dict(store.sql("select currency, amount from funds where account = ?", account))
    waiting = dict(store.sql("select currency, sum(amount) from pending where account = ? group by currency", account))
    currencies = sorted(available.keys() | waiting.keys()) or ["usd"]
    return {
        "object": "balance",
        "available": [_row(available.get(currency, 0), currency) for currency in currencies],
        "livemode": False,
        "pending": [_row(waiting.get(currency, 0), currency) for currency in currencies],
    }


def _row(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}
