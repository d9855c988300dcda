"""The change log of an element's split, and whose it is to read."""

from __future__ import annotations

from uuid import UUID

from ledger.models import Element, EventRow, SplitProposal, Trail
from ledger.selectors.log import COLUMNS, Record
from ledger.services.log import record_of_row

__all__ = [
    "has_part",
    "split_events",
]


def split_events(element_id: UUID) -> list[Record]:
    """Every proposal, answer, withdrawal and taking effect for an element, newest first."""
    positions = Trail.objects.filter(subject_id=element_id).values("position")
    rows = EventRow.objects.filter(position__in=positions, kind__startswith="split.").order_by("-position")
    return [record_of_row(row) for row in rows.values_list(*COLUMNS)]


def has_part(party_id: UUID, element_id: UUID) -> bool:
    """Whether the party made the element, or was ever named in a proposal for its split."""
    named = SplitProposal.objects.filter(element_id=element_id, shares__contains=[{"party_id": str(party_id)}])
    return Element.objects.filter(element_id=element_id, creator_id=party_id).exists() or named.exists()
