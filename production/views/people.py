"""From the signed-in user to the party that the ledger knows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from production.errors import NotYoursError


def party_or_none(user: Any) -> UUID | None:
    """The user's party; None for visitors. Accounts belong to the layer above: only `party_id` is known of them."""
    if not getattr(user, "is_authenticated", False):
        return None
    party_id: UUID | None = getattr(user, "party_id", None)
    return party_id


def party_of(user: Any) -> UUID:
    """The user's party.

    Raises
    ------
    NotYoursError
        If there is none.
    """
    party_id = party_or_none(user)
    if party_id is None:
        raise NotYoursError("Sign in with an account that can make music.")
    return party_id
