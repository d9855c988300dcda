"""What exists, in which versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger import sql
from ledger.domain.events import (
    Contribution,
    ElementCreated,
    ElementEdited,
    ElementGenerated,
    ElementProcessed,
    ModelRegistered,
)
from ledger.domain.records import EventRecord
from ledger.models import Element, ElementVersion, Generation, ModelTerms, Processing
from ledger.projections.base import Projection, folds


class Elements(Projection):
    """Elements, their versions, and the generations and processes that made some of them."""

    name = "elements"
    tables = (Element, ElementVersion, Generation, Processing, ModelTerms)
    subject = {
        **dict.fromkeys((ElementCreated, ElementEdited, ElementGenerated, ElementProcessed), "element_id"),
        ModelRegistered: "weights_hash",
    }

    @folds(ElementCreated)
    def created(self, records: Sequence[EventRecord[ElementCreated]]) -> None:
        """A new element, with its first version."""
        sql.insert(
            Element,
            (
                {
                    "element_id": r.event.element_id,
                    "element_kind": r.event.element_kind,
                    "creator_id": r.actor_id,
                    "version": 1,
                    "content_hash": r.event.content_hash,
                    "media_type": r.event.media_type,
                    "created_at": r.at,
                    "position": r.position,
                    "changed_position": r.position,
                }
                for r in records
            ),
        )
        sql.insert(ElementVersion, (_version(r, 1) for r in records))

    @folds(ElementEdited)
    def edited(self, records: Sequence[EventRecord[ElementEdited]]) -> None:
        """A new version."""
        sql.update(
            Element,
            (
                {
                    "element_id": r.event.element_id,
                    "version": r.event.version,
                    "content_hash": r.event.content_hash,
                    "changed_position": r.position,
                }
                for r in records
            ),
            by="element_id",
        )
        sql.insert(ElementVersion, (_version(r, r.event.version) for r in records))

    @folds(ElementGenerated)
    def generated(self, records: Sequence[EventRecord[ElementGenerated]]) -> None:
        """The call that made an element."""
        for r in records:
            body = r.event.body()
            kept = {name: body[name] for name in ("parameters", "runtime", "inputs")}
            Generation.objects.create(
                element_id=r.event.element_id,
                job_id=r.event.job_id,
                model=r.event.model,
                weights_hash=r.event.weights_hash,
                seed=r.event.seed,
                content_hash=r.event.content_hash,
                position=r.position,
                **kept,
            )

    @folds(ElementProcessed)
    def processed(self, records: Sequence[EventRecord[ElementProcessed]]) -> None:
        """The call that made a version."""
        sql.insert(Processing, ({**r.event.body(), "at": r.at, "position": r.position} for r in records))

    @folds(ModelRegistered)
    def model_registered(self, records: Sequence[EventRecord[ModelRegistered]]) -> None:
        """Weights came into use, or are in use on other terms from here on."""
        sql.insert(ModelTerms, ({**r.event.body(), "at": r.at, "position": r.position} for r in records))


def _version(record: EventRecord[Any], version: int) -> dict[str, Any]:
    return {
        "element_id": record.event.element_id,
        "version": version,
        "content_hash": record.event.content_hash,
        "editor_id": record.actor_id,
        "contributors": [_plain(c) for c in record.event.contributors],
        "at": record.at,
        "position": record.position,
    }


def _plain(contribution: Contribution) -> dict[str, str]:
    return {"party_id": str(contribution.party_id), "role": contribution.role}
