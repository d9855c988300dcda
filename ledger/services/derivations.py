"""Deriving: terms that stay as they were once used, and derivations that rest on a licence.

Each verb takes the log's lock first, so that what it read still holds when it writes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger import selectors
from ledger.domain.errors import (
    BadTermsError,
    DerivationCycleError,
    NoRightToDeriveError,
    NotAllowedError,
    ShareOutsideTermsError,
    WrongStateError,
)
from ledger.domain.events import ClaimDecided, DerivationTermsPublished, ElementDerived, Parent, Use, Weight
from ledger.domain.ids import uuid7
from ledger.domain.shares import ALL_PPM, check_upstream
from ledger.services import clock, documents, log
from ledger.services.append import append, recorded

EXPIRES_DAYS_MAX = 36_500
DECLARED = (
    "Its maker has named what it resembles as its source: a share of its income flows there, on the agreed terms."
)
"""Why a claim is over once the derivation is recorded."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TermsWanted:
    """What a creator asks of those who build on an element; `expires_after_days` None: without end."""

    upstream_ppm_min: int
    upstream_ppm_max: int
    upstream_ppm: int
    weight: Weight = "fixed"
    allowed_uses: tuple[Use, ...] = ("own_music", "derive", "sell_derivative", "sync")
    expires_after_days: int | None = None

    @classmethod
    def fixed(cls, upstream_ppm: int, **more: object) -> TermsWanted:
        """One share, whatever is measured."""
        return cls(
            upstream_ppm_min=upstream_ppm,
            upstream_ppm_max=upstream_ppm,
            upstream_ppm=upstream_ppm,
            **more,  # type: ignore[arg-type]
        )


def check_terms(wanted: TermsWanted) -> None:
    """Refuse terms that contradict themselves.

    Raises
    ------
    BadTermsError
        If the shares are not in order within the whole, or nobody is given any time.
    """
    if not 0 <= wanted.upstream_ppm_min <= wanted.upstream_ppm <= wanted.upstream_ppm_max <= ALL_PPM:
        raise BadTermsError("the share that flows back lies between the least and the most, both within the whole")
    if wanted.weight == "fixed" and wanted.upstream_ppm_min != wanted.upstream_ppm_max:
        raise BadTermsError("a fixed share has no least and no most of its own")
    days = wanted.expires_after_days
    if days is not None and not 1 <= days <= EXPIRES_DAYS_MAX:
        raise BadTermsError(f"the time to derive is 1 to {EXPIRES_DAYS_MAX:,} days, or without end")
    if "sell_derivative" in wanted.allowed_uses and "derive" not in wanted.allowed_uses:
        raise BadTermsError("who may sell what was derived may derive")


def publish_terms(*, element_id: UUID, wanted: TermsWanted, actor_id: UUID) -> UUID:
    """The next version of an element's derivation terms; the same terms again stay the version that they are.

    Licences granted before keep the terms that they were granted on. Returns the id of the version in force.

    Raises
    ------
    BadTermsError
        If the terms contradict themselves.
    NotAllowedError, WrongStateError
        If the actor did not create the element; if it is not known.
    """
    check_terms(wanted)
    with transaction.atomic():
        log.lock_head()
        _own(element_id, actor_id)
        standing = selectors.derivation_terms(element_id)
        if standing is not None and _same(standing, wanted):
            return standing.terms_id
        event = DerivationTermsPublished(
            terms_id=uuid7(),
            element_id=element_id,
            upstream_ppm_min=wanted.upstream_ppm_min,
            upstream_ppm_max=wanted.upstream_ppm_max,
            upstream_ppm=wanted.upstream_ppm,
            weight=wanted.weight,
            allowed_uses=tuple(sorted(set(wanted.allowed_uses))),
            expires_after_days=wanted.expires_after_days,
        )
        append(event, actor_id=actor_id, key=f"derivation_terms.published:{event.terms_id}")
    return event.terms_id


def _same(standing: selectors.DerivationTerms, wanted: TermsWanted) -> bool:
    return (
        standing.upstream_ppm_min == wanted.upstream_ppm_min
        and standing.upstream_ppm_max == wanted.upstream_ppm_max
        and standing.upstream_ppm == wanted.upstream_ppm
        and standing.weight == wanted.weight
        and set(standing.allowed_uses) == set(wanted.allowed_uses)
        and standing.expires_after_days == wanted.expires_after_days
    )


