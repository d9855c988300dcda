"""The levers behind the counter: pay without a browser, and make things go wrong in the ways they do.

Each verb takes plain parameters and answers with an object. Tests and demos call them at `/control/api/<verb>` with the
sandbox's key; the control page has a form for some of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.checkout.sandbox import billing, connect, disputes, money, refunds, sessions
from marketplace.checkout.sandbox.errors import Refusal, invalid
from marketplace.checkout.sandbox.forms import choice, whole, words
from marketplace.checkout.sandbox.store import Object, Store

Verb = Callable[[Store, dict[str, Any]], Object]
FAULTS = ("error_before", "error_after", "lost_response", "rate_limit", "slow")


def pay(store: Store, params: dict[str, Any]) -> Object:
    """Pay a session as its page would: `session`, `card` (number), `email`."""
    number = words(params, "card", "4242424242424242").replace(" ", "")
    return sessions.pay_session(store, words(params, "session"), number=number, email=params.get("email"))


def expire(store: Store, params: dict[str, Any]) -> Object:
    """Let a session run out: `session`."""
    return sessions.expire_session(store, words(params, "session"))


def fault(store: Store, params: dict[str, Any]) -> Object:
    """Make the next `times` requests that start with `match` (as "POST /v1/transfers") fail: `mode`, `delay_ms`.

    error_before: 500, nothing done. error_after: done, but 500. lost_response: done, and the connection breaks.
    rate_limit: 429, nothing done. slow: done after `delay_ms`.
    """
    faults = store.setting("faults", [])
    faults.append(
        {
            "mode": choice(params, "mode", FAULTS),
            "times": whole(params, "times", 1, least=1),
            "match": words(params, "match", "POST /v1/"),
            "delay_ms": whole(params, "delay_ms", 0, least=0),
        }
    )
    store.set("faults", faults)
    return {"faults": faults}


def take_fault(store: Store, line: str) -> dict[str, Any] | None:
    """The fault that is laid for a request line, used up once."""
    faults = store.setting("faults", [])
    for one in faults:
        if line.startswith(one["match"]):
            one["times"] -= 1
            store.set("faults", [kept for kept in faults if kept["times"] > 0])
            return dict(one)
    return None


def webhooks(store: Store, params: dict[str, Any]) -> Object:
    """How deliveries go wrong from now on: `duplicate` 0/1, `reorder` 0/1, `delay_ms`, `drop` (the next so many)."""
    chaos: Object = {
        "duplicate": bool(whole(params, "duplicate", 0)),
        "reorder": bool(whole(params, "reorder", 0)),
        "delay_s": whole(params, "delay_ms", 0, least=0) / 1000,
        "drop": whole(params, "drop", 0, least=0),
    }
    store.set("webhooks", chaos)
    return chaos


def resend(store: Store, params: dict[str, Any]) -> Object:
    """Send an event again to every endpoint: `event`."""
    event = store.get("event", words(params, "event"))
    for endpoint in store.every("webhook_endpoint"):
        store.sql(
            "insert into delivery (event_id, endpoint_id, due_at) values (?, ?, ?)",
            event["id"],
            endpoint["id"],
            store.wall(),
        )
    return event


def deliveries(store: Store, params: dict[str, Any]) -> Object:
    """Every delivery and how it went."""
    names = ("event", "state", "attempts", "last_status")
    rows = store.sql("select event_id, state, attempts, last_status from delivery order by seq desc limit 200")
    return {"data": [dict(zip(names, row, strict=True)) for row in rows]}


def dispute(store: Store, params: dict[str, Any]) -> Object:
    """Open a dispute: `charge`, `reason`."""
    return disputes.open_dispute(store, words(params, "charge"), reason=words(params, "reason", "fraudulent"))


def close_dispute(store: Store, params: dict[str, Any]) -> Object:
    """Decide a dispute: `dispute`, `outcome` (won, lost)."""
    outcome = choice(params, "outcome", ("won", "lost"))
    found = store.get("dispute", words(params, "dispute"))
    return disputes.close_dispute(store, found, "won" if outcome == "won" else "lost")


def fail_refund(store: Store, params: dict[str, Any]) -> Object:
    """Let a refund come back: `refund`."""
    return refunds.fail_refund(store, store.get("refund", words(params, "refund")))


def capability(store: Store, params: dict[str, Any]) -> Object:
    """Set a capability of an account: `account`, `name`, `status` (active, inactive, pending)."""
    account = store.get("account", words(params, "account"))
    status = choice(params, "status", ("active", "inactive", "pending"))
    return connect.set_capability(store, account, words(params, "name", "transfers"), status)


def onboard(store: Store, params: dict[str, Any]) -> Object:
    """Go through an account's onboarding at once: `account`."""
    return connect.onboard(store, store.get("account", words(params, "account")))


def renew(store: Store, params: dict[str, Any]) -> Object:
    """Come to the end of a subscription's period: `subscription`."""
    return billing.renew(store, store.get("subscription", words(params, "subscription")))


def cancel(store: Store, params: dict[str, Any]) -> Object:
    """End a subscription now: `subscription`."""
    return billing.cancel(store, store.get("subscription", words(params, "subscription")))


def pending(store: Store, params: dict[str, Any]) -> Object:
    """How long the money of a charge stays pending from now on: `seconds`."""
    store.set("pending_s", whole(params, "seconds", 0, least=0))
    return {"pending_s": store.setting("pending_s")}


def settle(store: Store, params: dict[str, Any]) -> Object:
    """Make all pending money available."""
    money.mature(store, all_of_it=True)
    return money.balance(store)


VERBS: dict[str, Verb] = {
    verb.__name__: verb
    for verb in (
        pay, expire, fault, webhooks, resend, deliveries, dispute, close_dispute, fail_refund, capability, onboard,
        renew, cancel, pending, settle,
    )
}  # fmt: skip


def run(store: Store, verb: str, params: dict[str, Any]) -> Object:
    """Pull one lever."""
    if verb not in VERBS:
        raise Refusal(f"No such lever: {verb}. There are {', '.join(sorted(VERBS))}.", status=404)
    if not isinstance(params, dict):
        raise invalid("Parameters must be an object.", "params")
    return VERBS[verb](store, params)
