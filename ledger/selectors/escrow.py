"""Questions about money that waits for an invited party: how much, until when, and what went on to others."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from ledger import models
from ledger.domain.events import Amount, EscrowReminded, PartyClaimed
from ledger.domain.journal import payable
from ledger.selectors.log import event_at

__all__ = [
    "EscrowExpiry",
    "EscrowLot",
    "escrow_claimed",
    "escrow_expiries",
    "escrow_lots",
    "escrow_reminder",
    "parties_in_escrow",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EscrowLot:
    """What one statement brought into escrow, and when it goes on if the party has not come."""

    statement_id: UUID
    run_id: UUID
    currency: str
    amount_micro: int
    at: dt.datetime
    expires_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EscrowExpiry:
    """Money of a party that went on to others, (currency, micro) each."""

    expiry_id: UUID
    party_id: UUID
    amounts: tuple[tuple[str, int], ...]
    statement_ids: tuple[UUID, ...]
    at: dt.datetime
    position: int


def months_after(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day and time so many months later; the month's last day where it is shorter."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def escrow_lots(party_id: UUID) -> list[EscrowLot]:
    """What waits for an invited party, a lot for each statement whose money has not gone on, oldest first.

    A lot waits until the published time since the invitation is over, and never less than the least since its own
    statement.
    """
    party = models.Party.objects.filter(party_id=party_id, claimed=False).first()
    invited = event_at(party.position) if party else None
    if invited is None:
        return []
    gone = {statement_id for expiry in escrow_expiries(party_id) for statement_id in expiry.statement_ids}
    rows = models.Statement.objects.filter(party_id=party_id, escrowed=True).exclude(statement_id__in=gone)
    brought = _brought(party_id, [row.position for row in rows])
    since_invited = months_after(invited.at, settings.ESCROW_MONTHS)
    return [
        EscrowLot(
            statement_id=row.statement_id,
            run_id=row.run_id,
            currency=row.currency,
            amount_micro=brought[row.position, row.currency],
            at=row.at,
            expires_at=max(since_invited, months_after(row.at, settings.ESCROW_MONTHS_LEAST)),
        )
        for row in rows.order_by("position")
        if brought.get((row.position, row.currency))
    ]


def _brought(party_id: UUID, positions: Iterable[int]) -> dict[tuple[int, str], int]:
    """(position, currency) -> what the entry of the statement there brought into escrow."""
    rows = models.PostingRow.objects.filter(position__in=list(positions), account=payable(party_id, escrowed=True))
    sums = rows.values_list("position", "currency").annotate(total=Sum("amount_micro")).order_by()
    return {(position, currency): -int(total) for position, currency, total in sums}


def escrow_expiries(party_id: UUID) -> list[EscrowExpiry]:
    """What went on to others because the party had not come, oldest first."""
    rows = models.EscrowExpiry.objects.filter(party_id=party_id).order_by("position")
    return [
        EscrowExpiry(
            expiry_id=row.expiry_id,
            party_id=row.party_id,
            amounts=tuple((one["currency"], int(one["amount_micro"])) for one in row.amounts),
            statement_ids=tuple(UUID(one) for one in row.statement_ids),
            at=row.at,
            position=row.position,
        )
        for row in rows
    ]


def escrow_reminder(party_id: UUID) -> EscrowReminded | None:
    """The reminder that was sent to an invited party."""
    positions = models.Trail.objects.filter(subject_id=party_id).values("position")
    kinds = models.EventRow.objects.filter(position__in=positions, kind=EscrowReminded.kind)
    row = kinds.order_by("position").first()
    record = event_at(row.position) if row else None
    found = record.event if record else None
    return found if isinstance(found, EscrowReminded) else None


def parties_in_escrow() -> list[UUID]:
    """Invited parties for whom money waits."""
    prefix = "escrow:"
    accounts = models.Balance.objects.filter(account__startswith=prefix, amount_micro__lt=0)
    waiting = {UUID(account.removeprefix(prefix)) for account in accounts.values_list("account", flat=True)}
    unclaimed = models.Party.objects.filter(party_id__in=waiting, claimed=False)
    return sorted(unclaimed.values_list("party_id", flat=True))


def escrow_claimed(party_id: UUID) -> tuple[Amount, ...]:
    """What had waited for a party and became its own when it came."""
    party = models.Party.objects.filter(party_id=party_id, claimed=True).first()
    record = event_at(party.claimed_position) if party and party.claimed_position is not None else None
    return record.event.escrow if record and isinstance(record.event, PartyClaimed) else ()
