"""Holds and deferrals: what staff keep back from a run, each with a reason that is bound by its hash.

A hold stands until somebody lifts it; a deferral is over by itself once its run is calculated.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from ledger import selectors
from ledger.domain import canonical
from ledger.domain.errors import WrongStateError
from ledger.domain.events import HoldLifted, HoldPlaced, LineDeferred, LineResumed
from ledger.domain.ids import uuid7
from ledger.models import SettlementRun
from ledger.services import documents, log
from ledger.services.append import append
from ledger.services.settlements import eligible, periods

WORDS_LENGTH_MAX = 500


def keep_reason(*, staff: str, payee: str = "") -> str:
    """Keep a reason's words; without plain words for the payee, it reads those for staff."""
    words = {"staff": staff.strip()[:WORDS_LENGTH_MAX], "payee": (payee.strip() or staff.strip())[:WORDS_LENGTH_MAX]}
    if not words["staff"]:
        raise WrongStateError("a reason is needed: staff and the payee will read it")
    return documents.keep(canonical.encode(words), media_type="application/json")


@transaction.atomic
def place_hold(
    *,
    party_id: UUID | None = None,
    element_id: UUID | None = None,
    currency: str | None = None,
    reason: str,
    payee_words: str = "",
    actor_id: UUID,
) -> UUID:
    """Pay nothing to a party, or settle no line of an element, until the hold is lifted.

    Raises
    ------
    WrongStateError
        If not just one of party and element is named, it is unknown, or no reason is given.
    """
    if (party_id is None) == (element_id is None):
        raise WrongStateError("a hold is on a payee or on an element")
    if party_id is not None and selectors.party(party_id) is None:
        raise WrongStateError("there is no such payee")
    if element_id is not None and selectors.element(element_id) is None:
        raise WrongStateError("there is no such element")
    hold_id = uuid7()
    append(
        HoldPlaced(
            hold_id=hold_id,
            party_id=party_id,
            element_id=element_id,
            currency=currency,
            reason_hash=keep_reason(staff=reason, payee=payee_words),
        ),
        actor_id=actor_id,
        key=f"hold.placed:{hold_id}",
    )
    return hold_id


@transaction.atomic
def lift_hold(*, hold_id: UUID, actor_id: UUID) -> None:
    """Let money flow again."""
    log.lock_head()
    hold = next((one for one in selectors.standing_holds() if one.hold_id == hold_id), None)
    if hold is None:
        raise WrongStateError("no such hold stands")
    append(
        HoldLifted(hold_id=hold_id, party_id=hold.party_id, element_id=hold.element_id),
        actor_id=actor_id,
        key=f"hold.lifted:{hold_id}",
    )


@transaction.atomic
def defer(
    *, until: dt.datetime, reason: str, actor_id: UUID, line_id: str | None = None, order_id: UUID | None = None
) -> UUID:
    """Leave a line, or all lines of an order, out of every run that ends at `until` or earlier.

    Raises
    ------
    WrongStateError
        If a run up to there was calculated already, not just one of line and order is named, or no reason is given.
    """
    if (line_id is None) == (order_id is None):
        raise WrongStateError("name a line or an order")
    log.lock_head()
    _refuse_after_calculation(until)
    deferral_id = uuid7()
    append(
        LineDeferred(
            deferral_id=deferral_id,
            line_id=line_id.removesuffix("/disputed") if line_id else None,
            order_id=order_id,
            until=until,
            reason_hash=keep_reason(staff=reason),
        ),
        actor_id=actor_id,
        key=f"line.deferred:{deferral_id}",
    )
    return deferral_id


@transaction.atomic
def resume(*, deferral_id: UUID, actor_id: UUID) -> None:
    """Take a deferral back before its run is calculated.

    Raises
    ------
    WrongStateError
        If it was taken back already, or the run it kept the line from was calculated.
    """
    log.lock_head()
    found = selectors.deferral(deferral_id)
    if found is None or found.resumed_position is not None:
        raise WrongStateError("no such line waits")
    _refuse_after_calculation(found.until)
    append(
        LineResumed(deferral_id=deferral_id, order_id=found.order_id),
        actor_id=actor_id,
        key=f"line.resumed:{deferral_id}",
    )


def _refuse_after_calculation(until: dt.datetime) -> None:
    names = SettlementRun.objects.filter(state__in=eligible.TAKEN_STATES).values_list("period", flat=True)
    if any(periods.parse(name).end >= until for name in names):
        raise WrongStateError("that run was calculated already: discard it first, or wait for the next one")
