"""Who takes part. Facts hold ids only; names, addresses and Stripe accounts sit in one table that can forget."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from ledger import selectors
from ledger.domain.errors import WrongStateError
from ledger.domain.events import Amount, PartyClaimed, PartyKind, PartyRegistered
from ledger.domain.ids import uuid7
from ledger.models import Balance, PartyIdentity
from ledger.services import log
from ledger.services.append import append, recorded


def register(
    *,
    display_name: str,
    key: str,
    email: str | None = None,
    party_kind: PartyKind = "person",
    claimed: bool = True,
    actor_id: UUID | None = None,
    party_id: UUID | None = None,
) -> UUID:
    """A person or company becomes known; `claimed=False` for someone who is invited and has no account yet.

    `actor_id` is who registers them (None: themselves). The same key again gives the first party.
    """
    with transaction.atomic():
        if (found := _registered_before(key)) is not None:
            return found
        party_id = party_id or uuid7()
        PartyIdentity.objects.create(party_id=party_id, display_name=display_name, email=email or None)
        event = PartyRegistered(party_id=party_id, party_kind=party_kind, claimed=claimed)
        append(event, actor_id=actor_id or party_id, key=key)
    return party_id


def _registered_before(key: str) -> UUID | None:
    for record in recorded(key):
        if isinstance(record.event, PartyRegistered):
            return record.event.party_id
    return None


def claim(party_id: UUID, *, key: str) -> None:
    """An invited party opened an account: what waits in escrow becomes payable. Claimed before: nothing happens.

    Raises
    ------
    WrongStateError
        If no such party was registered.
    """
    with transaction.atomic():
        log.lock_head()  # first, for once: the balances must not move between reading and writing
        party = selectors.party(party_id)
        if party is None:
            raise WrongStateError(f"no party {party_id} was registered")
        if party.claimed:
            return
        rows = Balance.objects.filter(account=f"escrow:{party_id}").exclude(amount_micro=0).order_by("currency")
        escrow = tuple(Amount(currency=row.currency, amount_micro=-row.amount_micro) for row in rows)
        append(PartyClaimed(party_id=party_id, escrow=escrow), actor_id=party_id, key=key)


def rename(party_id: UUID, *, display_name: str, email: str | None = None) -> None:
    """Another name, or address, from now on."""
    PartyIdentity.objects.update_or_create(
        party_id=party_id, defaults={"display_name": display_name, "email": email or None}
    )


def connect_payouts(party_id: UUID, *, stripe_account_id: str, payouts_enabled: bool) -> None:
    """Where the party is paid, and whether Stripe lets us."""
    PartyIdentity.objects.update_or_create(
        party_id=party_id, defaults={"stripe_account_id": stripe_account_id, "payouts_enabled": payouts_enabled}
    )


def forget(party_id: UUID) -> None:
    """Remove name and address; the facts stay and name nobody."""
    PartyIdentity.objects.filter(party_id=party_id).update(
        display_name="", email=None, isni="", ipi="", forgotten_at=dt.datetime.now(dt.UTC)
    )
