"""What was made, and of what."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from uuid import UUID

from ledger.domain.events.codec import Event, Json, event
from ledger.domain.events.values import Contribution, ElementKind, Parent


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementCreated(Event):
    """A new element exists; `content_hash` is the SHA-256 of its first version's bytes."""

    kind = "element.created.v1"
    element_id: UUID
    element_kind: ElementKind
    content_hash: str
    media_type: str
    contributors: tuple[Contribution, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementEdited(Event):
    """A new version of an element replaced the one before."""

    kind = "element.edited.v1"
    element_id: UUID
    version: int
    content_hash: str
    previous_hash: str
    contributors: tuple[Contribution, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementDerived(Event):
    """An element was made from earlier ones; income flows back along `parents`."""

    kind = "element.derived.v2"
    element_id: UUID
    author_id: UUID
    parents: tuple[Parent, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementGenerated(Event):
    """A model made an element; the same call makes the same bytes again.

    `parameters` are the call's arguments, `runtime` the versions that the bytes depend on.
    """

    kind = "element.generated.v1"
    element_id: UUID
    job_id: UUID
    model: str
    weights_hash: str
    seed: int
    parameters: Mapping[str, Json]
    runtime: Mapping[str, Json]
    inputs: tuple[UUID, ...]
    content_hash: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInput:
    """A version that something was made of, by its bytes."""

    element_id: UUID
    content_hash: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ElementProcessed(Event):
    """A process of the engine made a version out of others; the same call makes the same bytes again.

    It stands beside the creation or the edit of that version. `inputs` has first what was worked on, `parameters` are
    the call's arguments (numbers with a point as strings), `weights` the hash of each network's by its name,
    `runtime` the versions that the bytes depend on.
    """

    kind = "element.processed.v1"
    element_id: UUID
    version: int
    content_hash: str
    job_id: UUID
    process: str
    parameters: Mapping[str, Json]
    inputs: tuple[ProcessInput, ...]
    weights: Mapping[str, Json]
    runtime: Mapping[str, Json]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """A named set of data that weights learned from, and the licence it came under, as the card says both."""

    name: str
    licence: str


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelRegistered(Event):
    """Weights came into use, or are in use on other terms from here on.

    `card_hash` finds the card's text; `trainer_id` is the party that trained them, none where that was not said.
    `share_ppm` of its own portion of an element goes to the trainer where these weights made it; by this event the
    trainer agrees to every split that gives that much.
    """

    kind = "model.registered.v2"
    model: str
    weights_hash: str
    card_hash: str
    trainer_id: UUID | None
    data: tuple[TrainingData, ...]
    share_ppm: int


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProjectShared(Event):
    """Work in progress was opened to others."""

    kind = "project.shared.v1"
    project_id: UUID
    party_ids: tuple[UUID, ...]


@event
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TakeRecorded(Event):
    """A performance was recorded."""

    kind = "take.recorded.v1"
    take_id: UUID
    project_id: UUID
    content_hash: str
    contributors: tuple[Contribution, ...]
