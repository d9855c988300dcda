"""Money of an invited party that never came: one reminder, and then it goes to those it was earned with.

The published rule: money waits ESCROW_MONTHS from the invitation, and no statement's money less than
ESCROW_MONTHS_LEAST. The party is reminded once, and nothing goes on within ESCROW_NOTICE_DAYS of that. Then each
element's part goes to the others with an account who earned from that very element in those statements, in proportion
to what each got, else to its creator. What nobody can receive so keeps waiting.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import defaultdict
from collections.abc import Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from django.conf import settings
from django.db import transaction

from ledger import selectors
from ledger.domain.events import Amount, EscrowExpired, EscrowReminded
from ledger.domain.settlement import allocate
from ledger.models import Party, SettlementRun
from ledger.selectors.escrow import EscrowLot
from ledger.services import clock, log
from ledger.services.append import append, recorded
from ledger.services.settlements import adjustments, folder
from ledger.services.settlements.gather import true_id

Weights = dict[UUID, dict[UUID, int]]
"""Element -> party -> what the party earned from it."""


def to_remind() -> list[UUID]:
    """Invited parties whose money goes on soon and who were not reminded yet."""
    soon = clock.now() + dt.timedelta(days=settings.ESCROW_REMINDER_DAYS)
    return [
        party_id
        for party_id in selectors.parties_in_escrow()
        if any(lot.expires_at <= soon for lot in selectors.escrow_lots(party_id))
        and selectors.escrow_reminder(party_id) is None
    ]


def remind(party_id: UUID) -> dt.datetime | None:
    """Write that the party was reminded, in the caller's transaction with the mail; from when on money goes on.

    None if there is nothing to remind of (any more).
    """
    key = f"escrow.reminded:{party_id}"
    with transaction.atomic():
        log.lock_head()
        lots = selectors.escrow_lots(party_id)
        if recorded(key) or not lots:
            return None
        notice_over = clock.now() + dt.timedelta(days=settings.ESCROW_NOTICE_DAYS)
        expires_at = max(notice_over, min(lot.expires_at for lot in lots))
        append(EscrowReminded(party_id=party_id, expires_at=expires_at), actor_id=settings.PLATFORM_PARTY_ID, key=key)
    return expires_at


def expire_due() -> int:
    """Let everything go whose time is over; of how many parties."""
    return sum(expire(party_id) for party_id in selectors.parties_in_escrow())


def expire(party_id: UUID) -> bool:
    """Let a party's money go whose time is over; whether any went. Done twice, nothing is left to go."""
    with transaction.atomic():
        log.lock_head()  # nobody may claim the party while its money is moved
        reminder = selectors.escrow_reminder(party_id)
        if reminder is None or clock.now() < reminder.expires_at:
            return False
        due = [lot for lot in selectors.escrow_lots(party_id) if lot.expires_at <= clock.now()]
        moved = {
            currency: shares
            for currency in sorted({lot.currency for lot in due})
            if (shares := _goes_to(party_id, currency, [lot for lot in due if lot.currency == currency]))
        }
        if not moved:
            return False
        _write(party_id, moved, [lot.statement_id for lot in due if lot.currency in moved])
    return True


def _write(party_id: UUID, moved: dict[str, dict[UUID, int]], statement_ids: Sequence[UUID]) -> None:
    expiry_id = uuid5(NAMESPACE_OID, f"escrow/{party_id}/" + "/".join(str(one) for one in statement_ids))
    totals = {currency: sum(shares.values()) for currency, shares in moved.items()}
    event = EscrowExpired(
        expiry_id=expiry_id,
        party_id=party_id,
        amounts=tuple(Amount(currency=currency, amount_micro=total) for currency, total in totals.items()),
        statement_ids=tuple(statement_ids),
    )
    append(event, actor_id=settings.PLATFORM_PARTY_ID, key=f"escrow.expired:{expiry_id}")
    for currency, shares in moved.items():
        for receiver, amount in [(party_id, -totals[currency]), *sorted(shares.items())]:
            adjustments.post(
                party_id=receiver,
                currency=currency,
                amount_micro=amount,
                basis="escrow_expired",
                cause_id=expiry_id,
                actor_id=settings.PLATFORM_PARTY_ID,
                key=f"escrow.expired:{expiry_id}:{currency}:{receiver}",
            )


def _goes_to(party_id: UUID, currency: str, lots: Sequence[EscrowLot]) -> dict[UUID, int]:
    """Who receives how much of these lots, micro; together at most what is still in escrow."""
    waiting = -selectors.balance(f"escrow:{party_id}", currency)
    amount = min(sum(lot.amount_micro for lot in lots), waiting)
    if amount <= 0:
        return {}
    earned = _earned({lot.run_id for lot in lots}, currency)
    own = {element: of[party_id] for element, of in sorted(earned.items()) if of.get(party_id, 0) > 0}
    if not own:
        return {}
    found: defaultdict[UUID, int] = defaultdict(int)
    for element, part in zip(own, allocate(amount, list(own.values())), strict=True):
        for receiver, share in _divided(element, part, earned[element], without=party_id).items():
            found[receiver] += share
    return {receiver: share for receiver, share in found.items() if share}


def _divided(element_id: UUID, part: int, earned: dict[UUID, int], *, without: UUID) -> dict[UUID, int]:
    """One element's part among its other earners with an account, else its creator's; empty: nobody can have it."""
    weights = {party: amount for party, amount in sorted(earned.items()) if amount > 0 and party != without}
    claimed = _with_account(weights)
    weights = {party: amount for party, amount in weights.items() if party in claimed}
    if weights:
        return dict(zip(weights, allocate(part, list(weights.values())), strict=True))
    element = selectors.element(element_id)
    if element is None or element.creator_id == without or not _with_account([element.creator_id]):
        return {}
    return {element.creator_id: part}


def _with_account(party_ids: Sequence[UUID] | dict[UUID, int]) -> set[UUID]:
    return set(Party.objects.filter(party_id__in=list(party_ids), claimed=True).values_list("party_id", flat=True))


def _earned(run_ids: set[UUID], currency: str) -> Weights:
    """What everyone earned from each element in these runs, the platform's commission left out."""
    found: Weights = defaultdict(lambda: defaultdict(int))
    for outputs_hash in SettlementRun.objects.filter(run_id__in=run_ids).values_list("outputs_hash", flat=True):
        table = folder.load(outputs_hash)["allocations.csv"].decode()
        for row in csv.DictReader(io.StringIO(table)):
            if row["currency"] == currency and row["basis"] != "commission":
                found[UUID(true_id(row["element_id"]))][UUID(row["party_id"])] += int(row["amount_micro"])
    return found
