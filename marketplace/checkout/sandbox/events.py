"""What happened, told to whoever asks or subscribed: event objects and the deliveries that they owe."""

from __future__ import annotations

import copy
import json
from typing import Any

from marketplace.checkout.sandbox.store import Object, Store

API_VERSION = "2026-10-28.endive"


def emit(store: Store, kind: str, thing: Object, *, account: str | None = None) -> Object:
    """Write the event in the caller's transaction, with one delivery for each endpoint that wants it."""
    endpoints = [e for e in store.every("webhook_endpoint") if e["status"] == "enabled" and wants(e, kind)]
    event: Object = {
        "id": store.new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": store.now(),
        "data": {"object": shown(thing)},
        "livemode": False,
        "pending_webhooks": len(endpoints),
        "request": dict(store.request),
        "type": kind,
    }
    if account is not None:
        event["account"] = account
    store.put(event)
    for endpoint in endpoints:
        _owe(store, event["id"], endpoint["id"])
    return event


def wants(endpoint: Object, kind: str) -> bool:
    """Whether an endpoint asked for this kind of event."""
    return "*" in endpoint["enabled_events"] or kind in endpoint["enabled_events"]


def _owe(store: Store, event_id: str, endpoint_id: str) -> None:
    chaos = store.setting("webhooks", {})
    if (drops := chaos.get("drop", 0)) > 0:
        store.set("webhooks", {**chaos, "drop": drops - 1})
        return
    # Tests and demos look for trouble here: twice, late, or later than what came after it.
    copies = 2 if chaos.get("duplicate") else 1
    delay = float(chaos.get("delay_s", 0.0))
    if chaos.get("reorder"):
        owed = store.sql("select count(*) from delivery")[0][0]
        delay += 0.4 if owed % 2 == 0 else 0.0
    for copy_number in range(copies):
        store.sql(
            "insert into delivery (event_id, endpoint_id, due_at) values (?, ?, ?)",
            event_id,
            endpoint_id,
            store.wall() + delay + 0.05 * copy_number,
        )


def shown(thing: Any) -> Any:
    """A copy without what is ours alone."""
    if isinstance(thing, dict):
        return {name: shown(value) for name, value in thing.items() if not name.startswith("_")}
    if isinstance(thing, list):
        return [shown(value) for value in thing]
    return copy.copy(thing)


def payload(event: Object) -> bytes:
    """The bytes that are signed and sent; the same for every attempt."""
    return json.dumps(shown(event), indent=2).encode()
