"""Claims: both sides are heard, then staff decide, with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger import selectors
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.domain.events import ClaimDecided, ClaimStated
from ledger.services import clock, documents, log
from ledger.services.append import append
from ledger.services.holds import lift_hold, place_hold

STATEMENT_LENGTH_MAX = 5000

__all__ = ["answer_due_at", "decide", "lift_hold", "may_be_decided", "place_hold", "sides", "state"]


def sides(claim: selectors.Claim) -> Mapping[UUID, UUID]:
    """Party -> the element of the claim that it made: who is to be heard."""
    elements = (selectors.element(claim.element_id), selectors.element(claim.resembles_id))
    return {one.creator_id: one.element_id for one in elements if one is not None}


def answer_due_at(claim: selectors.Claim) -> dt.datetime:
    """Until when both sides can make staff wait for them."""
    opened = selectors.event_at(claim.position)
    assert opened is not None, claim
    return opened.at + dt.timedelta(days=settings.CLAIM_ANSWER_DAYS)


def may_be_decided(claim: selectors.Claim) -> bool:
    """Whether both sides were heard, or had their time."""
    heard = {one.party_id for one in selectors.claim_statements(claim.claim_id)}
    return heard >= sides(claim).keys() or clock.now() >= answer_due_at(claim)


def _open(claim_id: UUID) -> selectors.Claim:
    claim = selectors.claim(claim_id)
    if claim is None or claim.state != "open":
        raise WrongStateError("this claim was decided already" if claim else "there is no such claim")
    return claim


@transaction.atomic
def state(*, claim_id: UUID, party_id: UUID, words: str) -> None:
    """One side says how it sees the matter; saying more later is possible until the decision.

    Raises
    ------
    NotAllowedError
        If the party made neither of the two elements.
    WrongStateError
        If the claim is not open, or nothing was said.
    """
    text = words.strip()[:STATEMENT_LENGTH_MAX]
    if not text:
        raise WrongStateError("write what staff should know")
    log.lock_head()
    if party_id not in sides(_open(claim_id)):
        raise NotAllowedError("only who made one of the two elements is heard on this claim")
    kept = documents.keep(text.encode(), media_type="text/plain")
    append(
        ClaimStated(claim_id=claim_id, party_id=party_id, statement_hash=kept),
        actor_id=party_id,
        key=f"claim.stated:{claim_id}:{party_id}:{kept}",
    )


@transaction.atomic
def decide(*, claim_id: UUID, upheld: bool, reason: str, actor_id: UUID) -> None:
    """Staff decide a claim: the held share goes to the element that the decision names, in the next run.

    Raises
    ------
    NotAllowedError
        If whoever decides made one of the two elements.
    WrongStateError
        If there is no such claim, it was decided already, no reason is given, or a side was not heard in its time.
    """
    if not reason.strip():
        raise WrongStateError("a decision needs a reason: both sides will read it")
    log.lock_head()
    claim = _open(claim_id)
    if actor_id in sides(claim):
        raise NotAllowedError("who made one of the two elements cannot decide")
    if not may_be_decided(claim):
        raise WrongStateError(f"one side was not heard yet; it has until {answer_due_at(claim):%d %B %Y}")
    append(
        ClaimDecided(
            claim_id=claim_id,
            element_id=claim.element_id,
            upheld=upheld,
            reason_hash=documents.keep(reason.strip()[:STATEMENT_LENGTH_MAX].encode(), media_type="text/plain"),
        ),
        actor_id=actor_id,
        key=f"claim.decided:{claim_id}",
    )
