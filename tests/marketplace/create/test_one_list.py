"""Proposals and the catalogue in one ranked list: what may be offered, how it is shown, bought, and built on."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from marketplace.accounts.models import User
from marketplace.catalogue import services as catalogue
from marketplace.create.offered import recommendable
from production import selectors as production
from production.services import beside, generation, own
from production.services.wishes import Wishes
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db
CHORDS = "C | Am | F | G"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model works in this process."""
    from production import limits
    from production.parsing import apart

    def run(work: str, data: bytes, *, arguments: Any = None, **more: Any) -> Any:
        return apart.run_here(work, data, arguments=arguments, on_part=more.get("on_part"))

    monkeypatch.setattr(limits, "PREVIEW_SECONDS_MAX", 2.0)
    for module in (generation, beside):
        monkeypatch.setattr(module, "run_apart", run)


def chords_of(maker: User, title: str, text: str) -> UUID:
    element_id = uuid7()
    wishes = Wishes(title=title, kind="progression")
    own.keep(actor_id=maker.party_id, data=text.encode(), wishes=wishes, element_id=element_id, key=f"chords:{title}")
    catalogue.refresh_entry(element_id=element_id)
    return element_id


def asked(shop: Shop, who: User, name: str = "progression", **said: Any) -> UUID:
    answer = shop.client(who).post(f"/create/{name}/", {"count": "2", "seed": "1", **said})
    assert answer.status_code == 302, answer.content.decode()
    job_id = UUID(answer.headers["Location"].strip("/").split("/")[-1])
    generation.run(job_id)
    return job_id


def page_of(shop: Shop, who: User, job_id: UUID) -> str:
    return shop.client(who).get(f"/recommendations/{job_id}/").content.decode()


def articles(page: str) -> list[str]:
    return re.findall(r'<article class="[^"]*" id="([^"]+)"', page)


@pytest.fixture
def people(shop: Shop) -> tuple[User, User]:
    return shop.creator("Ana"), shop.creator("Mira")


def test_an_empty_catalogue_leaves_the_proposals_ranked_among_themselves(shop: Shop, people: Any) -> None:
    _, mira = people
    job_id = asked(shop, mira, given=CHORDS)

    page = page_of(shop, mira, job_id)

    assert sorted(articles(page)) == ["proposal-0", "proposal-1"]
    fits = [one["fit_milli"] for one in production.job_progress(job_id, mira.party_id).result["variants"]]
    assert articles(page)[0] == f"proposal-{fits.index(max(fits))}"
    assert "nats a chord" in page


def test_the_catalogue_stands_in_the_same_list_ranked_by_the_same_number(shop: Shop, people: Any) -> None:
    ana, mira = people
    fitting, strange = chords_of(ana, "Four chords", "D | Bm | G | A"), chords_of(ana, "Odd ones", "C | F# | Eb | A")
    shop.offer(ana, fitting, 199, licence="remix")
    shop.offer(ana, strange, 250, licence="remix")

    job_id = asked(shop, mira, given=CHORDS, surprise="1.6")
    page = page_of(shop, mira, job_id)

    assert articles(page)[0] == f"known-{fitting}"
    assert articles(page)[-1] == f"known-{strange}"
    assert len(articles(page)) == 4
    first = page[page.index(f'id="known-{fitting}"') :].split("</article>")[0]
    for words in (
        "Four chords",
        "Ana",
        "1.99",
        "you keep 76.5\u00a0% of a sale",
        "Move it down by 2 semitones",
        "Buy: Remix",
    ):
        assert words in first, words
    assert articles(page_of(shop, mira, job_id)) == articles(page)  # the order stands


def test_only_what_may_be_built_on_is_offered_and_what_is_ones_own_is_called_so(shop: Shop, people: Any) -> None:
    ana, mira = people
    listed = {kind: chords_of(ana, f"In {kind}", "D | Bm | G | A") for kind in ("remix", "standard", "free")}
    for kind, element_id in listed.items():
        shop.offer(ana, element_id, 0 if kind == "free" else 199, licence=kind)
    unlisted, mine = chords_of(ana, "In the drawer", "D | Bm | G | A"), chords_of(mira, "My own", "E | C#m | A | B")

    offered = recommendable([*listed.values(), unlisted, mine], mira.party_id)
    page = page_of(shop, mira, asked(shop, mira, given=CHORDS))

    assert offered == {listed["remix"], listed["free"], mine}
    assert {one for one in articles(page) if "known" in one} == {f"known-{one}" for one in offered}
    own_card = page[page.index(f'id="known-{mine}"') :].split("</article>")[0]
    assert "Yours already" in own_card
    assert f"/elements/{mine}/recommend/" in own_card


