"""Questions about models: who trained them, on what, and what their party receives."""

from __future__ import annotations

import dataclasses
import datetime as dt
from uuid import UUID

from ledger import models
from ledger.selectors.rows import as_value

__all__ = [
    "ModelTerms",
    "model_owed",
    "model_terms",
    "models_named",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelTerms:
    """What holds for weights from `position` on; `data` are {name, licence}."""

    weights_hash: str
    model: str
    card_hash: str
    trainer_id: UUID | None
    data: list[dict[str, str]]
    share_ppm: int
    at: dt.datetime
    position: int


def model_terms(weights_hash: str, *, upto: int | None = None) -> ModelTerms | None:
    """The terms in force now, or at a position; None for weights that nobody registered."""
    rows = models.ModelTerms.objects.filter(weights_hash=weights_hash)
    if upto is not None:
        rows = rows.filter(position__lte=upto)
    row = rows.order_by("-position").first()
    return as_value(ModelTerms, row) if row else None


def models_named(model: str) -> list[ModelTerms]:
    """Everything that was registered under a name, newest first."""
    rows = models.ModelTerms.objects.filter(model=model).order_by("-position")
    return [as_value(ModelTerms, row) for row in rows]


def model_owed(element_id: UUID) -> ModelTerms | None:
    """The terms under which a model made an element, where they give its party a share; else None."""
    made = models.Generation.objects.filter(element_id=element_id).first()
    terms = model_terms(made.weights_hash, upto=made.position) if made else None
    return terms if terms is not None and terms.trainer_id is not None and terms.share_ppm else None
