"""Who may hold an element's full bytes and notes."""

from __future__ import annotations

from uuid import UUID

from ledger import selectors as ledger
from production.models import Element, VersionContributor


def made_by(party_id: UUID, element_id: UUID) -> bool:
    """Whether the party made the element or took part in one of its versions."""
    return (
        Element.objects.filter(id=element_id, creator_id=party_id).exists()
        or VersionContributor.objects.filter(version__element_id=element_id, party_id=party_id).exists()
    )


def may_use(party_id: UUID, element_id: UUID) -> bool:
    """Whether the party made the element, or holds a standing licence for any version of it."""
    return (
        made_by(party_id, element_id) or ledger.standing_licence(element_id=element_id, holder_id=party_id) is not None
    )


def may_have(party_id: UUID, element_id: UUID, content_hash: str) -> bool:
    """Whether the party may hold these very bytes: a licence is for one version, not for those that come later."""
    return made_by(party_id, element_id) or any(
        licence.standing and licence.holder_id == party_id and licence.content_hash == content_hash
        for licence in ledger.licences_for(element_id)
    )
