"""Work that accounts leave to a worker."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from ledger.services import outbox
from marketplace.accounts import mail


@shared_task(name=mail.MAIL_TASK)  # type: ignore[untyped-decorator]
def send_mail(outbox_id: str) -> None:
    """Send one letter of the outbox; the row is done only once the backend took it."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            mail.deliver(**payload)
