"""Pages of creating: what can be asked for, proposals as they come, keeping and discarding, models and their cards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain.events import Contribution, Share
from ledger.domain.ids import uuid7
from marketplace.accounts.models import User
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.errors import NoRightError, UndeclaredError
from marketplace.catalogue.models import Entry, Listing
from marketplace.catalogue.originality import check_original
from marketplace.catalogue.selectors import rows_for
from production import selectors as production
from production.services import beside, generation, own
from production.services.wishes import Wishes
from tests.helpers.shop import Shop
from tests.production import music
from tests.production.test_likeness import tune as wandering

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model works in this process: these tests are about the pages."""
    from production import limits
    from production.parsing import apart

    def run(work: str, data: bytes, *, arguments: Any = None, **more: Any) -> Any:
        return apart.run_here(work, data, arguments=arguments, on_part=more.get("on_part"))

    monkeypatch.setattr(limits, "PREVIEW_SECONDS_MAX", 2.0)
    monkeypatch.setattr(generation, "run_apart", run)
    monkeypatch.setattr(beside, "run_apart", run)


def tune_of(maker: User, title: str = "Night ferry") -> UUID:
    element_id = uuid7()
    own.keep(
        actor_id=maker.party_id,
        data=music.midi(),
        wishes=Wishes(title=title, kind="melody"),
        element_id=element_id,
        key=f"tune:{title}",
    )
    return element_id


def asked(client: Any, **said: Any) -> UUID:
    answer = client.post("/create/harmony/", {"count": "2", "seed": "7", **said})
    assert answer.status_code == 302, answer.content.decode()
    return UUID(answer.headers["Location"].strip("/").split("/")[-1])


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_start_lists_every_capability_with_what_it_gives(shop: Shop) -> None:
    mira = shop.creator("Mira")

    page = text(shop.client(mira).get("/create/"))

    for one in production.capabilities():
        assert one.title in page
        assert f"/create/{one.name}/" in page
        assert f"/models/{one.model}/" in page


@pytest.mark.parametrize("name", [one.name for one in production.capabilities()])
def test_every_knob_of_a_capability_is_a_control_with_a_label(shop: Shop, name: str) -> None:
    capability = production.capability(name)

    page = text(shop.client(shop.creator("Mira")).get(f"/create/{name}/"))

    for one in capability.parameters:
        assert f'name="{one.name}"' in page
        assert one.words in page


def test_an_element_of_notes_leads_to_what_can_be_made_of_it(shop: Shop) -> None:
    mira = shop.creator("Mira")
    tune = tune_of(mira)

    page = text(shop.client(mira).get(f"/elements/{tune}/recommend/"))

    assert f"/create/harmony/?element={tune}" in page
    chosen = text(shop.client(mira).get(f"/create/harmony/?element={tune}"))
    assert f'value="{tune}" selected' in chosen


def test_proposals_are_drawn_heard_and_steered(shop: Shop) -> None:
    mira = shop.creator("Mira")
    client, tune = shop.client(mira), tune_of(mira)
    job_id = asked(client, element=tune, temperature="0.8")
    waiting = text(client.get(f"/recommendations/{job_id}/"))

    generation.run(job_id)
    page = text(client.get(f"/recommendations/{job_id}/"))

    assert "ll-job" in waiting
    assert page.count("<article") == 2
    assert page.count("data-preview=") == 2
    assert "Harmonies" in page
    assert 'value="0.8"' in page
    assert "59.5" in page  # of a sale stays: 85 % of 70 %
    assert text(client.get(f"/recommendations/{job_id}/proposals/")).count("<article") == 2


def test_a_kept_proposal_is_marked_and_leads_to_the_workbench(shop: Shop) -> None:
    mira = shop.creator("Mira")
    client, tune = shop.client(mira), tune_of(mira)
    job_id = asked(client, element=tune)
    generation.run(job_id)

    kept = client.post(f"/recommendations/{job_id}/keep/", {"variant": "1", "title": "Ferry in four"})
    page = text(client.get(f"/recommendations/{job_id}/"))

    element_id = UUID(kept.headers["Location"].strip("/").split("/")[-1])
    assert ledger.generation(element_id) is not None
    assert "Kept" in page
    assert f"/elements/{element_id}/workbench/" in page


def test_a_discarded_proposal_is_gone_and_comes_back_when_it_is_asked_for_again(shop: Shop) -> None:
    mira = shop.creator("Mira")
    client, tune = shop.client(mira), tune_of(mira)
    job_id = asked(client, element=tune)
    generation.run(job_id)
    before = production.proposals(job_id, mira.party_id)

    client.post(f"/recommendations/{job_id}/discard/", {"variant": "0"})
    again = asked(client, element=tune)
    generation.run(again)

    assert [one.variant for one in production.proposals(job_id, mira.party_id)] == [1]
    assert production.proposals(again, mira.party_id)[0].roll == before[0].roll


