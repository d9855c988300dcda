"""Credits that were written down wrong: corrected by the people of the element, once all whom it concerns said yes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from ledger import selectors
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.domain.events import Contribution, Event, RoleAccepted, RoleCorrected, RoleProposed, RoleRefused
from ledger.domain.ids import uuid7
from ledger.models import Party
from ledger.services import log
from ledger.services.append import append
from ledger.services.rights import state_words


def propose(
    *, element_id: UUID, added: Sequence[Contribution] = (), removed: Sequence[Contribution] = (), actor_id: UUID
) -> UUID:
    """Say that an element's credits are wrong; returns the proposal's id.

    It concerns everyone named in it and the element's creator. Those with an account must say yes, the proposer has;
    who has none holds nothing up. With nobody left to ask it counts at once.

    Raises
    ------
    NotAllowedError
        If the actor is not of the element: neither its creator, nor credited, nor an owner of a share.
    WrongStateError
        If it changes nothing, names a party that is not known, leaves nobody credited, or another correction is open.
    """
    with transaction.atomic():
        log.lock_head()
        element = selectors.element(element_id)
        if element is None:
            raise WrongStateError(f"there is no element {element_id}")
        standing = selectors.contributors(element_id)
        if not is_of(actor_id, element_id):
            raise NotAllowedError("only who made it, is credited or has a share may say that its credits are wrong")
        _check(standing, added, removed)
        if any(one.state == "open" for one in selectors.role_proposals(element_id)):
            raise WrongStateError("another correction of these credits waits for answers: end it first")
        needs = _to_ask({one.party_id for one in (*added, *removed)} | {element.creator_id})
        proposal_id = uuid7()
        change = {
            "proposal_id": proposal_id,
            "element_id": element_id,
            "added": tuple(added),
            "removed": tuple(removed),
        }
        facts: list[Event] = [RoleProposed(needs=tuple(sorted(needs)), **change)]  # type: ignore[arg-type]
        if actor_id in needs:
            facts.append(RoleAccepted(proposal_id=proposal_id, element_id=element_id, party_id=actor_id))
        if needs <= {actor_id}:
            facts.append(RoleCorrected(**change))  # type: ignore[arg-type]
        append(*facts, actor_id=actor_id, key=f"role.proposed:{proposal_id}")
    return proposal_id


def is_of(party_id: UUID, element_id: UUID) -> bool:
    """Whether a party is of an element: its creator, credited, or an owner of a share."""
    element = selectors.element(element_id)
    if element is None:
        return False
    credited = {one.party_id for one in selectors.contributors(element_id)}
    owners = {one.party_id for one in selectors.splits_in_force(element_id)}
    return party_id in {element.creator_id, *credited, *owners}


def _check(standing: Sequence[Contribution], added: Sequence[Contribution], removed: Sequence[Contribution]) -> None:
    if not added and not removed:
        raise WrongStateError("nothing is to be corrected")
    if len({*added, *removed}) != len(added) + len(removed):
        raise WrongStateError("a credit is named twice")
    if set(added) & set(standing):
        raise WrongStateError("somebody is credited with that role already")
    if not set(removed) <= set(standing):
        raise WrongStateError("somebody is not credited with that role")
    if not {*standing, *added} - set(removed):
        raise WrongStateError("somebody must stay credited")


def _to_ask(party_ids: set[UUID]) -> set[UUID]:
    known = dict(Party.objects.filter(party_id__in=party_ids).values_list("party_id", "claimed"))
    if missing := party_ids - known.keys():
        raise WrongStateError(f"no party {min(missing)} was registered")
    return {party_id for party_id, claimed in known.items() if claimed}


def accept(proposal_id: UUID, *, party_id: UUID) -> bool:
    """Somebody whom it concerns says yes; True if the credits are corrected by it. A second yes changes nothing.

    Raises
    ------
    NotAllowedError, WrongStateError
        If it does not concern the party; if the proposal is over.
    """
    with transaction.atomic():
        log.lock_head()
        proposal = _proposal(proposal_id)
        if party_id in proposal.accepted:
            return proposal.state == "effective"
        _check_answer(proposal, party_id)
        named = {"proposal_id": proposal_id, "element_id": proposal.element_id}
        facts: list[Event] = [RoleAccepted(party_id=party_id, **named)]
        effective = proposal.waiting_for == {party_id}
        if effective:
            facts.append(RoleCorrected(added=proposal.added, removed=proposal.removed, **named))
        append(*facts, actor_id=party_id, key=f"role.accepted:{proposal_id}:{party_id}")
    return effective


def refuse(proposal_id: UUID, *, party_id: UUID) -> None:
    """Somebody whom it concerns says no, or the proposer takes it back: the credits stay. A second no changes nothing.

    Raises
    ------
    NotAllowedError, WrongStateError
        As `accept` does.
    """
    with transaction.atomic():
        log.lock_head()
        proposal = _proposal(proposal_id)
        if proposal.state == "refused":
            return
        if party_id != proposal.proposer_id:
            _check_answer(proposal, party_id)
        elif proposal.state != "open":
            raise WrongStateError(f"the proposal is {state_words(proposal.state)}: it cannot be taken back")
        append(
            RoleRefused(proposal_id=proposal_id, element_id=proposal.element_id, party_id=party_id),
            actor_id=party_id,
            key=f"role.refused:{proposal_id}",
        )


def _proposal(proposal_id: UUID) -> selectors.RoleProposal:
    proposal = selectors.role_proposal(proposal_id)
    if proposal is None:
        raise WrongStateError(f"there is no such correction {proposal_id}")
    return proposal


def _check_answer(proposal: selectors.RoleProposal, party_id: UUID) -> None:
    if proposal.state != "open":
        raise WrongStateError(f"the proposal is {state_words(proposal.state)}: it takes no more answers")
    if party_id not in proposal.waiting_for:
        raise NotAllowedError("only those whom it concerns may answer it")
