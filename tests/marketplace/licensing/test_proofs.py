"""Certificates for whoever has the link, receipts for those whom they concern, a page that tells good from bad."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ledger import selectors as ledger
from ledger.services import checkpoints
from ledger.services import receipts as ledger_receipts
from marketplace.accounts.permissions import Role
from marketplace.checkout import services as checkout
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(shop: Shop) -> Any:
    return shop.person("Ben")


@pytest.fixture
def licence(shop: Shop, ben: Any) -> ledger.Licence:
    listing = shop.on_sale(shop.creator("Mira"), licence="free", price_minor=0)
    found = ledger.licence(checkout.claim_free(buyer_id=ben.party_id, listing_id=listing.id))
    assert found is not None
    return found


def receipt_of(licence: ledger.Licence) -> bytes:
    record = ledger.event_at(licence.position)
    assert record is not None
    return Client().get(f"/receipts/{record.event_id}.tlog-proof").content


def with_leaf(data: bytes, old: bytes, new: bytes) -> bytes:
    """The receipt with other words in the event it carries."""
    line = next(one for one in data.split(b"\n") if one.startswith(b"extra "))
    leaf = base64.b64decode(line.removeprefix(b"extra "))
    assert old in leaf
    return data.replace(line, b"extra " + base64.b64encode(leaf.replace(old, new)))


def check(data: bytes) -> Any:
    return Client().post("/verify/", {"receipt": SimpleUploadedFile("x.tlog-proof", data)})


def test_a_certificate_is_open_to_its_link_and_names_the_holder_to_few(shop: Shop, ben: Any, licence: Any) -> None:
    path = f"/certificates/{licence.licence_id}/"
    staff = shop.person("Lea", Role.LABEL_STAFF)

    seen = {who: shop.client(user).get(path).content.decode() for who, user in
            {"visitor": None, "stranger": shop.person("Eve"), "holder": ben, "staff": staff}.items()}  # fmt: skip

    assert all("Night ferry" in page and "This licence stands." in page for page in seen.values())
    assert ["Ben" in seen[who] for who in ("visitor", "stranger", "holder", "staff")] == [False, False, True, True]
    assert Client().get(f"{path}code.svg").headers["Content-Type"] == "image/svg+xml"


def test_a_receipt_verifies_on_the_page_and_without_us(shop: Shop, licence: Any, tmp_path: Path) -> None:
    (tmp_path / "r.tlog-proof").write_bytes(receipt_of(licence))
    for name, path in (("verify.py", "/log/verify.py"), ("key", "/log/key")):
        answer = Client().get(path)
        (tmp_path / name).write_bytes(b"".join(answer) if answer.streaming else answer.content)

    page = check(receipt_of(licence))
    alone = subprocess.run(
        [sys.executable, "-I", "verify.py", "r.tlog-proof", "--key", "key"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert page.status_code == 200
    assert "This event is in the ledger." in page.content.decode()
    assert alone.returncode == 0, alone.stderr
    assert str(licence.licence_id) in alone.stdout


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b"index ", b"index 1", 1),
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"\xff\xfe\x00",
        lambda data: with_leaf(data, b"licence.granted.v2", b"licence.revoked.v1"),
    ],
    ids=["another index", "cut in half", "empty", "no text", "changed words"],
)
def test_a_damaged_receipt_is_not_proved(licence: Any, damage: Any) -> None:
    data = receipt_of(licence)

    answer = check(damage(data))

    assert answer.status_code == 422
    assert "This event is in the ledger." not in answer.content.decode()


def test_a_receipt_of_another_log_is_not_proved(licence: Any, settings: Any, tmp_path: Path) -> None:
    data = receipt_of(licence)
    settings.LEDGER_KEY_DIR = tmp_path / "other keys"
    checkpoints.checkpoint()

    assert check(data).status_code == 422


def test_a_receipt_too_large_to_be_one_is_not_read(licence: Any) -> None:
    assert check(b"x" * 70_000).status_code == 422
    assert Client().post("/verify/", {}).status_code == 422


def test_receipts_go_to_those_whom_they_concern(shop: Shop, ben: Any, licence: Any) -> None:
    (record,) = [r for r in ledger.events_about(ben.party_id, limit=50) if r.event.kind == "party.registered.v1"]
    path = f"/receipts/{record.event_id}.tlog-proof"
    staff = shop.person("Lea", Role.LABEL_STAFF)

    statuses = [shop.client(user).get(path).status_code for user in (None, shop.person("Eve"), ben, staff)]

    assert statuses == [403, 403, 200, 200]
    assert shop.client(ben).get(path).content == ledger_receipts.receipt(record.event_id)


def test_a_revoked_licence_says_so(shop: Shop, linked: Any, ben: Any) -> None:
    from ledger.gateways import payouts
    from marketplace.checkout import reversals

    payouts.top_up(topup_id=ben.id, amount_minor=10_000, currency="EUR", reason="tests")
    order = shop.buy(linked, ben, shop.on_sale(shop.creator("Mira")))
    reversals.refund(order_id=order.id, actor_id=shop.person("Lea").party_id, reason="wrong key")
    (licence,) = ledger.licences_of(ben.party_id)

    page = Client().get(f"/certificates/{licence.licence_id}/").content.decode()

    assert "This licence stands." not in page


def test_the_words_of_a_licence_are_kept_byte_for_byte(licence: Any) -> None:
    import hashlib

    plain = Client().get(f"/terms/{licence.terms_hash}/?plain").content

    assert hashlib.sha256(plain).hexdigest() == licence.terms_hash
    assert Client().get("/licences/free/").headers["Location"] == f"/terms/{licence.terms_hash}/"
    assert Client().get("/terms/nothing/").status_code == Client().get("/licences/royal/").status_code == 404


def test_who_may_not_read_an_event_gets_its_receipt_sealed(shop: Shop, ben: Any, licence: Any) -> None:
    registered = next(
        one
        for one in ledger.all_records()
        if str(ben.party_id) in str(one.event) and one.event.kind.startswith("party.")
    )
    path = f"/receipts/{registered.event_id}.tlog-proof"
    eve = shop.client(shop.person("Eve"))

    refused, sealed = eve.get(path), eve.get(f"{path}?sealed")

    assert refused.status_code == 403
    assert sealed.status_code == 200
    assert str(ben.party_id).encode() not in sealed.content
    answer = check(sealed.content).content.decode()
    assert registered.leaf_hash.hex() in answer
    assert "sealed" in answer
