"""Where an element comes from and what became of it: the ledger's graph, with the words of today."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger import selectors as ledger
from production.errors import UnknownElementError
from production.models import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """One element of the family; `depth` is negative towards ancestors, 0 for the element asked for."""

    element_id: UUID
    title: str
    kind: str
    creator_id: UUID
    depth: int
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The whole graph: elements from the oldest ancestor down, derivations between them, and every event behind it."""

    element_id: UUID
    relatives: tuple[Relative, ...]
    derivations: tuple[ledger.Derivation, ...]
    events: tuple[ledger.Record, ...]


def provenance(element_id: UUID) -> Family:
    """The family of an element.

    Raises
    ------
    UnknownElementError
        If there is no such element.
    """
    found = ledger.provenance(element_id)
    if found is None:
        raise UnknownElementError
    titles = dict(Element.objects.filter(id__in=list(found.elements)).values_list("id", "title"))
    relatives = (
        Relative(
            element_id=key,
            title=titles.get(key, "Untitled"),
            kind=row.element_kind,
            creator_id=row.creator_id,
            depth=found.depth[key],
            model=found.generations[key].model if key in found.generations else None,
        )
        for key, row in found.elements.items()
    )
    return Family(
        element_id=element_id,
        relatives=tuple(sorted(relatives, key=lambda relative: (relative.depth, relative.element_id))),
        derivations=found.derivations,
        events=found.events,
    )
