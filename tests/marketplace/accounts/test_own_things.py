"""“One's own”: jobs, uploads, bytes and recommendations of somebody else answer as if they were not there."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.services import jobs
from marketplace.checkout import services as checkout
from production import selectors as production
from tests.helpers.sandbox import Running
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(shop: Shop) -> dict[str, Any]:
    return {"mira": shop.creator("Mira"), "eve": shop.creator("Eve"), "ben": shop.person("Ben")}


def statuses(shop: Shop, people: dict[str, Any], path: str) -> dict[str, int]:
    return {name: shop.client(user).get(path).status_code for name, user in [*people.items(), ("nobody", None)]}


def test_jobs_are_seen_and_cancelled_by_whoever_asked_for_them(shop: Shop, people: dict[str, Any]) -> None:
    job_id = jobs.request(
        task="production.import_upload", arguments={}, actor_id=people["mira"].party_id, key=f"job:{uuid7()}"
    )

    seen = statuses(shop, people, f"/api/jobs/{job_id}/")
    stolen = shop.client(people["eve"]).post(f"/api/jobs/{job_id}/cancel/", content_type="application/json")
    own = shop.client(people["mira"]).post(f"/api/jobs/{job_id}/cancel/", content_type="application/json")

    assert seen == {"mira": 200, "eve": 404, "ben": 404, "nobody": 403}
    assert stolen.status_code == 404
    assert own.json()["state"] == "cancelled"


def test_uploads_belong_to_whoever_began_them_and_need_a_creator(shop: Shop, people: dict[str, Any]) -> None:
    begin = {
        "path": "/api/uploads/",
        "data": json.dumps({"name": "a.mid", "size": 10}),
        "content_type": "application/json",
    }
    begun = shop.client(people["mira"]).post(**begin)
    path = f"/api/uploads/{begun.json()['id']}/"

    seen = statuses(shop, people, path)

    assert begun.status_code == 201
    assert shop.client(people["ben"]).post(**begin).status_code == 403
    assert shop.client(None).post(**begin).status_code == 403
    assert seen == {"mira": 200, "eve": 404, "ben": 403, "nobody": 403}
    assert shop.client(people["eve"]).delete(path).status_code == 404


def test_full_bytes_are_for_the_maker_and_for_licences(shop: Shop, people: dict[str, Any]) -> None:
    listing = shop.on_sale(people["mira"], licence="free", price_minor=0)
    version = production.element(listing.entry_id).version
    path = f"/versions/{version.id}/original/"

    before = statuses(shop, people, path)
    checkout.claim_free(buyer_id=people["ben"].party_id, listing_id=listing.id)
    after = statuses(shop, people, path)

    assert before == {"mira": 302, "eve": 403, "ben": 403, "nobody": 401}
    assert after == before | {"ben": 302}


def test_a_signed_link_that_was_changed_opens_nothing(shop: Shop, people: dict[str, Any]) -> None:
    listing = shop.on_sale(people["mira"])
    version = production.element(listing.entry_id).version
    client = shop.client(people["mira"])
    link = client.get(f"/versions/{version.id}/original/").headers["Location"]

    assert client.get(link).status_code == 200
    assert client.get(link[:-2] + "x/").status_code in (403, 404)


def test_recommendations_are_for_whoever_asked(shop: Shop, people: dict[str, Any]) -> None:
    element_id = shop.on_sale(people["mira"]).entry_id
    mira = shop.client(people["mira"])
    where = mira.post("/create/harmony/", {"element": element_id, "seed": "7"}).headers["Location"]

    assert statuses(shop, people, where) == {"mira": 200, "eve": 404, "ben": 404, "nobody": 302}
    refused = shop.client(people["eve"]).post("/create/harmony/", {"element": element_id, "seed": "7"})
    assert refused.status_code == 422
    assert "/recommendations/" not in refused.headers.get("Location", "")
    assert UUID(where.strip("/").split("/")[-1])


def test_what_was_never_listed_is_seen_by_its_maker_alone(shop: Shop, people: dict[str, Any]) -> None:
    element_id = shop.element(people["mira"])

    seen = statuses(shop, people, f"/elements/{element_id}/provenance/")

    assert (seen["eve"], seen["ben"], seen["nobody"]) == (404, 404, 404)


def test_who_only_buys_has_no_public_page_and_provenance_lists_no_receipt_of_theirs(
    shop: Shop, people: dict[str, Any], linked: Running
) -> None:
    listing = shop.on_sale(people["mira"])
    shop.buy(linked, people["ben"], listing)
    (licence,) = ledger.licences_of(people["ben"].party_id)
    granted = ledger.event_at(licence.position)
    assert granted is not None

    pages = {
        name: shop.client(people.get(name)).get(f"/elements/{listing.entry_id}/provenance/").content.decode()
        for name in ("ben", "eve", "nobody")
    }

    assert {name: str(granted.event_id) in page for name, page in pages.items()} == {
        "ben": True,
        "eve": False,
        "nobody": False,
    }
    assert all("tlog-proof" in page for page in pages.values())  # what the makers did is open to all
    assert statuses(shop, people, f"/creators/{people['ben'].party_id}/")["nobody"] == 404
    assert statuses(shop, people, f"/creators/{people['mira'].party_id}/")["nobody"] == 200
