"""Models in use: said in the ledger with the card that speaks for them, who trained them, and what they receive."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger import selectors as ledger
from ledger.domain.errors import KeyReusedError
from ledger.domain.events import ModelRegistered, Role, Share, TrainingData
from ledger.domain.ids import uuid7
from ledger.domain.shares import ALL_PPM
from ledger.services import append, documents, recorded, rights
from production.cards import data_of, text_of
from production.errors import BadParameterError, NotAnElementError

SHARE_PPM_MAX = 500_000
"""A model never receives more of its own portion of an element than whoever chose and kept it."""


def register(actor_id: UUID, call: Mapping[str, Any]) -> None:
    """Say once that these weights are in use, and which card speaks for them.

    New weights under a known name keep its terms; under a new name they are the site's own, and receive nothing.
    """
    key = f"model:{call['weights_hash']}"
    if recorded(key):
        return
    before = next(iter(ledger.models_named(call["model"])), None)
    registered = _registered(
        call["model"],
        call["weights_hash"],
        trainer_id=before.trainer_id if before else settings.PLATFORM_PARTY_ID,
        share_ppm=before.share_ppm if before else 0,
    )
    with contextlib.suppress(KeyReusedError):  # somebody else said it in this very moment
        append(registered, actor_id=actor_id, key=key)


@transaction.atomic
def set_terms(*, model: str, weights_hash: str, trainer_id: UUID, share_ppm: int, actor_id: UUID) -> None:
    """Say who trained a model, and which share of what it makes from now on is theirs. Said twice, it is said once.

    Raises
    ------
    BadParameterError
        If the share is out of its range.
    NotAnElementError
        If the party is not known.
    UnknownElementError
        If the model has no card.
    """
    if not 0 <= share_ppm <= SHARE_PPM_MAX:
        raise BadParameterError(f"A model's share is between 0 and {SHARE_PPM_MAX // 10_000} %.")
    if ledger.party(trainer_id) is None:
        raise NotAnElementError("This party is not known here. Invite them first.")
    now = ledger.model_terms(weights_hash)
    if now is not None and (now.trainer_id, now.share_ppm) == (trainer_id, share_ppm):
        return
    said = _registered(model, weights_hash, trainer_id=trainer_id, share_ppm=share_ppm)
    # The first key is the one that `register` looks for: a model whose terms are set needs no other word.
    key = f"model:{weights_hash}" if now is None else f"model:{weights_hash}:{uuid7()}"
    append(said, actor_id=actor_id, key=key)


def share_out(*, element_id: UUID, keeper_id: UUID, role: Role, key: str) -> None:
    """Where the model that made an element has a share, put it into the element's first split."""
    owed = ledger.model_owed(element_id)
    if owed is None or owed.trainer_id is None or owed.trainer_id == keeper_id:
        return
    shares = (
        Share(party_id=keeper_id, role=role, share_ppm=ALL_PPM - owed.share_ppm),
        Share(party_id=owed.trainer_id, role="model", share_ppm=owed.share_ppm),
    )
    rights.propose_split(element_id=element_id, shares=shares, actor_id=keeper_id, key=key)


def _registered(model: str, weights_hash: str, *, trainer_id: UUID | None, share_ppm: int) -> ModelRegistered:
    text = text_of(model)
    return ModelRegistered(
        model=model,
        weights_hash=weights_hash,
        card_hash=documents.keep(text.encode(), media_type="text/markdown"),
        trainer_id=trainer_id,
        data=tuple(TrainingData(name=name, licence=licence) for name, licence in data_of(text)),
        share_ppm=share_ppm,
    )
