from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.services import clock
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role
from tests.helpers.processor import linked
from tests.helpers.shop import Shop, day, shop

__all__ = ["linked", "shop"]


@pytest.fixture(autouse=True)
def _july(db: None) -> Iterator[None]:
    """Stories begin on 1 July 2026: the log's clock never goes back."""
    with clock.at(day("2026-07-01")):
        yield


@pytest.fixture
def anna(shop: Shop) -> User:
    return shop.person("Anna", Role.LABEL_STAFF)


@pytest.fixture
def bela(shop: Shop) -> User:
    return shop.person("Bela", Role.LABEL_STAFF)


@pytest.fixture
def mira(shop: Shop) -> User:
    return shop.creator("Mira")


@pytest.fixture
def tomas(shop: Shop) -> User:
    return shop.creator("Tomas")
