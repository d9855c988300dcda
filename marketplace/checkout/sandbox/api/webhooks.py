"""Events, and the addresses that are told of them, over HTTP."""

from __future__ import annotations

import secrets

from marketplace.checkout.sandbox.calls import Call, route
from marketplace.checkout.sandbox.errors import invalid
from marketplace.checkout.sandbox.events import API_VERSION
from marketplace.checkout.sandbox.forms import web_address
from marketplace.checkout.sandbox.store import Object


@route("GET", "/v1/events")
def list_events(call: Call) -> Object:
    """What happened, newest first: the net under the webhooks."""
    return call.listed("event", "/v1/events", "type")


@route("GET", "/v1/events/*")
def get_event(call: Call) -> Object:
    """One event."""
    call.only()
    return call.store.get("event", call.ids[0])


@route("POST", "/v1/webhook_endpoints")
def create_endpoint(call: Call) -> Object:
    """Ask for events at an address; the answer holds the signing secret, this once."""
    params = call.only("url", "enabled_events", "description", "metadata", "api_version", "connect")
    kinds = params.get("enabled_events")
    if not isinstance(kinds, list) or not kinds:
        raise invalid("Missing required param: enabled_events.", "enabled_events", code="parameter_missing")
    secret = "whsec_" + secrets.token_urlsafe(24)
    endpoint = endpoint_of(call, web_address(params, "url"), kinds, secret)
    return {**endpoint, "secret": secret}


def endpoint_of(call: Call, url: str, kinds: list[str], secret: str, endpoint_id: str | None = None) -> Object:
    """Write an endpoint down."""
    return call.store.put(
        {
            "id": endpoint_id or call.store.new_id("we"),
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "created": call.store.now(),
            "description": None,
            "enabled_events": kinds,
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": url,
            "_secret": secret,
        }
    )


@route("GET", "/v1/webhook_endpoints")
def list_endpoints(call: Call) -> Object:
    """Addresses that are told."""
    return call.listed("webhook_endpoint", "/v1/webhook_endpoints")


@route("DELETE", "/v1/webhook_endpoints/*")
def delete_endpoint(call: Call) -> Object:
    """Stop telling an address."""
    endpoint = call.store.get("webhook_endpoint", call.ids[0])
    call.store.sql("delete from object where id = ?", endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
