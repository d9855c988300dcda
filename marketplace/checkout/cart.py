"""The cart: offers a visitor put aside, kept in their session."""

from __future__ import annotations

from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

CART_KEY = "cart"
CART_LINES_MAX = 50


def read(session: SessionBase) -> list[UUID]:
    """The listing ids in the cart, in the order they were put in."""
    return [UUID(text) for text in session.get(CART_KEY, [])]


def add(session: SessionBase, listing_id: UUID) -> None:
    """Put an offer in, once."""
    ids = read(session)
    if listing_id not in ids and len(ids) < CART_LINES_MAX:
        session[CART_KEY] = [str(one) for one in [*ids, listing_id]]


def remove(session: SessionBase, listing_id: UUID) -> None:
    """Take an offer out."""
    session[CART_KEY] = [str(one) for one in read(session) if one != listing_id]


def clear(session: SessionBase) -> None:
    """Empty the cart."""
    session.pop(CART_KEY, None)
