"""The one reminder to an invited party before the money that waits for it goes on."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from ledger import selectors as ledger
from ledger.services import escrow
from marketplace.accounts import mail
from marketplace.templatetags.ledgerline import MICRO_DIGITS, minor_digits, write_amount


@transaction.atomic
def remind(party_id: UUID) -> bool:
    """Put the letter into the outbox and write that it was sent, together; False if there is nothing to remind of.

    A party whose address was forgotten cannot be written to; that it was due is written down all the same.
    """
    expires_at = escrow.remind(party_id)
    party = ledger.party(party_id)
    if expires_at is None or party is None:
        return False
    if party.email:
        mail.queue(
            recipient=party.email,
            subject="Money waits for you, and not for ever",
            template="escrow_reminder",
            context={
                "amounts": _amounts(party_id),
                "expires_at": expires_at,
                "link": mail.invitation_link(party.email),
            },
        )
    return True


def _amounts(party_id: UUID) -> str:
    """What waits, in whole minor units, each currency by itself."""
    sums: dict[str, int] = {}
    for lot in ledger.escrow_lots(party_id):
        sums[lot.currency] = sums.get(lot.currency, 0) + lot.amount_micro
    return ", ".join(
        f"{write_amount(amount // 10**MICRO_DIGITS, digits=minor_digits(currency))} {currency}"
        for currency, amount in sorted(sums.items())
        if amount > 0
    )
