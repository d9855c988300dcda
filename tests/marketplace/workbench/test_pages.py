"""Pages of the workbench: open to who may work on an element, closed in the right words to everybody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from marketplace.accounts.models import User
from marketplace.catalogue import services
from production.services import own
from production.services.wishes import Wishes
from tests.helpers.shop import Shop
from tests.production import music
from tests.production.test_hearing import LINE, line

pytestmark = pytest.mark.django_db


def take_of(maker: User, title: str = "Night ferry", data: bytes | None = None) -> UUID:
    element_id = uuid7()
    own.keep(
        actor_id=maker.party_id,
        data=data or music.wav(1.0),
        wishes=Wishes(title=title, kind="wave"),
        element_id=element_id,
        key=f"take:{title}",
    )
    return element_id


def page(answer: Any) -> str:
    return answer.content.decode()


def test_its_maker_finds_every_process_that_suits_and_every_version(shop: Shop) -> None:
    mira = shop.creator("Mira")
    take = take_of(mira)

    text = page(shop.client(mira).get(f"/elements/{take}/workbench/"))

    for words in ("Noise", "Effects", "Transcribe", "Pitch of notes", "Loudness", "Version 1", "As it came in"):
        assert words in text
    assert "Play with an instrument" not in text


def test_a_form_is_made_of_what_the_process_declares(shop: Shop) -> None:
    mira = shop.creator("Mira")
    take = take_of(mira)

    text = page(shop.client(mira).get(f"/elements/{take}/workbench/noise/"))

    assert 'name="method" value="wiener" checked' in text
    assert 'name="strength" type="number" min="0.0" max="1.0" step="0.05"' in text
    assert 'name="noise_start"' in text


def test_applying_without_scripts_asks_for_the_job_once(shop: Shop) -> None:
    mira = shop.creator("Mira")
    take = take_of(mira)
    sent = {"method": "boll", "strength": "0.5", "noise_start": "0.1", "noise_end": "0.6", "token": "one form"}

    answers = [shop.client(mira).post(f"/elements/{take}/workbench/noise/", sent) for _ in range(2)]

    (job,) = [one for one in ledger.jobs_of(mira.party_id) if one.task == "production.process_element"]
    assert {one.status_code for one in answers} == {302}
    assert job.arguments["parameters"] == {"method": "boll", "strength": "0.5", "noise": ["0.1", "0.6"]}


def test_what_does_not_fit_comes_back_with_its_values(shop: Shop) -> None:
    mira = shop.creator("Mira")
    take = take_of(mira)

    answer = shop.client(mira).post(f"/elements/{take}/workbench/noise/", {"method": "boll", "strength": "7"})

    assert answer.status_code == 422
    assert "lies between 0 and 1" in page(answer)
    assert 'value="boll" checked' in page(answer)


def test_a_stranger_finds_no_workbench_and_a_visitor_is_sent_to_sign_in(shop: Shop) -> None:
    mira, ben = shop.creator("Mira"), shop.person("Ben")
    take = take_of(mira)
    addresses = [f"/elements/{take}/workbench/{end}" for end in ("", "noise/", "compare/1/")]

    assert {shop.client(ben).get(one).status_code for one in addresses} == {404}
    assert {shop.client(None).get(one).status_code for one in addresses} == {302}
    assert shop.client(ben).post(f"/elements/{take}/workbench/restore/1/").status_code in (302, 404)
    assert ledger.jobs_of(ben.party_id) == []


def test_a_process_that_does_not_suit_has_no_page(shop: Shop) -> None:
    mira = shop.creator("Mira")
    take = take_of(mira)

    for name in ("notes.played", "version.restored", "no.such"):
        assert shop.client(mira).get(f"/elements/{take}/workbench/{name}/").status_code == 404


def test_pitch_is_moved_only_once_the_notes_were_heard(shop: Shop) -> None:
    mira = shop.creator("Mira")
    take = take_of(mira)

    text = page(shop.client(mira).get(f"/elements/{take}/workbench/pitch.moved/"))

    assert "Hear its notes" in text
    assert "Apply to the whole" not in text


def test_recordings_of_ones_own_are_offered_as_rooms(shop: Shop) -> None:
    mira, ben = shop.creator("Mira"), shop.creator("Ben")
    take, theirs = take_of(mira), take_of(ben, "Stairwell")

    text = page(shop.client(mira).get(f"/elements/{take}/workbench/effects/"))

    assert f'<option value="{take}">Night ferry</option>' in text
    assert str(theirs) not in text


def test_an_element_names_what_holds_the_same_music(shop: Shop) -> None:
    mira, ben = shop.creator("Mira"), shop.creator("Ben")
    data = line(LINE * 4)
    take, again = take_of(mira, data=data), take_of(mira, "Night ferry, again", data)
    take_of(mira, "Something else")
    for key in (take, again):
        services.ensure_entry(element_id=key)

    text = page(shop.client(mira).get(f"/elements/{take}/"))

    assert "100 % of “Night ferry, again” in common" in text
    assert text.count("in common") == 1
    assert shop.client(ben).get(f"/elements/{take}/").status_code == 404


def test_a_chain_is_kept_as_a_mix_setting_of_ones_own(shop: Shop) -> None:
    mira = shop.creator("Mira")
    take = take_of(mira)
    sent = {"title": "Late glue", "plugins": '[{"type":"gain","gain_db":3}]'}

    answer = shop.client(mira).post(f"/elements/{take}/workbench/chain/keep/", sent, follow=True)
    refused = shop.client(mira).post(
        f"/elements/{take}/workbench/chain/keep/", {**sent, "plugins": '[{"type":"gain","gain_db":999}]'}, follow=True
    )

    assert "Late glue" in page(answer)
    assert "does not fit its schema" in page(refused)


def test_the_draft_of_another_is_not_there(shop: Shop) -> None:
    assert shop.client(shop.person("Ben")).get(f"/drafts/{UUID(int=5)}/").status_code == 404


def test_the_map_of_timbres_names_what_its_list_names(shop: Shop) -> None:
    mira = shop.creator("Mira")
    take = take_of(mira)

    text = page(shop.client(mira).get(f"/elements/{take}/workbench/timbre.morphed/"))

    for name in ("Acoustic grand piano", "Cello", "Shanai"):
        assert text.count(f'data-name="{name}"') == 1
        assert text.count(f'<option value="{name}"') == 1
