"""The cart: offers a visitor put aside, kept in their session."""

from __future__ import annotations

from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

CART_KEY = "cart"
PACKS_KEY = "cart_packs"
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


def read_packs(session: SessionBase) -> list[tuple[UUID, str]]:
    """(pack id, currency) of the packs in the cart, in the order they were put in."""
    return [(UUID(pack_id), currency) for pack_id, currency in session.get(PACKS_KEY, [])]


def add_pack(session: SessionBase, pack_id: UUID, currency: str) -> None:
    """Put a pack in, once: in another currency it takes the place of the first."""
    others = [pair for pair in read_packs(session) if pair[0] != pack_id]
    if len(others) < CART_LINES_MAX:
        session[PACKS_KEY] = [[str(one), in_currency] for one, in_currency in [*others, (pack_id, currency)]]


def remove_pack(session: SessionBase, pack_id: UUID) -> None:
    """Take a pack out."""
    session[PACKS_KEY] = [[str(one), currency] for one, currency in read_packs(session) if one != pack_id]


def clear(session: SessionBase) -> None:
    """Empty the cart."""
    session.pop(CART_KEY, None)
    session.pop(PACKS_KEY, None)
