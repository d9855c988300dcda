"""Measured contribution on the record: what was found, contests of it, and how they end.

Each verb takes the log's lock first, so that what it read still holds when it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from ledger import selectors
from ledger.domain.errors import NotAllowedError, SharesDoNotSumError, WrongStateError
from ledger.domain.events import (
    ContestOutcome,
    ContributionContested,
    ContributionMeasured,
    ContributionOffered,
    ContributionSettled,
    Share,
    UpstreamFigure,
)
from ledger.domain.ids import uuid7
from ledger.domain.shares import ALL_PPM, check_shares
from ledger.services import documents, log
from ledger.services.append import append

WORDS_CHARACTERS_MAX = 2_000


def record(measured: ContributionMeasured, *, actor_id: UUID, key: str) -> None:
    """Write down what was measured, in the caller's transaction; the same key again changes nothing."""
    append(measured, actor_id=actor_id, key=key)


@transaction.atomic
def contest(*, element_id: UUID, words: str, party_id: UUID) -> UUID:
    """Say that the newest figures are wrong, and why; the contest's id. The element stays off sale until it is settled.

    Raises
    ------
    NotAllowedError
        If the party has no part in the element or its parents, or made the proposal itself.
    WrongStateError
        If nothing was measured, it is on sale already, no words were given, or this party's contest is open.
    """
    text = words.strip()
    if not 1 <= len(text) <= WORDS_CHARACTERS_MAX:
        raise WrongStateError(f"say what is wrong, in at most {WORDS_CHARACTERS_MAX:,} characters")
    log.lock_head()
    found = selectors.contribution_of(element_id)
    if found is None:
        raise WrongStateError("nothing was measured of this element yet")
    _check_may_contest(found, party_id)
    event = ContributionContested(
        contest_id=uuid7(),
        contribution_id=found.contribution_id,
        element_id=element_id,
        party_id=party_id,
        words_hash=documents.keep(text.encode(), media_type="text/plain"),
    )
    append(event, actor_id=party_id, key=f"contribution.contested:{event.contest_id}")
    return event.contest_id


def _check_may_contest(found: selectors.Contribution, party_id: UUID) -> None:
    made = selectors.element(found.element_id)
    if made is not None and made.creator_id == party_id:
        raise NotAllowedError("the figures are your own proposal: change the split, or measure again")
    if party_id not in selectors.parties_to_contribution(found):
        raise NotAllowedError("only who took part in the element or in what it is made from may contest the figures")
    if any(one.state == "published" for one in selectors.listings_of(found.element_id)):
        raise WrongStateError("it is on sale already: open a claim instead")
    if any(one.party_id == party_id and one.state == "open" for one in selectors.contests_of(found.element_id)):
        raise WrongStateError("your contest of these figures is open already")


@transaction.atomic
def offer(
    *, contest_id: UUID, parents: Sequence[UpstreamFigure], contributors: Sequence[Share], actor_id: UUID
) -> None:
    """The maker offers other figures to the one who contests; a later offer takes the place of one before.

    Raises
    ------
    NotAllowedError, WrongStateError
        If the actor did not make the element; if the contest is over, or a party or parent is not known.
    SharesDoNotSumError
        If the shares do not sum to the whole, or the parents' pass it.
    """
    log.lock_head()
    standing, found = _open(contest_id)
    made = selectors.element(found.element_id)
    if made is None or made.creator_id != actor_id:
        raise NotAllowedError("only the element's maker offers other figures")
    _check_figures(found, parents, contributors)
    event = ContributionOffered(
        contest_id=contest_id,
        contribution_id=standing.contribution_id,
        element_id=standing.element_id,
        parents=tuple(parents),
        contributors=tuple(contributors),
    )
    append(event, actor_id=actor_id, key=f"contribution.offered:{uuid7()}")


@transaction.atomic
def accept(*, contest_id: UUID, party_id: UUID) -> None:
    """The one who contests takes the offer; its figures hold from here on.

    Raises
    ------
    NotAllowedError, WrongStateError
        If it is another's contest; if it is over or nothing was offered.
    """
    log.lock_head()
    standing, _ = _own(contest_id, party_id)
    if standing.offered_parents is None or standing.offered_contributors is None:
        raise WrongStateError("nothing was offered yet")
    upstream = tuple(
        UpstreamFigure(element_id=UUID(one["element_id"]), upstream_ppm=one["upstream_ppm"])
        for one in standing.offered_parents
    )
    shares = tuple(_share(one) for one in standing.offered_contributors)
    _settle(standing, "agreed", upstream, shares, actor_id=party_id)


