"""Fields that ask for an element: what they find, for whom."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.accounts.permissions import Role
from marketplace.catalogue import services as catalogue
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db


def found(client: Any, **asked: Any) -> list[str]:
    return [one["title"] for one in client.get("/elements/pick/", asked).json()["found"]]


def test_elements_are_found_by_a_part_of_their_title_by_address_and_by_id(shop: Shop) -> None:
    mira, ben = shop.creator("Mira"), shop.person("Ben")
    ferry, lamp = shop.on_sale(mira, "Night ferry"), shop.on_sale(mira, "Lamp", 700)
    client = shop.client(ben)

    assert found(client, q="ferry") == ["Night ferry"]
    assert found(client, q=f"https://example.org/elements/{lamp.entry_id}/") == ["Lamp"]
    assert found(client, id=[str(ferry.entry_id), str(lamp.entry_id), "nothing"]) == ["Night ferry", "Lamp"]
    assert found(client, q="") == found(client, q="zzzz") == []
    (row,) = client.get("/elements/pick/?q=lamp").json()["found"]
    assert (row["maker"], row["note"]) == ("Mira", "7.00 EUR")


def test_what_is_off_sale_is_found_by_staff_alone(shop: Shop) -> None:
    mira, staff = shop.creator("Mira"), shop.person("Anna", Role.LABEL_STAFF)
    listing = shop.on_sale(mira, "Night ferry")
    catalogue.withdraw(listing_id=listing.id, actor_id=mira.party_id)

    assert found(shop.client(mira), q="ferry", all="1") == []
    assert found(shop.client(mira), id=[str(listing.entry_id)]) == []
    assert found(shop.client(staff), q="ferry") == []
    assert found(shop.client(staff), q="ferry", all="1") == ["Night ferry"]
    assert found(shop.client(staff), id=[str(listing.entry_id)], all="1") == ["Night ferry"]
