"""Claims and holds: what keeps money where it is until a person has decided."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from django.db import transaction

from ledger import selectors
from ledger.domain.errors import WrongStateError
from ledger.domain.events import ClaimDecided, HoldLifted, HoldPlaced
from ledger.domain.ids import uuid7
from ledger.services import log
from ledger.services.append import append


@transaction.atomic
def decide(*, claim_id: UUID, upheld: bool, actor_id: UUID) -> None:
    """Staff decide a claim: the held share goes to the element that the decision names, in the next run.

    Raises
    ------
    WrongStateError
        If there is no such claim, or it was decided already.
    """
    log.lock_head()
    claim = selectors.claim(claim_id)
    if claim is None or claim.state != "open":
        raise WrongStateError("this claim was decided already" if claim else "there is no such claim")
    append(
        ClaimDecided(claim_id=claim_id, element_id=claim.element_id, upheld=upheld),
        actor_id=actor_id,
        key=f"claim.decided:{claim_id}",
    )


@transaction.atomic
def place_hold(*, party_id: UUID, currency: str | None, reason: str, actor_id: UUID) -> UUID:
    """Pay nothing to a party until the hold is lifted; the reason's words are kept outside, bound by their hash."""
    hold_id = uuid7()
    reason_hash = sha256(reason.encode()).hexdigest()
    append(
        HoldPlaced(hold_id=hold_id, party_id=party_id, currency=currency, reason_hash=reason_hash),
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
    append(HoldLifted(hold_id=hold_id, party_id=hold.party_id), actor_id=actor_id, key=f"hold.lifted:{hold_id}")
