"""On what terms others may derive from an element."""

from __future__ import annotations

import dataclasses
from uuid import UUID

from ledger.domain.events.codec import Event, event
from ledger.domain.events.values import Use, Weight


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DerivationTermsPublished(Event):
    """New terms for licences from here on; a licence keeps those it was granted on.

    `upstream_ppm` flows back where nothing was measured; what is measured stays within the least and the most.
    `expires_after_days` counts from the grant to the last day on which a derivation may be recorded.
    """

    kind = "derivation_terms.published.v1"
    terms_id: UUID
    element_id: UUID
    upstream_ppm_min: int
    upstream_ppm_max: int
    upstream_ppm: int
    weight: Weight
    allowed_uses: tuple[Use, ...]
    expires_after_days: int | None
