"""Measured contribution on the site: seen, explained, contested and settled before anything goes on sale."""

from __future__ import annotations

import random
from fractions import Fraction
from uuid import UUID

import pytest

from engine.io import midi_writer
from engine.score import MeterMark, Note, Score, make_part
from ledger import selectors as ledger
from ledger.domain.events import Contribution
from ledger.domain.ids import uuid7
from ledger.services.rights import TermsWanted
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role
from marketplace.catalogue import services, tasks
from marketplace.catalogue.models import Listing
from marketplace.checkout import services as checkout
from production.parsing.apart import run_here
from production.parsing.report import Examined
from production.services import contributions, elements, own
from production.services.elements import Body
from production.services.wishes import Wishes
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db


def line(seed: int, length: int) -> list[int]:
    draw = random.Random(seed)
    return [52 + draw.randrange(26) for _ in range(length)]


def midi(pitches: list[int]) -> bytes:
    notes = [Note(onset=Fraction(n, 2), duration=Fraction(1, 2), pitch_midi=p) for n, p in enumerate(pitches)]
    meter = MeterMark(at=Fraction(0), numerator=4, denominator=4)
    return midi_writer.write(Score(parts=(make_part(notes),), meters=(meter,)))


def make(maker: User, title: str, pitches: list[int]) -> UUID:
    element_id = uuid7()
    own.keep(
        actor_id=maker.party_id, data=midi(pitches), wishes=Wishes(title=title, kind="midi"), element_id=element_id,
        key=f"made:{element_id}",
    )  # fmt: skip
    return element_id


def edit(element_id: UUID, maker: User, by: User, pitches: list[int]) -> None:
    data = midi(pitches)
    elements.add_version(
        actor_id=maker.party_id,
        element_id=element_id,
        body=Body(data=data, examined=Examined.from_json(run_here("examine", data).values)),
        contributors=(Contribution(party_id=by.party_id, role="arranger"),),
        key=f"edit:{uuid7()}",
    )


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.CONTRIBUTION_HEARING_HOURS = 0

    def here(work, data, *, arguments=None, bounds=None, is_cancelled=None):
        return run_here(work, data, arguments=arguments)

    monkeypatch.setattr(contributions, "run_apart", here)