def test_a_wrong_value_is_refused_in_plain_words_and_nothing_is_asked(shop: Shop) -> None:
    mira = shop.creator("Mira")
    client, tune = shop.client(mira), tune_of(mira)

    for wrong in ({"temperature": "9"}, {"temperature": "bold"}, {"seed": "-3"}, {"count": "99"}):
        answer = client.post("/create/harmony/", {"element": tune, **wrong})
        assert answer.status_code == 422, wrong
    assert [job for job in ledger.jobs_of(mira.party_id) if job.task == generation.TASK] == []


def test_every_card_of_a_model_is_for_everybody_to_read(shop: Shop) -> None:
    from django.test import Client

    page = text(Client().get("/models/"))
    card = text(Client().get("/models/chorale-harmoniser-1/"))

    assert "/models/chorale-harmoniser-1/" in page
    assert "<table>" in card
    assert "Trained on" in card
    assert Client().get("/models/..%2fsecret/").status_code == 404
    assert Client().get("/models/nothing-1/").status_code == 404


def generated_of(shop: Shop, maker: User) -> UUID:
    """An element that a model made of a tune of one's own."""
    client = shop.client(maker)
    job_id = asked(client, element=tune_of(maker), count="1")
    generation.run(job_id)
    kept = client.post(f"/recommendations/{job_id}/keep/", {"variant": "0", "title": "In four"})
    return UUID(kept.headers["Location"].strip("/").split("/")[-1])


def revised(maker: User, element_id: UUID, data: bytes) -> None:
    """A person goes on from it: the next version."""
    credited = (Contribution(party_id=maker.party_id, role="arranger"),)
    own.revise(
        actor_id=maker.party_id, element_id=element_id, data=data, contributors=credited, key=f"by hand:{element_id}"
    )
    catalogue.refresh_entry(element_id=element_id)


def test_what_a_person_went_on_from_is_assisted_and_buyers_can_tell_the_three_apart(shop: Shop) -> None:
    mira = shop.creator("Mira")
    made = generated_of(shop, mira)
    before = Entry.objects.get(pk=made)
    badge_before = rows_for([made])[made].badge

    revised(mira, made, music.midi(kind=0))
    after = Entry.objects.get(pk=made)

    assert (before.generated, before.assisted, badge_before) == (True, False, "Generated")
    assert (after.generated, after.assisted, rows_for([made])[made].badge) == (True, True, "AI-assisted")
    page = text(shop.client(mira).get("/search/?origin=assisted"))
    assert 'value="assisted" selected' in page


def test_a_copied_passage_must_be_declared_before_it_is_sold(shop: Shop) -> None:
    ana, mira = shop.creator("Ana"), shop.creator("Mira")
    harbour = uuid7()
    wishes = Wishes(title="Harbour", kind="melody")
    own.keep(actor_id=ana.party_id, data=wandering(1), wishes=wishes, element_id=harbour, key="harbour")
    catalogue.refresh_entry(element_id=harbour)
    made = generated_of(shop, mira)
    revised(mira, made, wandering(1))

    def sell(*parent_ids: UUID) -> None:
        catalogue.publish(
            element_id=made,
            actor_id=mira.party_id,
            offers=[catalogue.Offer(licence_kind="standard", currency="EUR", price_minor=500)],
            shares=(Share(party_id=mira.party_id, role="arranger", share_ppm=1_000_000),),
            parent_ids=parent_ids,
        )

    with pytest.raises(UndeclaredError, match="stand in “Harbour”") as refused:
        sell()
    with pytest.raises(NoRightError, match="You hold no licence for “Harbour”"):
        sell(harbour)

    assert refused.value.element_id == harbour
    assert Listing.objects.filter(entry_id=made).count() == 0
    check_original(harbour)  # what a person made is theirs to answer for


def test_a_generated_element_edited_in_the_roll_is_assisted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from production.services import processing

    monkeypatch.setattr(processing, "run_apart", generation.run_apart)
    mira = shop.creator("Mira")
    made = generated_of(shop, mira)
    page = text(shop.client(mira).get(f"/elements/{made}/workbench/notes.edited/"))

    sent = {"edits": '{"removed": [0]}', "grid": "sixteenth", "token": "once"}
    answer = shop.client(mira).post(f"/elements/{made}/workbench/notes.edited/", sent)
    job = next(one for one in ledger.jobs_of(mira.party_id) if one.task == "production.process_element")
    processing.run(job.job_id)
    shown = text(shop.client(mira).get(f"/elements/{made}/"))  # before the follower came by

    assert "AI-assisted" in shown
    assert 'mode="notes"' in page
    assert "Save as the next version" in page
    assert answer.status_code == 302
    assert Entry.objects.get(pk=made).assisted
