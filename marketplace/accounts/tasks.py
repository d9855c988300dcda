"""Work that accounts leave to a worker."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from ledger.services import escrow, outbox
from marketplace.accounts import escrow_letters, mail


@shared_task(name=mail.MAIL_TASK)  # type: ignore[untyped-decorator]
def send_mail(outbox_id: str) -> None:
    """Send one letter of the outbox; the row is done only once the backend took it."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            mail.deliver(**payload)


@shared_task(name="marketplace.look_after_escrow")  # type: ignore[untyped-decorator]
def look_after_escrow() -> int:
    """Once a day: remind invited parties whose money goes on soon, and let go what has waited its time."""
    for party_id in escrow.to_remind():
        escrow_letters.remind(party_id)
    return escrow.expire_due()
