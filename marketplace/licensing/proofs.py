"""Receipts at the door: who may take one, and checking one that somebody brings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain import verify as offline
from ledger.services import log_keys
from marketplace.accounts.models import User
from marketplace.accounts.permissions import may

RECEIPT_BYTES_MAX = 64 * 1024
PAPER_BYTES_MAX = 32 * 1024 * 1024
"""A statement of a hundred thousand lines as CSV."""
OPEN_KINDS = (
    events.ElementCreated,
    events.ElementEdited,
    events.ElementDerived,
    events.ElementGenerated,
    events.ElementProcessed,
    events.ElementIdentified,
    events.ElementIdentifierWithdrawn,
    events.SplitTookEffect,
    events.ListingPublished,
    events.ListingRepriced,
    events.ListingWithdrawn,
    events.RoleCorrected,
    events.PackPublished,
    events.PackRepriced,
    events.PackWithdrawn,
    events.ModelRegistered,
    events.DerivationTermsPublished,
)
"""What provenance shows to everybody anyway: who made what of what, and who earns from it."""
PDF_BEGIN, CSV_BEGIN = b"%PDF-", b"statement,"
SPLIT_KINDS = (events.SplitProposed, events.SplitAccepted, events.SplitRefused, events.SplitWithdrawn)
"""Who said what about a split: for everyone who has, or was offered, a part in the element."""
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
    event_id: UUID | None = None


def may_read(user: User | AnonymousUser, record: ledger.Record) -> bool:
    """Whether this person gets the receipt who asks for it by the event's id."""
    return isinstance(record.event, LINKED_KINDS) or is_shown(user, record)


def is_shown(user: User | AnonymousUser, record: ledger.Record) -> bool:
    """Whether a page lists the receipt: open kinds to all, others to staff, the actor and the parties named."""
    if isinstance(record.event, OPEN_KINDS):
        return True
    if not isinstance(user, User):
        return False
    if isinstance(record.event, SPLIT_KINDS) and ledger.has_part(user.party_id, record.event.element_id):
        return True
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


def check_upload(upload: UploadedFile[bytes] | None) -> Verdict:
    """Whatever somebody dropped: a paper that the ledger knows by its hash, or else a receipt."""
    if upload is None or upload.size is None or upload.size > PAPER_BYTES_MAX:
        return Verdict(good=False, words=_("Choose a receipt (.tlog-proof) or a statement (PDF or CSV)."))
    data = upload.read()
    known = check_paper(data)
    if known is not None:
        return known
    if data.startswith((PDF_BEGIN, CSV_BEGIN)) or len(data) > RECEIPT_BYTES_MAX:
        return Verdict(good=False, words=_("The ledger does not know this file: it was changed, or is not ours."))
    return check(data)


def check_paper(data: bytes) -> Verdict | None:
    """Which statement a file is of, by its hash; None if the ledger knows no such file."""
    files = ledger.statement_of_file(sha256(data).hexdigest())
    record = ledger.event_at(files.position) if files is not None else None
    if files is None or record is None:
        return None
    return Verdict(
        good=True,
        words=_("This is the file that was handed out, byte for byte; its hash is in the ledger."),
        kind=record.event.kind,
        at=f"{record.at:%Y-%m-%dT%H:%M:%SZ}",
        position=record.position,
        body=dict(record.event.body()),
        event_id=record.event_id,
    )


def check(data: bytes) -> Verdict:
    """Verify a receipt against this log's public keys, with the same code that runs offline."""
    keys = "\n".join(str(key) for key in log_keys.public_keys())
    try:
        text = data.decode()
        offline.check(text, keys)
        leaf, position, _path, _checkpoint = offline.parse_receipt(text)
        if leaf.startswith(offline.SEALED):
            return Verdict(
                good=True,
                words=_(
                    "An event with this hash is in the ledger. This receipt is sealed: it does not show the event."
                ),
                position=position,
                body={"leaf_hash": offline.proved_hash(leaf).hex()},
            )
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
