"""Models in use: said once in the ledger, with the card that speaks for them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ledger.domain.errors import KeyReusedError
from ledger.domain.events import ModelRegistered
from ledger.services import append, recorded


def register(actor_id: UUID, call: Mapping[str, Any]) -> None:
    """Say once that these weights are in use, and which card speaks for them."""
    key = f"model:{call['weights_hash']}"
    if recorded(key):
        return
    registered = ModelRegistered(model=call["model"], weights_hash=call["weights_hash"], card_hash=call["card_hash"])
    with contextlib.suppress(KeyReusedError):  # somebody else said it in this very moment
        append(registered, actor_id=actor_id, key=key)