def record_derivation(*, element_id: UUID, parents: Sequence[Parent], author_id: UUID, key: str) -> None:
    """An element was made from others; only its creator says so, and only with the right to.

    A parent may name the licence that it rests on; else the author's newest one that permits the share is taken. What
    one owns needs none. Which licence and which terms it was are written into the record.

    Raises
    ------
    NoRightToDeriveError
        If the author has no standing licence of a parent that allows deriving; the error says what is missing.
    ShareOutsideTermsError
        If a share passes what the licence's terms ask, or misses it.
    SharesDoNotSumError
        If all upstream shares of the element pass 1,000,000 ppm: the message names each.
    DerivationCycleError
        If the element would be made, in the end, from itself: the message shows the path.
    NotAllowedError, WrongStateError
        If the author did not create the element; if an element is not known.
    """
    with transaction.atomic():
        log.lock_head()
        if recorded(key):
            return
        _own(element_id, author_id)
        check_derivation(element_id, parents)
        resting = tuple(resting_on_rights(parents, author_id=author_id, generated=_is_generated(element_id)))
        event = ElementDerived(element_id=element_id, author_id=author_id, parents=resting)
        append(event, *_claims_answered(element_id, parents, author_id), actor_id=author_id, key=key)


def _claims_answered(element_id: UUID, parents: Sequence[Parent], author_id: UUID) -> list[ClaimDecided]:
    """Open claims that the element resembles what it is now said to be made from: they are paid by the derivation.

    So it is when the element resembles a parent, or something of a parent's family, as it would have been had the
    parent been named from the start.
    """
    mine = selectors.claims_of(author_id)
    open_claims = [claim for claim in mine if claim.element_id == element_id and claim.state == "open"]
    if not open_claims:
        return []
    family = _with_ancestors([parent.element_id for parent in parents])
    reason_hash = documents.keep(DECLARED.encode(), media_type="text/plain")
    return [
        ClaimDecided(claim_id=claim.claim_id, element_id=element_id, upheld=False, reason_hash=reason_hash)
        for claim in open_claims
        if family & _with_ancestors([claim.resembles_id])
    ]


def _with_ancestors(element_ids: Sequence[UUID]) -> set[UUID]:
    return {*element_ids, *(edge.parent_id for edge in selectors.derivations_above(element_ids))}


def _own(element_id: UUID, actor_id: UUID) -> None:
    element = selectors.element(element_id)
    if element is None:
        raise WrongStateError(f"there is no element {element_id}")
    if element.creator_id != actor_id:
        raise NotAllowedError("only the element's creator records what it was made from, and on what terms it is given")


def _is_generated(element_id: UUID) -> bool:
    return selectors.generation(element_id) is not None


def resting_on_rights(parents: Sequence[Parent], *, author_id: UUID, generated: bool = False) -> list[Parent]:
    """The parents, each with the licence and the terms that it rests on.

    generated : a model made the child; the share of the published policy then fits whatever the terms say at most

    Raises
    ------
    NoRightToDeriveError, ShareOutsideTermsError
        As `record_derivation` does.
    """
    return [_resting(parent, author_id, generated) for parent in parents]


def _resting(parent: Parent, author_id: UUID, generated: bool) -> Parent:
    found = selectors.rights_to_derive(party_id=author_id, element_id=parent.element_id, at=clock.now())
    rights = [one for one in found.rights if parent.licence_id in (None, one.licence_id)]
    if not rights:
        raise NoRightToDeriveError(parent.element_id, found.refusal or "none")
    for right in rights:
        at_most = right.upstream_ppm_max
        if generated:
            at_most = max(at_most, settings.GENERATION_UPSTREAM_PPM)
        if right.upstream_ppm_min <= parent.upstream_ppm <= at_most:
            terms_id = right.terms.terms_id if right.terms else None
            return dataclasses.replace(parent, licence_id=right.licence_id, terms_id=terms_id)
    raise ShareOutsideTermsError(
        parent.element_id,
        upstream_ppm=parent.upstream_ppm,
        least=rights[0].upstream_ppm_min,
        most=rights[0].upstream_ppm_max,
    )


def check_derivation(element_id: UUID, parents: Sequence[Parent]) -> None:
    """Raise what `record_derivation` raises about shares and cycles; for callers that append by themselves."""
    known = selectors.elements(parent.element_id for parent in parents)
    for parent in parents:
        if parent.element_id not in known and parent.element_id != element_id:
            raise WrongStateError(f"there is no element {parent.element_id}")
    before = selectors.parents_of(element_id)
    earlier = [Parent(element_id=edge.parent_id, upstream_ppm=edge.upstream_ppm) for edge in before]
    check_upstream([*earlier, *parents])
    _check_no_cycle(element_id, parents)


def _check_no_cycle(element_id: UUID, parents: Sequence[Parent]) -> None:
    above: dict[UUID, list[UUID]] = {}
    for edge in selectors.derivations_above([parent.element_id for parent in parents]):
        above.setdefault(edge.child_id, []).append(edge.parent_id)
    path_to = {parent.element_id: [element_id, parent.element_id] for parent in parents}
    waiting = list(path_to)
    while waiting:
        here = waiting.pop()
        if here == element_id:
            path = " → ".join(str(step) for step in path_to[here])
            raise DerivationCycleError(f"the element would be made from itself: {path}")
        for parent_id in above.get(here, ()):
            if parent_id not in path_to:
                path_to[parent_id] = [*path_to[here], parent_id]
                waiting.append(parent_id)
