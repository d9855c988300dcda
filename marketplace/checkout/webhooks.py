"""The inbox: what the payment processor tells us, believed only when signed, and acted upon once.

Delivery is at least once and in no order. The event's row and its effect commit together: a repeated event finds its
row and does nothing, a failed one has no effect and is sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, TypeAlias

import stripe
import structlog
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ledger.gateways.processor import credentials
from marketplace.checkout.models import StripeEvent

log = structlog.get_logger(__name__)

TOLERANCE_S = 300
BODY_BYTES_MAX = 1_000_000

Handler: TypeAlias = Callable[[dict[str, Any]], None]
Outcome: TypeAlias = Literal["handled", "recorded", "repeated", "contradicted"]
_HANDLERS: dict[str, list[Handler]] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register a function for one type of event; it runs inside the inbox's transaction.

    It compares state and never counts: distinct events may tell the same fact, late and out of order.
    """

    def register(handler: Handler) -> Handler:
        known = _HANDLERS.setdefault(kind, [])
        if handler not in known:
            known.append(handler)
        return handler

    return register


@cache
def _load_handlers() -> None:
    """Every app's `handlers` module, at the first event: by then everything that they import is there."""
    autodiscover_modules("handlers")


class BadSignatureError(Exception):
    """The body was not signed by the processor, or not lately."""


def verified(body: bytes, header: str) -> dict[str, Any]:
    """The event in `body`, if the signature over the raw bytes holds under one of our secrets.

    Raises
    ------
    BadSignatureError
        If none of them made it, or it is older than `TOLERANCE_S`.
    """
    for secret in credentials().webhook_secrets:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE_S)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        return _event(body)
    raise BadSignatureError


def _event(body: bytes) -> dict[str, Any]:
    event = json.loads(body)
    if not (isinstance(event, dict) and isinstance(event.get("id"), str) and isinstance(event.get("type"), str)):
        raise BadSignatureError
    return event


def receive(event: dict[str, Any]) -> Outcome:
    """Write the event down and act upon it, both or neither.

    Raises whatever a handler raises: then there is no effect, the row only says what went wrong, and the event, which
    the processor sends again, is tried again.
    """
    try:
        return _receive(event)
    except Exception as error:
        log.exception("stripe.event.failed", id=event["id"], type=event["type"])
        _note_failure(event, f"{type(error).__name__}: {error}")
        raise


@transaction.atomic
def _receive(event: dict[str, Any]) -> Outcome:
    # The insert waits for another worker that is busy with the same event, and then finds its row.
    row, new = StripeEvent.objects.select_for_update().get_or_create(id=event["id"], defaults=_fields(event))
    if row.body_hash != _hash(event):
        return _contradicted(row, event)
    _load_handlers()
    handlers = _HANDLERS.get(event["type"], [])
    if row.handled_at is not None or not (new or handlers):
        return "repeated"
    for handler in handlers:
        handler(event)
    if handlers:
        row.handled_at, row.error = timezone.now(), ""
        row.save(update_fields=["handled_at", "error"])
    log.info("stripe.event", id=event["id"], type=event["type"], handlers=len(handlers))
    return "handled" if handlers else "recorded"


def _fields(event: dict[str, Any]) -> dict[str, Any]:
    return {"type": event["type"], "payload": event, "body_hash": _hash(event)}


def _note_failure(event: dict[str, Any], words: str) -> None:
    StripeEvent.objects.update_or_create(
        id=event["id"], defaults={"error": words[:2000]}, create_defaults={**_fields(event), "error": words[:2000]}
    )


def _contradicted(row: StripeEvent, event: dict[str, Any]) -> Outcome:
    # One id is one fact: a second story under it is a fault at the processor, or a forgery with the right secret.
    log.error("stripe.event.contradicted", id=row.id, type=row.type, first=row.body_hash, second=_hash(event))
    row.error = f"came again with another body ({_hash(event)}) at {timezone.now().isoformat()}"
    row.save(update_fields=["error"])
    return "contradicted"


def _hash(event: dict[str, Any]) -> str:
    """What an event says; how many deliveries are still owed is no part of it, and changes from one to the next."""
    said = {name: value for name, value in event.items() if name != "pending_webhooks"}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """The address that the processor posts to: 200 when the event is ours for good, else it comes again."""
    if int(request.headers.get("Content-Length") or 0) > BODY_BYTES_MAX:
        return HttpResponse(status=413)
    try:
        event = verified(request.body, request.headers.get("Stripe-Signature", ""))
    except (BadSignatureError, json.JSONDecodeError):
        log.warning("stripe.webhook.refused")
        return HttpResponse(status=400)
    outcome = receive(event)
    return HttpResponse(outcome, content_type="text/plain")