def test_a_withdrawn_element_is_offered_no_longer(shop: Shop, people: Any) -> None:
    ana, mira = people
    element_id = chords_of(ana, "Four chords", "D | Bm | G | A")
    listing = shop.offer(ana, element_id, 199, licence="remix")
    job_id = asked(shop, mira, given=CHORDS)

    catalogue.withdraw(listing_id=listing.id, actor_id=ana.party_id)

    assert f"known-{element_id}" not in articles(page_of(shop, mira, job_id))


@pytest.mark.slow
def test_a_chosen_one_is_bought_then_built_on_and_its_maker_is_a_declared_parent(
    shop: Shop, people: Any, linked: Any
) -> None:
    ana, mira = people
    element_id = chords_of(ana, "Four chords", "D | Bm | G | A")
    listing = shop.offer(ana, element_id, 199, licence="remix")
    job_id = asked(shop, mira, given=CHORDS)
    assert str(listing.id) in page_of(shop, mira, job_id)

    shop.buy(linked, mira, listing)
    page = page_of(shop, mira, job_id)
    again = asked(shop, mira, element=str(element_id))
    kept = generation.keep(job_id=again, variant=0, title="Goes on", actor_id=mira.party_id)

    assert "Licensed already" in page
    assert [edge.parent_id for edge in ledger.parents_of(kept.element_id)] == [element_id]
    # What was only offered is no input of anything.
    alone = generation.keep(job_id=job_id, variant=0, title="Alone", actor_id=mira.party_id)
    assert ledger.parents_of(alone.element_id) == []


def test_what_was_offered_is_in_the_record_and_is_judged_the_same_again(shop: Shop, people: Any) -> None:
    ana, mira = people
    shop.offer(ana, chords_of(ana, "Four chords", "D | Bm | G | A"), 199, licence="remix")
    shop.offer(ana, chords_of(ana, "Odd ones", "C | F# | Eb | A"), 199, licence="remix")
    job_id = asked(shop, mira, given=CHORDS)
    told = StringIO()

    call_command("replay", "--offered", str(job_id), stdout=told)

    recorded = ledger.job(job_id).result["beside"]
    assert [one["fit_milli"] for one in recorded["known"]] == [milli for _, milli in beside.again(job_id)]
    assert len(recorded["known"]) == 2
    assert "2 offered, judged the same." in told.getvalue()


def test_a_melody_on_sale_is_ranked_beside_the_melodies_that_were_written(shop: Shop, people: Any) -> None:
    from tests.production import music

    ana, mira = people
    tune = uuid7()
    own.keep(
        actor_id=ana.party_id,
        data=music.midi(),
        wishes=Wishes(title="Night ferry", kind="melody"),
        element_id=tune,
        key="tune",
    )
    shop.offer(ana, tune, 300, licence="remix")

    page = page_of(shop, mira, asked(shop, mira, "melody", given=CHORDS))

    assert f"known-{tune}" in articles(page)
    assert "nats a note" in page
    assert "are tones of your chords" in page


def test_what_cannot_be_compared_leaves_the_proposals_alone(shop: Shop, people: Any, monkeypatch: Any) -> None:
    from production.errors import RefusedFileError

    _, mira = people

    def broken(*_: Any, **__: Any) -> Any:
        raise RefusedFileError("unreadable_file")

    monkeypatch.setattr(beside, "run_apart", broken)
    page = page_of(shop, mira, asked(shop, mira, given=CHORDS))

    assert articles(page) == ["proposal-0", "proposal-1"]
    assert "nats a chord" not in page


def test_the_api_tells_the_same_list(shop: Shop, people: Any) -> None:
    ana, mira = people
    element_id = chords_of(ana, "Four chords", "D | Bm | G | A")
    shop.offer(ana, element_id, 199, licence="remix")
    job_id = asked(shop, mira, given=CHORDS)

    job = shop.client(mira).get(f"/api/jobs/{job_id}/").json()

    (known,) = job["result"]["beside"]["known"]
    assert known["element_id"] == str(element_id)
    assert known["fit_milli"] < 0
    assert all("fit_milli" in one for one in job["result"]["variants"])
