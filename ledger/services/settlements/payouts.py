"""Paying a released run: one transfer a statement, resumed after any interruption, never sent twice.

The intent (`payout.requested`) is written before the processor is called, the processor's idempotency key follows
from the payout's id, and an answer that got lost is looked up by the id that the transfer carries.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger.domain import events
from ledger.gateways import payouts as gateway
from ledger.gateways.errors import GatewayError, OutcomeUnknownError, PayeeNotReadyError, TryLaterError
from ledger.models import EventRow, PartyIdentity, Payout, PayoutTransfer
from ledger.services import log, outbox
from ledger.services.append import append
from ledger.services.settlements import runs

PAY_TASK = runs.PAY_TASK
OWED = ("requested", "failed")
PAYABLE_AGAIN = (*OWED, "reversed")
"""What came back is owed too, but only a person sends it out again."""


class PayoutOwedError(Exception):
    """The transfer did not go out; the money stays owed and the relay tries again."""


def pay(payout_id: UUID, *, again: bool = False) -> None:
    """Send what is owed, once; `again`: also what came back.

    Raises
    ------
    PayoutOwedError
        If the processor refused (`payout.failed` says why) or gave no answer (then nothing is said, and asked again).
    """
    payout = Payout.objects.get(payout_id=payout_id)
    if payout.state not in (PAYABLE_AGAIN if again else OWED):
        # Stopped between the payment and the end of its run: go on there.
        runs.close_if_paid(run_id=payout.run_id, actor_id=settings.PLATFORM_PARTY_ID)
        return
    try:
        transfer_id = _transfer(payout)
    except (OutcomeUnknownError, TryLaterError) as error:
        raise PayoutOwedError(f"{payout_id}: {error.code}") from error
    except GatewayError as error:
        _record_failure(payout, error.code)
        raise PayoutOwedError(f"{payout_id}: {error.code}") from error
    with transaction.atomic():
        if transfer_id:
            PayoutTransfer.objects.get_or_create(transfer_id=transfer_id, defaults={"payout_id": payout_id})
        append(
            events.PayoutPaid(
                payout_id=payout_id,
                party_id=payout.party_id,
                currency=payout.currency,
                gross_minor=payout.gross_minor,
                withheld_minor=payout.withheld_minor,
                payout_minor=payout.payout_minor,
            ),
            actor_id=settings.PLATFORM_PARTY_ID,
            key=f"payout.paid:{payout_id}" + (f":{payout.failures}" if payout.failures else ""),
        )
    runs.close_if_paid(run_id=payout.run_id, actor_id=settings.PLATFORM_PARTY_ID)


def _transfer(payout: Payout) -> str:
    """Send it; the processor's id of the transfer, empty if there was nothing to send."""
    if payout.payout_minor == 0:
        return ""  # all of it was withheld
    identity = PartyIdentity.objects.filter(party_id=payout.party_id).first()
    if identity is None or not identity.stripe_account_id:
        raise PayeeNotReadyError("the payee has no payout account")
    group = f"settlement:{payout.run_id}"
    requested = EventRow.objects.values_list("at", flat=True).get(position=payout.position)
    if dt.datetime.now(dt.UTC) - requested > gateway.KEY_LIFE and (
        found := gateway.find_transfer(payout_id=payout.payout_id, transfer_group=group)
    ):
        # Sent long ago, and the answer was lost: the processor has forgotten the key, but not the transfer.
        return found.transfer_id
    sent = gateway.transfer(
        payout_id=payout.payout_id,
        account_id=identity.stripe_account_id,
        amount_minor=payout.payout_minor,
        currency=payout.currency,
        transfer_group=group,
        attempt=payout.failures + 1,
    )
    return sent.transfer_id


def _record_failure(payout: Payout, code: str) -> None:
    with transaction.atomic():
        append(
            events.PayoutFailed(payout_id=payout.payout_id, party_id=payout.party_id, code=code),
            actor_id=settings.PLATFORM_PARTY_ID,
            key=f"payout.failed:{payout.payout_id}:{payout.failures}",
        )


@transaction.atomic
def record_reversal(payout_id: UUID) -> bool:
    """The processor took a whole transfer back: it is owed again. Said twice, it is written once; says whether it was.

    A transfer that is taken back in part stays paid: the reconciliation shows the difference.
    """
    log.lock_head()
    payout = Payout.objects.filter(payout_id=payout_id).first()
    if payout is None or payout.state != "paid":
        return False
    append(
        events.PayoutReversed(
            payout_id=payout_id,
            party_id=payout.party_id,
            currency=payout.currency,
            gross_minor=payout.gross_minor,
            withheld_minor=payout.withheld_minor,
            payout_minor=payout.payout_minor,
        ),
        actor_id=settings.PLATFORM_PARTY_ID,
        key=f"payout.reversed:{payout_id}:{payout.failures}",
    )
    return True


def retry_owed(*, run_id: UUID) -> int:
    """Ask again for every payout of a run that is owed, those that came back too; returns how many."""
    owed = list(Payout.objects.filter(run_id=run_id, state__in=PAYABLE_AGAIN))
    for payout in owed:
        outbox.put(task=PAY_TASK, payload={"payout_id": str(payout.payout_id), "again": True})
    return len(owed)
