"""Receipts at the door: who may take one, and checking one that somebody brings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain import verify as offline
from ledger.services import log_keys
from marketplace.accounts.models import User
from marketplace.accounts.permissions import may

RECEIPT_BYTES_MAX = 64 * 1024
OPEN_KINDS = (
    events.ElementCreated,
    events.ElementEdited,
    events.ElementDerived,
    events.ElementGenerated,
    events.SplitTookEffect,
    events.ListingPublished,
    events.ListingRepriced,
    events.ListingWithdrawn,
    events.ModelRegistered,
)
"""What provenance shows to everybody anyway: who made what of what, and who earns from it."""
LINKED_KINDS = (events.LicenceGranted, events.LicenceRevoked)
"""Whoever has a certificate's link may check it; the link is its holder's to give away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What checking a receipt found."""

    good: bool
    words: str
    kind: str = ""
    at: str = ""
    position: int | None = None
    body: dict[str, Any] | None = None


def may_read(user: User | AnonymousUser, record: ledger.Record) -> bool:
    """Whether this person gets the receipt who asks for it by the event's id."""
    return isinstance(record.event, LINKED_KINDS) or is_shown(user, record)


def is_shown(user: User | AnonymousUser, record: ledger.Record) -> bool:
    """Whether a page lists the receipt: open kinds to all, others to staff, the actor and the parties named."""
    if isinstance(record.event, OPEN_KINDS):
        return True
    if not isinstance(user, User):
        return False
    return may(user, "settlement.read") or record.actor_id == user.party_id or _names(record.event, user.party_id)


def _names(event: events.Event, party_id: UUID) -> bool:
    """Whether the party stands anywhere in the event's body."""

    def inside(value: Any) -> bool:
        if isinstance(value, dict):
            return any(inside(item) for item in value.values())
        if isinstance(value, list):
            return any(inside(item) for item in value)
        return bool(value == str(party_id))

    return inside(event.body())


def check(data: bytes) -> Verdict:
    """Verify a receipt against this log's public keys, with the same code that runs offline."""
    keys = "\n".join(str(key) for key in log_keys.public_keys())
    try:
        text = data.decode()
        offline.check(text, keys)
        leaf, position, _path, _checkpoint = offline.parse_receipt(text)
        fact = json.loads(leaf)
    except UnicodeDecodeError:
        return Verdict(good=False, words="This is no receipt: it is not even text.")
    except offline.NotProvedError as error:
        return Verdict(good=False, words=f"Not proved: {error}")
    return Verdict(
        good=True,
        words="This event is in the ledger.",
        kind=fact["kind"],
        at=fact["at"],
        position=position,
        body=fact["body"],
    )
