"""Changes of rights: splits here, derivations next door. Every rule is checked before anything is written.

Each verb takes the log's lock first, so that what it read still holds when it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from ledger import selectors
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.domain.events import (
    Event,
    Share,
    SplitAccepted,
    SplitProposed,
    SplitRefused,
    SplitTookEffect,
    SplitWithdrawn,
)
from ledger.domain.ids import uuid7
from ledger.domain.shares import ALL_PPM, check_shares
from ledger.models import Party
from ledger.services import log
from ledger.services.append import append, recorded
from ledger.services.derivations import (
    TermsWanted,
    check_derivation,
    publish_terms,
    record_derivation,
    resting_on_rights,
)

__all__ = [
    "ALL_PPM",
    "TermsWanted",
    "accept_split",
    "check_derivation",
    "propose_split",
    "publish_terms",
    "record_derivation",
    "refuse_split",
    "resting_on_rights",
    "withdraw_split",
]


def state_words(state: str) -> str:
    """What a proposal is, for the one who wanted to answer it."""
    return {"effective": "in force already", "superseded": "replaced by another", "withdrawn": "taken back"}.get(
        state, state
    )


def propose_split(*, element_id: UUID, shares: Sequence[Share], actor_id: UUID, key: str) -> UUID:
    """Propose how an element's own portion is divided; the proposal's id.

    Whoever proposes accepts by it, and so does the party of the model that made the element: it agreed when the model
    was registered to whatever gives it that much. It takes effect at once when no other party with an account is in it.
    Only the element's creator and those with a share in it may propose; an open proposal for it is superseded.

    Raises
    ------
    SharesDoNotSumError
        If the shares do not sum to 1,000,000 ppm, or one is not positive.
    NotAllowedError, WrongStateError
        If the actor has no part in the element, or gives the model's party less than its terms say; if the element or
        a party is not known.
    """
    check_shares(shares)
    with transaction.atomic():
        log.lock_head()
        for record in recorded(key):
            if isinstance(record.event, SplitProposed):
                return record.event.proposal_id
        _check_may_propose(element_id, actor_id)
        agreed = {actor_id} | _agreed_before(element_id, shares, actor_id)
        claimed = _claimed_parties({share.party_id for share in shares})
        proposal_id = uuid7()
        events: list[Event] = [SplitProposed(proposal_id=proposal_id, element_id=element_id, shares=tuple(shares))]
        events += [
            SplitAccepted(proposal_id=proposal_id, element_id=element_id, party_id=party_id)
            for party_id in sorted(claimed & agreed)
        ]
        if claimed <= agreed:
            events.append(SplitTookEffect(proposal_id=proposal_id, element_id=element_id, shares=tuple(shares)))
        append(*events, actor_id=actor_id, key=key)
    return proposal_id


def accept_split(proposal_id: UUID, *, party_id: UUID, key: str | None = None) -> bool:
    """A party says yes; True if the split took effect by it. A second yes changes nothing.

    Raises
    ------
    NotAllowedError, WrongStateError
        If the party is not in the proposal or has no account; if the proposal is over.
    """
    with transaction.atomic():
        log.lock_head()
        proposal = _proposal(proposal_id)
        if party_id in proposal.accepted:
            return proposal.state == "effective"
        _check_may_answer(proposal, party_id)
        events: list[Event] = [
            SplitAccepted(proposal_id=proposal_id, element_id=proposal.element_id, party_id=party_id)
        ]
        effective = proposal.waiting_for == {party_id}
        if effective:
            shares = tuple(_share(share) for share in proposal.shares)
            events.append(SplitTookEffect(proposal_id=proposal_id, element_id=proposal.element_id, shares=shares))
        append(*events, actor_id=party_id, key=key or f"split:{proposal_id}:{party_id}:accept")
    return effective


def refuse_split(proposal_id: UUID, *, party_id: UUID, key: str | None = None) -> None:
    """A party says no: the proposal is over and the split in force stays. A second no changes nothing.

    Raises
    ------
    NotAllowedError, WrongStateError
        As `accept_split` does.
    """
    with transaction.atomic():
        log.lock_head()
        proposal = _proposal(proposal_id)
        if party_id in proposal.refused:
            return
        _check_may_answer(proposal, party_id)
        append(
            SplitRefused(proposal_id=proposal_id, element_id=proposal.element_id, party_id=party_id),
            actor_id=party_id,
            key=key or f"split:{proposal_id}:{party_id}:refuse",
        )


def withdraw_split(proposal_id: UUID, *, actor_id: UUID, key: str | None = None) -> None:
    """Whoever proposed a split takes it back before all have answered; the split in force stays. Twice is once.

    Raises
    ------
    NotAllowedError, WrongStateError
        If somebody else proposed it; if the proposal is over.
    """
    with transaction.atomic():
        log.lock_head()
        proposal = _proposal(proposal_id)
        if proposal.proposer_id != actor_id:
            raise NotAllowedError("only who proposed a split takes it back")
        if proposal.state == "withdrawn":
            return
        if proposal.state != "open":
            raise WrongStateError(f"the proposal is {state_words(proposal.state)}: it cannot be taken back")
        append(
            SplitWithdrawn(proposal_id=proposal_id, element_id=proposal.element_id),
            actor_id=actor_id,
            key=key or f"split:{proposal_id}:withdraw",
        )


def _check_may_propose(element_id: UUID, actor_id: UUID) -> None:
    element = selectors.element(element_id)
    if element is None:
        raise WrongStateError(f"there is no element {element_id}")
    in_force = selectors.splits_in_force(element_id)
    if actor_id != element.creator_id and actor_id not in {share.party_id for share in in_force}:
        raise NotAllowedError("only the element's creator and its rights holders may propose a split")


def _agreed_before(element_id: UUID, shares: Sequence[Share], actor_id: UUID) -> set[UUID]:
    """The party of the model that made the element: it need not be asked again, and only itself may take less."""
    owed = selectors.model_owed(element_id)
    if owed is None or owed.trainer_id is None or owed.trainer_id == actor_id:
        return set()
    given = sum(share.share_ppm for share in shares if share.party_id == owed.trainer_id)
    if given < owed.share_ppm:
        raise NotAllowedError(
            f"the model {owed.model} made this element, and {owed.share_ppm / 10_000:g} % of it belong to its party; "
            f"this split gives it {given / 10_000:g} %"
        )
    return {owed.trainer_id}


def _claimed_parties(party_ids: set[UUID]) -> set[UUID]:
    known = dict(Party.objects.filter(party_id__in=party_ids).values_list("party_id", "claimed"))
    if missing := party_ids - known.keys():
        raise WrongStateError(f"no party {min(missing)} was registered")
    return {party_id for party_id, claimed in known.items() if claimed}


def _proposal(proposal_id: UUID) -> selectors.SplitProposal:
    proposal = selectors.split_proposal(proposal_id)
    if proposal is None:
        raise WrongStateError(f"there is no split proposal {proposal_id}")
    return proposal


def _check_may_answer(proposal: selectors.SplitProposal, party_id: UUID) -> None:
    if proposal.state != "open":
        raise WrongStateError(f"the proposal is {state_words(proposal.state)}: it takes no more answers")
    if party_id not in proposal.waiting_for:
        raise NotAllowedError("only parties of the proposal that have an account may answer it")


def _share(share: dict[str, object]) -> Share:
    return Share(
        party_id=UUID(str(share["party_id"])),
        role=share["role"],  # type: ignore[arg-type]
        share_ppm=int(str(share["share_ppm"])),
    )
