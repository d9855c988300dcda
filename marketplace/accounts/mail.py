"""Mail: written to var/mail and shown on a page, unless a mail server is configured."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string

from ledger.services import outbox

MAIL_TASK = "marketplace.send_mail"
LETTERS_SHOWN_MAX = 200
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail that was written to disk."""

    name: str
    recipient: str
    subject: str
    text: str
    links: tuple[str, ...]


def queue(*, recipient: str, subject: str, template: str, context: dict[str, Any]) -> None:
    """Put a mail into the outbox, in the caller's transaction; a worker sends it once that commits."""
    text = render_to_string(f"mail/{template}.txt", {**context, "site_url": settings.SITE_URL})
    outbox.put(task=MAIL_TASK, payload={"recipient": recipient, "subject": subject, "text": text})


def deliver(*, recipient: str, subject: str, text: str) -> None:
    """Hand a mail to the configured backend (a folder by default)."""
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [recipient])


def send_invitation(address: str) -> None:
    """(Re)send the link that makes an invited address a party with an account."""
    link = invitation_link(address)
    if link:
        queue(
            recipient=address,
            subject="A share of a piece of music is yours",
            template="invitation",
            context={"link": link, "months": settings.ESCROW_MONTHS},
        )


def invitation_link(address: str) -> str:
    """The link that makes an invited address a party with an account; empty if nobody was invited there."""
    from marketplace.accounts import selectors, services

    party_id: UUID | None = selectors.invited(address)
    if party_id is None:
        return ""
    token = services.invitation_token(party_id=party_id, email=address)
    return f"{settings.SITE_URL}/sign-up/?invitation={token}"


def page_is_open(request: HttpRequest) -> bool:
    """Letters hold reset links: shown only on a site that lives on this very machine and has no mail server."""
    own_machine = urlsplit(settings.SITE_URL).hostname in LOOPBACK
    return not settings.EMAIL_IS_SMTP and own_machine and request.META.get("REMOTE_ADDR", "127.0.0.1") in LOOPBACK


def letters() -> list[Letter]:
    """The newest letters in var/mail, newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    if not folder.is_dir():
        return []
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[:LETTERS_SHOWN_MAX]
    return [_read(file) for file in files]


def _read(file: Path) -> Letter:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    body = message.get_body(preferencelist=("plain",))
    text = body.get_content() if body else ""
    text = text.split("\n" + "-" * 79)[0]
    links = tuple(word.strip("<>.,") for word in text.split() if word.startswith(("http://", "https://")))
    return Letter(name=file.stem, recipient=str(message["To"]), subject=str(message["Subject"]), text=text, links=links)
