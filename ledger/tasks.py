"""What runs by the clock: the relay and the checkpoint, each every second (Celery beat)."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from ledger.services import checkpoints, dispatch, outbox
from ledger.services.settlements import payouts


@shared_task(name="ledger.relay", ignore_result=True, expires=5)
def relay() -> int:
    """Put on the queue every job and outbox row that is open and not there."""
    return dispatch.relay()


@shared_task(name="ledger.checkpoint", ignore_result=True, expires=5)
def checkpoint() -> None:
    """Sign the log as it is now, if events are new."""
    checkpoints.checkpoint()


@shared_task(name=payouts.PAY_TASK)
def pay(outbox_id: str) -> None:
    """Pay one payout of the outbox."""
    with outbox.running(UUID(outbox_id)) as payload:
        if payload is not None:
            payouts.pay(UUID(payload["payout_id"]), again=payload.get("again", False))
