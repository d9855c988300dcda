"""Money owed that changes between two runs: corrections, costs, escrow that ran out, agreements.

A run's opening of a (party, currency) is what its newest statement carried over, and every adjustment since: those
after the cut-off of the last run that issued statements, up to this run's. So each one enters exactly one run.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction
from django.db.models import Max, Sum

from ledger.domain import events
from ledger.domain.errors import WrongStateError
from ledger.domain.settlement.period import BalanceRow
from ledger.models import BalanceAdjustment, Party, SettlementRun
from ledger.services import log
from ledger.services.append import append, recorded

ISSUED_STATES = ("released", "closed")


def post(
    *,
    party_id: UUID,
    currency: str,
    amount_micro: int,
    basis: events.AdjustmentBasis,
    cause_id: UUID,
    actor_id: UUID,
    key: str,
) -> UUID:
    """From now on `amount_micro` more (below zero: less) is owed to a party; returns the adjustment's id.

    Joins the caller's transaction, if there is one, and takes the log's lock: call it last. The same key again gives
    the first adjustment.

    Raises
    ------
    WrongStateError
        If the amount is zero, or the party is not known.
    KeyReusedError
        If the key was used for another command.
    """
    with transaction.atomic():
        log.lock_head()  # nobody may claim the party between looking and writing
        escrowed = next(
            (one.event.escrowed for one in recorded(key) if isinstance(one.event, events.BalanceAdjusted)), None
        )
        fact = events.BalanceAdjusted(
            adjustment_id=uuid5(NAMESPACE_OID, f"adjustment/{key}"),
            party_id=party_id,
            currency=currency,
            amount_micro=amount_micro,
            basis=basis,
            cause_id=cause_id,
            escrowed=is_escrowed(party_id) if escrowed is None else escrowed,
        )
        if not amount_micro:
            raise WrongStateError("an adjustment of nothing says nothing")
        append(fact, actor_id=actor_id, key=key)
    return fact.adjustment_id


def is_escrowed(party_id: UUID) -> bool:
    """Whether what is owed to a party waits in escrow. Ask while the log's lock is held.

    Raises
    ------
    WrongStateError
        If the party is not known.
    """
    claimed = Party.objects.filter(party_id=party_id).values_list("claimed", flat=True).first()
    if claimed is None:
        raise WrongStateError(f"no party {party_id} was registered")
    return not claimed


def opened(carried: Sequence[BalanceRow], *, cutoff: int) -> list[BalanceRow]:
    """What a run up to `cutoff` opens with: what was carried, and the adjustments since."""
    sums = _since_last_run(cutoff)
    rows = [row._replace(carried_micro=row.carried_micro + sums.pop(row[:2], 0)) for row in carried]
    return [*rows, *(BalanceRow(*pair, amount, 0) for pair, amount in sorted(sums.items()))]


def _since_last_run(cutoff: int) -> dict[tuple[str, str], int]:
    """(party_id, currency) -> adjustments that no statement has taken up, up to a position."""
    last = SettlementRun.objects.filter(state__in=ISSUED_STATES).aggregate(last=Max("cutoff_position"))["last"]
    found = BalanceAdjustment.objects.filter(position__gt=-1 if last is None else last, position__lte=cutoff)
    rows = found.values_list("party_id", "currency").annotate(total=Sum("amount_micro")).order_by()
    return {(str(party_id), currency): int(total) for party_id, currency, total in rows}
