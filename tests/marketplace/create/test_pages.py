"""Pages of creating: what can be asked for, proposals as they come, keeping and discarding, models and their cards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from marketplace.accounts.models import User
from production import selectors as production
from production.services import generation, own
from production.services.wishes import Wishes
from tests.helpers.shop import Shop
from tests.production import music

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