class Cast:
    """Mira's piece: 40 notes of her own tune, 20 that Jonas added, 60 of Aiko's, whose terms weigh what is measured."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.mira, self.jonas, self.aiko = (shop.creator(name) for name in ("Mira", "Jonas", "Aiko"))
        self.parent_id = make(self.aiko, "Low Tide", line(1, 60))
        terms = TermsWanted(upstream_ppm_min=100_000, upstream_ppm_max=300_000, upstream_ppm=100_000, weight="measured")
        listing = shop.offer(self.aiko, self.parent_id, 0, licence="free", deriving=terms)
        checkout.claim_free(buyer_id=self.mira.party_id, listing_id=listing.id)
        self.element_id = make(self.mira, "High Water", [*line(1, 60), *line(2, 40)])
        edit(self.element_id, self.mira, self.jonas, [*line(1, 60), *line(2, 40), *line(3, 20)])

    @property
    def url(self) -> str:
        return f"/elements/{self.element_id}/contribution/"

    def measure(self) -> ledger.Contribution:
        self.shop.client(self.mira).post(f"{self.url}measure/", {"parent": str(self.parent_id)})
        (job,) = [one for one in ledger.jobs_of(self.mira.party_id) if one.state == "requested"]
        contributions.run(job.job_id)
        found = ledger.contribution_of(self.element_id)
        assert found is not None
        return found

    def publish(self, shares: list[tuple[User, int]], **more) -> Listing:
        return self.shop.offer(self.mira, self.element_id, shares=shares, parent_ids=[self.parent_id], **more)

    def contest(self, who: User) -> UUID:
        self.shop.client(who).post(f"{self.url}contest/", {"words": "More of it is mine."})
        standing = ledger.open_contest(self.element_id)
        assert standing is not None
        return standing.contest_id


@pytest.fixture
def cast(shop: Shop) -> Cast:
    return Cast(shop)


def accept_all(element_id: UUID) -> None:
    proposal = ledger.open_proposal(element_id)
    for party_id in sorted(proposal.waiting_for) if proposal else ():
        services.answer_split(proposal_id=proposal.proposal_id, party_id=party_id, accept=True)


def test_every_figure_is_explained_in_a_sentence(cast: Cast) -> None:
    cast.measure()

    page = cast.shop.client(cast.mira).get(cast.url).content.decode()

    assert "40 of 120 notes are Mira’s, first made in version 1. That is 40 of the 60 that come from no other" in page
    assert "20 of 120 notes are Jonas’s" in page
    assert "60 of 120 notes are from “Low Tide” by Aiko, 50\u00a0% of the whole." in page
    assert "Its terms let at most 30\u00a0% flow back." in page
    assert "66.6667\u00a0%" in page
    assert "<table>" in page


def test_use_this_split_fills_the_publish_form(cast: Cast) -> None:
    cast.measure()

    page = cast.shop.client(cast.mira).get(f"/elements/{cast.element_id}/publish/?use=contribution").content.decode()

    assert 'value="66.6667"' in page
    assert "Jonas" in page or "jonas@example.org" in page
    assert 'value="33.3333"' in page
    assert f'value="{cast.parent_id}" checked' in page


def test_what_flows_back_is_what_was_measured(cast: Cast) -> None:
    cast.measure()

    cast.publish([(cast.mira, 666_667), (cast.jonas, 333_333)])

    assert [edge.upstream_ppm for edge in ledger.parents_of(cast.element_id)] == [300_000]


def test_contested_figures_are_not_offered_for_use_and_say_who_contests_them(cast: Cast) -> None:
    cast.measure()
    publish = f"/elements/{cast.element_id}/publish/"

    def pages() -> list[str]:
        return [cast.shop.client(cast.mira).get(url).content.decode().lower() for url in (cast.url, publish)]

    assert all("use this split" in page or "use that split" in page for page in pages())
    contest_id = cast.contest(cast.jonas)
    contested = pages()
    cast.shop.client(cast.jonas).post(f"/contests/{contest_id}/", {"answer": "withdraw"})

    assert all("contested by jonas" in page for page in contested)
    assert not any("use this split" in page or "use that split" in page for page in contested)
    assert all("use this split" in page or "use that split" in page for page in pages())


@pytest.mark.parametrize("name", ["jonas", "aiko"])
def test_a_contest_keeps_it_off_sale_until_an_offer_is_accepted(cast: Cast, name: str) -> None:
    cast.measure()
    contest_id = cast.contest(getattr(cast, name))
    waiting = cast.publish([(cast.mira, 500_000), (cast.jonas, 500_000)])
    accept_all(cast.element_id)
    tasks.follow_ledger()
    waiting.refresh_from_db()
    assert waiting.status == Listing.Status.WAITING
    assert "contested" in cast.shop.client(cast.mira).get(f"/elements/{cast.element_id}/publish/").content.decode()

    offer = {
        "answer": "offer", "party": ["mira@example.org", "jonas@example.org"], "role": ["songwriter", "arranger"],
        "percent": ["50", "50"], "parent": [str(cast.parent_id)], "upstream": ["30"],
    }  # fmt: skip
    cast.shop.client(cast.mira).post(f"/contests/{contest_id}/", offer)
    cast.shop.client(getattr(cast, name)).post(f"/contests/{contest_id}/", {"answer": "accept"})

    waiting.refresh_from_db()
    assert waiting.status == Listing.Status.ON_SALE
    assert ledger.open_contest(cast.element_id) is None
    page = cast.shop.client(cast.mira).get(cast.url).content.decode()
    assert "66.6667\u00a0% was proposed; what was settled holds." in page


def test_staff_decide_and_another_split_than_theirs_does_not_go_on_sale(cast: Cast) -> None:
    cast.measure()
    contest_id = cast.contest(cast.jonas)
    staff = cast.shop.person("Petra", Role.LABEL_STAFF)
    decision = {
        "answer": "decide", "reason": "The bridge is his.", "party": ["mira@example.org", "jonas@example.org"],
        "role": ["songwriter", "arranger"], "percent": ["40", "60"],
    }  # fmt: skip

    assert str(cast.element_id) in cast.shop.client(staff).get("/contests/").content.decode()
    cast.shop.client(staff).post(f"/contests/{contest_id}/", decision)
    listing = cast.publish([(cast.mira, 600_000), (cast.jonas, 400_000)])
    accept_all(cast.element_id)
    listing.refresh_from_db()
    refused = listing.status
    cast.publish([(cast.mira, 400_000), (cast.jonas, 600_000)])
    accept_all(cast.element_id)
    listing.refresh_from_db()

    assert (refused, listing.status) == (Listing.Status.WAITING, Listing.Status.ON_SALE)
    assert "The bridge is his." in cast.shop.client(cast.jonas).get(cast.url).content.decode()


def test_it_waits_until_whoever_is_named_had_their_time_to_contest(cast: Cast, settings) -> None:
    settings.CONTRIBUTION_HEARING_HOURS = 24
    measured = cast.measure()
    listing = cast.publish([(cast.mira, 666_667), (cast.jonas, 333_333)])
    accept_all(cast.element_id)
    tasks.follow_ledger()
    listing.refresh_from_db()
    before = listing.status

    settings.CONTRIBUTION_HEARING_HOURS = 0
    tasks.follow_ledger()

    listing.refresh_from_db()
    assert (before, listing.status) == (Listing.Status.WAITING, Listing.Status.ON_SALE)
    assert measured.settled is None


def test_strangers_see_nothing_and_decide_nothing(cast: Cast) -> None:
    cast.measure()
    contest_id = cast.contest(cast.jonas)
    eve = cast.shop.client(cast.shop.creator("Eve"))

    assert eve.get(cast.url).status_code == 404
    assert eve.post(f"/contests/{contest_id}/", {"answer": "withdraw"}).status_code == 404
    assert eve.get("/contests/").status_code == 403
    assert cast.shop.client(cast.jonas).post(f"/contests/{contest_id}/", {"answer": "decide"}).status_code == 404
    assert cast.shop.client(None).get(cast.url).status_code == 302


def test_whoever_is_named_is_told_and_the_maker_need_not_write_to_themselves(cast: Cast, settings) -> None:
    cast.measure()

    while tasks.follow_ledger():
        pass
    cast.shop.work("send_mail")

    files = [path.read_text() for path in sorted(settings.EMAIL_FILE_PATH.glob("*.log"))]
    letters = [letter for file in files for letter in file.split("-" * 79)]  # letters of one moment share a file
    told = [letter for letter in letters if "contribution/" in letter]
    assert {name for name in ("mira", "jonas", "aiko") for letter in told if f"{name}@" in letter} == {"jonas", "aiko"}
