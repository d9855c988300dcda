"""Questions about deriving: on what terms an element may be built on, and whether somebody may."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal
from uuid import UUID

from ledger import models
from ledger.selectors.elements import element
from ledger.selectors.rights import splits_in_force
from ledger.selectors.rows import as_value
from ledger.selectors.sales import Licence

__all__ = [
    "Derivability",
    "DerivationRight",
    "DerivationTerms",
    "derivation_terms",
    "derivation_terms_by_id",
    "derivation_terms_in_force",
    "derivation_terms_versions",
    "parents_not_sellable",
    "rights_to_derive",
]

PPM = 1_000_000

Refusal = Literal["", "none", "use", "expired"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DerivationTerms:
    """One version of an element's terms; what is measured stays within the least and the most."""

    terms_id: UUID
    element_id: UUID
    version: int
    upstream_ppm_min: int
    upstream_ppm_max: int
    upstream_ppm: int
    weight: str
    allowed_uses: list[str]
    expires_after_days: int | None
    at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DerivationRight:
    """Why a party may derive from an element: it owns it, or holds a licence that allows it on these terms."""

    element_id: UUID
    owner: bool
    licence_id: UUID | None
    terms: DerivationTerms | None
    may_sell: bool

    @property
    def upstream_ppm_min(self) -> int:
        """The least that must flow back."""
        return self.terms.upstream_ppm_min if self.terms else 0

    @property
    def upstream_ppm_max(self) -> int:
        """The most that may flow back."""
        return self.terms.upstream_ppm_max if self.terms else PPM

    def permits(self, upstream_ppm: int) -> bool:
        """Whether this share lies within the terms."""
        return self.upstream_ppm_min <= upstream_ppm <= self.upstream_ppm_max


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Derivability:
    """Every right of a party to derive from an element, the newest licence first; without one, what is missing.

    `refusal` is empty, or: no licence at all ("none"), none that allows deriving ("use"), or its time to derive is
    over ("expired").
    """

    element_id: UUID
    rights: tuple[DerivationRight, ...]
    refusal: Refusal
    held: tuple[Licence, ...]


def derivation_terms(element_id: UUID, *, position: int | None = None) -> DerivationTerms | None:
    """The terms that a licence granted at `position` (None: now) is bound to; None before the first were published."""
    rows = models.DerivationTerms.objects.filter(element_id=element_id)
    if position is not None:
        rows = rows.filter(position__lte=position)
    row = rows.order_by("-position").first()
    return as_value(DerivationTerms, row) if row else None


def derivation_terms_in_force(element_ids: Iterable[UUID]) -> dict[UUID, DerivationTerms]:
    """The newest terms of each of these elements that has any."""
    rows = models.DerivationTerms.objects.filter(element_id__in=set(element_ids)).order_by("position")
    return {row.element_id: as_value(DerivationTerms, row) for row in rows}


def derivation_terms_versions(element_id: UUID) -> list[DerivationTerms]:
    """Every version of an element's terms, newest first."""
    rows = models.DerivationTerms.objects.filter(element_id=element_id).order_by("-position")
    return [as_value(DerivationTerms, row) for row in rows]


def derivation_terms_by_id(terms_ids: Iterable[UUID]) -> dict[UUID, DerivationTerms]:
    """Those of these versions that exist."""
    rows = models.DerivationTerms.objects.filter(terms_id__in=set(terms_ids))
    return {row.terms_id: as_value(DerivationTerms, row) for row in rows}


def rights_to_derive(*, party_id: UUID, element_id: UUID, at: dt.datetime) -> Derivability:
    """Whether, and on what terms, a party may build on an element at `at`."""
    rows = models.Licence.objects.filter(element_id=element_id, holder_id=party_id, standing=True)
    held = tuple(as_value(Licence, row) for row in rows.order_by("-position"))
    rights = [*_of_owner(party_id, element_id), *_of_licences(element_id, held, at)]
    return Derivability(element_id=element_id, rights=tuple(rights), refusal=_refusal(rights, held), held=held)


def _refusal(rights: list[DerivationRight], held: tuple[Licence, ...]) -> Refusal:
    if rights:
        return ""
    if not held:
        return "none"
    return "expired" if any("derive" in one.allows for one in held) else "use"


def _of_owner(party_id: UUID, element_id: UUID) -> list[DerivationRight]:
    """Whoever owns all of it takes any share; one owner among several is bound by the terms that the others agreed."""
    made = element(element_id)
    if made is None:
        return []
    holders = {share.party_id for share in splits_in_force(element_id)} or {made.creator_id}
    if party_id not in holders | {made.creator_id}:
        return []
    terms = None if holders == {party_id} else derivation_terms(element_id)
    return [DerivationRight(element_id=element_id, owner=True, licence_id=None, terms=terms, may_sell=True)]


def _of_licences(element_id: UUID, held: tuple[Licence, ...], at: dt.datetime) -> list[DerivationRight]:
    usable = [one for one in held if "derive" in one.allows and (one.expires_at is None or at < one.expires_at)]
    if not usable:
        return []
    named = derivation_terms_by_id(one.derivation_terms_id for one in usable if one.derivation_terms_id)
    return [
        DerivationRight(
            element_id=element_id,
            owner=False,
            licence_id=one.licence_id,
            terms=named.get(one.derivation_terms_id) if one.derivation_terms_id else _first_terms(element_id),
            may_sell="sell_derivative" in one.allows,
        )
        for one in usable
    ]


def _first_terms(element_id: UUID) -> DerivationTerms | None:
    """A licence from before terms were written down follows the first that were."""
    row: Any = models.DerivationTerms.objects.filter(element_id=element_id).order_by("position").first()
    return as_value(DerivationTerms, row) if row else None


def parents_not_sellable(element_id: UUID) -> list[UUID]:
    """Parents whose licence let the author derive, but not sell what was derived, or was revoked since."""
    edges = models.Derivation.objects.filter(child_id=element_id).exclude(licence_id=None)
    resting_on = {edge.licence_id: edge.parent_id for edge in edges if edge.licence_id is not None}
    licences = models.Licence.objects.filter(licence_id__in=resting_on)
    refused = {one.licence_id for one in licences if not one.standing or "sell_derivative" not in one.allows}
    return sorted(parent for licence_id, parent in resting_on.items() if licence_id in refused)
