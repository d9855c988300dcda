"""Questions about elements and where they come from."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ledger import models
from ledger.selectors.log import Record, events_about_any
from ledger.selectors.rows import as_value

__all__ = [
    "Derivation",
    "Element",
    "ElementVersion",
    "Generation",
    "Processing",
    "Provenance",
    "children_of",
    "derivations_above",
    "element",
    "elements",
    "elements_of",
    "elements_with_content",
    "generation",
    "parents_of",
    "processings",
    "provenance",
    "versions_of",
]

GRAPH_ELEMENTS_MAX = 500


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element and its newest version."""

    element_id: UUID
    element_kind: str
    creator_id: UUID
    version: int
    content_hash: str
    media_type: str
    created_at: dt.datetime
    position: int
    changed_position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementVersion:
    """One immutable state; `contributors` are {party_id, role} as strings."""

    element_id: UUID
    version: int
    content_hash: str
    editor_id: UUID
    contributors: list[dict[str, str]]
    at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """The call of a model that made an element: the same call makes the same bytes again."""

    element_id: UUID
    job_id: UUID
    model: str
    weights_hash: str
    seed: int
    parameters: dict[str, Any]
    runtime: dict[str, Any]
    inputs: list[str]
    content_hash: str
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """The call of a process that made a version; `inputs` are {element_id, content_hash}, first what was worked on."""

    element_id: UUID
    version: int
    content_hash: str
    job_id: UUID
    process: str
    parameters: dict[str, Any]
    inputs: list[dict[str, str]]
    weights: dict[str, str]
    runtime: dict[str, Any]
    at: dt.datetime
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """`upstream_ppm` of what the child receives flows to the parent."""

    child_id: UUID
    parent_id: UUID
    upstream_ppm: int
    author_id: UUID
    licence_id: UUID | None
    terms_id: UUID | None
    position: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Everything behind and after an element: the graph of its family, and every event that names one of them.

    `depth` is the distance from the element asked for: negative towards its ancestors, positive towards what was made
    from it (the shortest way counts).
    """

    element: Element
    elements: dict[UUID, Element]
    depth: dict[UUID, int]
    derivations: tuple[Derivation, ...]
    versions: tuple[ElementVersion, ...]
    generations: dict[UUID, Generation]
    events: tuple[Record, ...]


def element(element_id: UUID) -> Element | None:
    """The element with this id."""
    row = models.Element.objects.filter(element_id=element_id).first()
    return as_value(Element, row) if row else None


def elements(element_ids: Iterable[UUID]) -> dict[UUID, Element]:
    """Those of these elements that exist."""
    rows = models.Element.objects.filter(element_id__in=list(element_ids))
    return {row.element_id: as_value(Element, row) for row in rows}


def elements_of(creator_id: UUID) -> list[Element]:
    """What someone made, newest first."""
    rows = models.Element.objects.filter(creator_id=creator_id).order_by("-position")
    return [as_value(Element, row) for row in rows]


def elements_with_content(content_hash: str) -> list[Element]:
    """Elements of which any version has these very bytes, oldest first."""
    ids = models.ElementVersion.objects.filter(content_hash=content_hash).values("element_id")
    return [as_value(Element, r) for r in models.Element.objects.filter(element_id__in=ids).order_by("position")]


def versions_of(element_id: UUID) -> list[ElementVersion]:
    """Every version, oldest first."""
    rows = models.ElementVersion.objects.filter(element_id=element_id).order_by("version")
    return [as_value(ElementVersion, row) for row in rows]


def generation(element_id: UUID) -> Generation | None:
    """The model's call that made this element, if one did."""
    row = models.Generation.objects.filter(element_id=element_id).first()
    return as_value(Generation, row) if row else None


def processings(element_id: UUID) -> dict[int, Processing]:
    """Version -> the call of the process that made it; versions that no process made are left out."""
    rows = models.Processing.objects.filter(element_id=element_id).order_by("version")
    return {row.version: as_value(Processing, row) for row in rows}


def parents_of(element_id: UUID) -> list[Derivation]:
    """What the element is made from, in ascending parent id order."""
    rows = models.Derivation.objects.filter(child_id=element_id).order_by("parent_id")
    return [as_value(Derivation, row) for row in rows]


def children_of(element_id: UUID) -> list[Derivation]:
    """What was made from the element, oldest first."""
    rows = models.Derivation.objects.filter(parent_id=element_id).order_by("position")
    return [as_value(Derivation, row) for row in rows]


def derivations_above(element_ids: Iterable[UUID], *, upto: int | None = None) -> list[Derivation]:
    """Every edge on the way from these elements to their oldest ancestors, recorded at `upto` or before."""
    edges, _ = _walk(set(element_ids), upwards=True, upto=upto)
    return sorted(edges, key=lambda edge: (edge.position, edge.parent_id))


def provenance(element_id: UUID) -> Provenance | None:
    """The whole story of an element."""
    centre = element(element_id)
    if centre is None:
        return None
    above, up = _walk({element_id}, upwards=True)
    below, down = _walk({element_id}, upwards=False)
    depth = {**down, **{key: -steps for key, steps in up.items()}, element_id: 0}
    family = list(depth)
    versions = models.ElementVersion.objects.filter(element_id__in=family).order_by("position")
    generations = models.Generation.objects.filter(element_id__in=family)
    return Provenance(
        element=centre,
        elements=elements(family),
        depth=depth,
        derivations=tuple(sorted({*above, *below}, key=lambda edge: (edge.position, edge.parent_id))),
        versions=tuple(as_value(ElementVersion, row) for row in versions),
        generations={row.element_id: as_value(Generation, row) for row in generations},
        events=tuple(events_about_any(family)),
    )


def _walk(start: set[UUID], *, upwards: bool, upto: int | None = None) -> tuple[set[Derivation], dict[UUID, int]]:
    """Edges and distances from `start`, level by level: one query a level."""
    here, there = ("child_id", "parent_id") if upwards else ("parent_id", "child_id")
    edges: set[Derivation] = set()
    depth = dict.fromkeys(start, 0)
    level, steps = start, 0
    while level and len(depth) < GRAPH_ELEMENTS_MAX:
        rows = models.Derivation.objects.filter(**{f"{here}__in": level})
        if upto is not None:
            rows = rows.filter(position__lte=upto)
        found = [as_value(Derivation, row) for row in rows]
        edges.update(found)
        steps += 1
        level = {getattr(edge, there) for edge in found} - depth.keys()
        depth.update(dict.fromkeys(level, steps))
    return edges, depth
