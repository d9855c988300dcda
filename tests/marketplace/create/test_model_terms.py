"""Who trained a model, on its page: staff say it, everybody reads it, and whoever keeps something sees what is left."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

import engine.weights
from ledger import selectors as ledger
from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import Listing
from marketplace.create import showing
from production import selectors as production
from production.cards import data_of
from production.services import generation
from tests.helpers.shop import Shop
from tests.marketplace.create.test_pages import asked, text, tune_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    from production import limits
    from production.parsing import apart

    def run(work: str, data: bytes, *, arguments: Any = None, **more: Any) -> Any:
        return apart.run_here(work, data, arguments=arguments, on_part=more.get("on_part"))

    monkeypatch.setattr(limits, "PREVIEW_SECONDS_MAX", 2.0)
    monkeypatch.setattr(generation, "run_apart", run)


def said(shop: Shop, share: str, email: str = "lab@example.org") -> Any:
    staff = shop.client(shop.person("Lea", Role.LABEL_STAFF))
    return staff.post("/models/harmony-1/terms/", {"email": email, "share": share}, follow=True)


def test_staff_say_who_trained_a_model_and_everybody_reads_it(shop: Shop) -> None:
    shop.person("Lab")

    answer = text(said(shop, "5"))
    page = text(shop.client(None).get("/models/harmony-1/"))

    (one,) = ledger.models_named("harmony-1")
    card = (Path(engine.weights.__file__).parent / "harmony-1.md").read_bytes()
    assert "Registered." in answer
    assert "Lab" in page
    assert "5\u00a0%" in page
    assert "JSB-Chorales-dataset" in page
    assert one.card_hash == hashlib.sha256(card).hexdigest()
    assert one.card_hash in page
    assert "E-mail of the party" not in page


def test_others_may_not_and_nonsense_is_refused_in_plain_words(shop: Shop) -> None:
    refused = shop.client(shop.creator("Mira")).post("/models/harmony-1/terms/", {"email": "a@b.org", "share": "5"})
    words = [text(said(shop, share, email)) for share, email in (("60", "lab@example.org"),)]
    staff = shop.client(shop.person("Leo", Role.LABEL_STAFF))
    no_number = text(staff.post("/models/harmony-1/terms/", {"email": "a@b.org", "share": "much"}, follow=True))
    no_address = text(staff.post("/models/harmony-1/terms/", {"email": "", "share": "5"}, follow=True))

    assert refused.status_code == 403
    assert "between 0 and 50 %" in words[0]
    assert "The share is a number" in no_number
    assert "Give the e-mail address" in no_address
    assert ledger.models_named("harmony-1") == []


def test_the_card_as_it_was_registered_can_be_read_for_ever(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.person("Lab")
    said(shop, "5")
    monkeypatch.setattr("production.selectors.cards.text_of", lambda name: "# harmony-1\n\nWritten anew.\n")

    page = text(shop.client(None).get("/models/harmony-1/"))

    assert "The card as it was registered before" in page
    assert "Completes four voices" in page


def test_whoever_keeps_a_proposal_sees_the_models_party_and_the_split_holds_it(shop: Shop) -> None:
    mira, lab = shop.creator("Mira"), shop.person("Lab")
    said(shop, "5")
    client = shop.client(mira)
    job_id = asked(client, element=str(tune_of(mira)), count="1")
    generation.run(job_id)

    page = text(client.get(f"/recommendations/{job_id}/"))
    client.post(f"/recommendations/{job_id}/keep/", {"variant": "0", "title": "Kept"})

    element_id = next(one.id for one in production.my_elements(mira.party_id) if one.title == "Kept")
    split = {one.party_id: (one.role, one.share_ppm) for one in ledger.splits_in_force(element_id)}
    kept = showing.keeps_ppm(300_000, model_ppm=50_000)
    assert "who trained the model" in page
    assert "Lab" in page
    assert f"{kept / 10_000:g}" in page
    assert split[lab.party_id] == ("model", 50_000)
    assert split[mira.party_id][1] == 950_000
    shop.offer(mira, element_id, shares=[(mira, 950_000), (lab, 50_000)])
    assert Listing.objects.get(entry_id=element_id).status == "on_sale", "the model's party is not asked again"


def test_every_model_that_recommends_says_in_a_row_what_it_learned_from() -> None:
    for card in production.model_cards():
        if card.capabilities:
            assert card.data, card.name
    assert data_of("| data | One: MIT; Two: part, CC0 |\n") == [("One", "MIT"), ("Two", "part, CC0")]


def test_what_is_left_is_what_settlement_leaves() -> None:
    assert showing.keeps_ppm(0) == 850_000
    assert showing.keeps_ppm(300_000, model_ppm=50_000) == 565_250
