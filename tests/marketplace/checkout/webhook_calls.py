"""What the processor would tell the site: its own events, signed, through the real address and in any order."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from django.test import Client

from marketplace.checkout.sandbox.delivery import payload
from tests.helpers.sandbox import Running


def events(sandbox: Running) -> list[dict[str, Any]]:
    """Everything that has happened at the processor, oldest first."""
    headers = {"authorization": f"Bearer {sandbox.keys.secret_key}"}
    answer = sandbox.request("GET", "/v1/events?limit=100", headers=headers)
    newest_first: list[dict[str, Any]] = json.loads(answer.text)["data"]
    return newest_first[::-1]


def tell(sandbox: Running, event: dict[str, Any]) -> int:
    """Deliver one event; the site's status."""
    body, moment = payload(event), int(time.time())
    mac = hmac.new(sandbox.keys.webhook_secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    signed = {"Stripe-Signature": f"t={moment},v1={mac}"}
    return Client().post("/stripe/webhook/", body, content_type="application/json", headers=signed).status_code