@transaction.atomic
def withdraw(*, contest_id: UUID, party_id: UUID) -> None:
    """The one who contests takes it back; the figures stay as they were.

    Raises
    ------
    NotAllowedError, WrongStateError
        If it is another's contest; if it is over.
    """
    log.lock_head()
    standing, found = _own(contest_id, party_id)
    _settle(standing, "withdrawn", _upstream_of(found), _shares_of(found), actor_id=party_id)


@transaction.atomic
def decide(
    *,
    contest_id: UUID,
    reason: str,
    actor_id: UUID,
    parents: Sequence[UpstreamFigure] | None = None,
    contributors: Sequence[Share] | None = None,
) -> None:
    """Staff decide, with a reason; figures that they leave out stay as they were measured.

    Raises
    ------
    NotAllowedError, WrongStateError
        If the actor is a party to it; if the contest is over, or no reason is given.
    SharesDoNotSumError
        As `offer`.
    """
    text = reason.strip()
    if not 1 <= len(text) <= WORDS_CHARACTERS_MAX:
        raise WrongStateError(f"give the reason, in at most {WORDS_CHARACTERS_MAX:,} characters")
    log.lock_head()
    standing, found = _open(contest_id)
    if actor_id in selectors.parties_to_contribution(found):
        raise NotAllowedError("who is a party to it does not decide it")
    upstream = tuple(parents) if parents is not None else _upstream_of(found)
    shares = tuple(contributors) if contributors is not None else _shares_of(found)
    _check_figures(found, upstream, shares)
    reason_hash = documents.keep(text.encode(), media_type="text/plain")
    _settle(standing, "decided", upstream, shares, actor_id=actor_id, reason_hash=reason_hash)


def _settle(
    standing: selectors.Contest,
    outcome: ContestOutcome,
    parents: tuple[UpstreamFigure, ...],
    contributors: tuple[Share, ...],
    *,
    actor_id: UUID,
    reason_hash: str | None = None,
) -> None:
    event = ContributionSettled(
        contest_id=standing.contest_id,
        contribution_id=standing.contribution_id,
        element_id=standing.element_id,
        outcome=outcome,
        parents=parents,
        contributors=contributors,
        reason_hash=reason_hash,
    )
    append(event, actor_id=actor_id, key=f"contribution.settled:{standing.contest_id}")


def _open(contest_id: UUID) -> tuple[selectors.Contest, selectors.Contribution]:
    standing = selectors.contest(contest_id)
    if standing is None or standing.state != "open":
        raise WrongStateError(f"the contest is {standing.state}" if standing else "there is no such contest")
    found = selectors.contribution(standing.contribution_id)
    assert found is not None, contest_id
    return standing, found


def _own(contest_id: UUID, party_id: UUID) -> tuple[selectors.Contest, selectors.Contribution]:
    standing, found = _open(contest_id)
    if standing.party_id != party_id:
        raise NotAllowedError("this is another's contest")
    return standing, found


def _check_figures(
    found: selectors.Contribution, parents: Sequence[UpstreamFigure], contributors: Sequence[Share]
) -> None:
    check_shares(contributors)
    known = {UUID(one["element_id"]) for one in found.parents}
    named = [one.element_id for one in parents]
    if len(set(named)) != len(named) or not set(named) <= known:
        raise WrongStateError("the figures name an element that is no parent here, or one twice")
    if any(one.upstream_ppm < 0 for one in parents) or sum(one.upstream_ppm for one in parents) > ALL_PPM:
        raise SharesDoNotSumError("what flows back to the parents passes the whole")
    party_ids = {share.party_id for share in contributors}
    if len(selectors.parties(party_ids)) != len(party_ids):
        raise WrongStateError("one of the parties is not known")


def _upstream_of(found: selectors.Contribution) -> tuple[UpstreamFigure, ...]:
    return tuple(UpstreamFigure(element_id=key, upstream_ppm=ppm) for key, ppm in found.upstream.items())


def _shares_of(found: selectors.Contribution) -> tuple[Share, ...]:
    return tuple(_share(one) for one in found.shares)


def _share(values: dict[str, object]) -> Share:
    return Share(
        party_id=UUID(str(values["party_id"])),
        role=values["role"],  # type: ignore[arg-type]  # one of the ledger's roles, as the event had it
        share_ppm=int(str(values["share_ppm"])),
    )
