"""What a new version resembles: a warning for its maker, and a claim that holds the disputed share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from ledger import selectors as ledger
from ledger.domain.events import ClaimOpened
from ledger.domain.ids import uuid7
from production.models import Element, Version
from production.parsing.report import Examined
from production.services import matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Resemblance:
    """Something the maker should know; the element was made all the same."""

    code: str
    element_id: UUID
    disputed_ppm: int
    claim_id: UUID | None


def of(
    element: Element, version: Version, examined: Examined, parents: Collection[UUID]
) -> tuple[tuple[ClaimOpened, ...], tuple[Resemblance, ...]]:
    """Warn of everything this resembles, and hold the disputed share for the strongest of it."""
    found = matches.find(
        element_id=element.id,
        creator_id=element.creator_id,
        content_hash=version.content_hash,
        fingerprint_kind=examined.fingerprint_kind,
        fingerprint=examined.fingerprint,
        parents=parents,
    )
    waiting = {claim.resembles_id: claim.claim_id for claim in ledger.claims_on(element.id) if claim.state == "open"}
    opened = tuple(
        ClaimOpened(
            claim_id=uuid7(),
            element_id=element.id,
            resembles_id=match.element_id,
            disputed_ppm=match.disputed_ppm,
            reason=match.reason,
        )
        for match in found[:1]
        if match.element_id not in waiting  # an earlier version's claim stands: it is one question
    )
    warnings = tuple(
        Resemblance(
            code=match.reason,
            element_id=match.element_id,
            disputed_ppm=match.disputed_ppm,
            claim_id=waiting.get(match.element_id) or (opened[0].claim_id if match is found[0] else None),
        )
        for match in found
    )
    return opened, warnings
