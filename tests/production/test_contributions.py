"""Measured contribution of elements: figures, proposals, and what is refused."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import pytest

from engine.io import midi_writer
from engine.score import MeterMark, Note, Score, make_part
from ledger import selectors as ledger
from ledger.domain.errors import NotAllowedError, SharesDoNotSumError, WrongStateError
from ledger.domain.events import Contribution, Share, UpstreamFigure
from ledger.domain.ids import uuid7
from ledger.services import contributions as record
from ledger.services import derivations
from ledger.services.derivations import TermsWanted
from production import limits
from production import selectors as production
from production.errors import NoLicenceError, NotAnElementError, NotYoursError, TooMuchToMeasureError
from production.parsing.apart import run_apart, run_here
from production.parsing.report import Examined
from production.services import contributions, elements, own
from production.services.elements import Body
from production.services.wishes import Wishes
from tests.production.conftest import Person, register

pytestmark = pytest.mark.django_db


def line(seed: int, length: int) -> list[int]:
    """Pitches of a random tune."""
    draw = random.Random(seed)
    return [52 + draw.randrange(26) for _ in range(length)]


def midi(pitches: list[int]) -> bytes:
    """Eighths, eight a bar."""
    notes = [Note(onset=Fraction(n, 2), duration=Fraction(1, 2), pitch_midi=p) for n, p in enumerate(pitches)]
    meter = MeterMark(at=Fraction(0), numerator=4, denominator=4)
    return midi_writer.write(Score(parts=(make_part(notes),), meters=(meter,)))


def make(person: Person, pitches: list[int]):
    element_id = uuid7()
    own.keep(
        actor_id=person.party_id, data=midi(pitches), wishes=Wishes(title="Tune", kind="midi"), element_id=element_id,
        key=f"made:{element_id}",
    )  # fmt: skip
    return element_id


def edit(element_id, person: Person, pitches: list[int], *by: Person, role: str = "arranger") -> None:
    data = midi(pitches)
    elements.add_version(
        actor_id=person.party_id,
        element_id=element_id,
        body=Body(data=data, examined=Examined.from_json(run_here("examine", data).values)),
        contributors=tuple(Contribution(party_id=one.party_id, role=role) for one in by),
        key=f"edit:{uuid7()}",
    )


@pytest.fixture
def measured(in_process, work_off):
    """Ask, work, and answer what the ledger says."""

    def go(element_id, person: Person, *parent_ids) -> ledger.Contribution:
        job_id = contributions.propose(element_id=element_id, actor_id=person.party_id, parent_ids=parent_ids)
        work_off("measure")
        job = ledger.job(job_id)
        assert job is not None
        assert job.state == "finished", job
        found = ledger.contribution_of(element_id)
        assert found is not None
        return found

    return go


def shares(found: ledger.Contribution) -> dict[str, int]:
    return {one["party_id"]: one["share_ppm"] for one in found.shares}


def test_notes_that_survive_are_their_first_authors(ana, ben, measured):
    element_id = make(ana, line(1, 60))
    edit(element_id, ana, [*line(1, 60), *line(2, 20)], ben)

    found = measured(element_id, ana)

    assert (found.unit, found.units_total, found.version) == ("notes", 80, 2)
    assert [one["units_milli"] for one in found.contributors] == [60_000, 20_000]
    assert shares(found) == {str(ana.party_id): 750_000, str(ben.party_id): 250_000}
    assert [one["role"] for one in found.shares] == ["songwriter", "arranger"]


def test_what_is_no_longer_there_earns_nothing_and_is_said(ana, ben, measured):
    element_id = make(ana, line(3, 48))
    edit(element_id, ana, [*line(3, 48), *line(4, 24)], ben)
    edit(element_id, ana, line(3, 48), ana)

    found = measured(element_id, ana)

    assert [one["units_milli"] for one in found.contributors] == [48_000, 0]
    assert shares(found) == {str(ana.party_id): 1_000_000}


def test_two_who_are_named_for_one_version_share_its_notes(ana, ben, measured):
    element_id = make(ana, line(5, 30))
    edit(element_id, ana, [*line(5, 30), *line(6, 15)], ana, ben)

    found = measured(element_id, ana)

    assert [one["units_milli"] for one in found.contributors] == [37_500, 7_500]


@pytest.mark.parametrize(
    ("weight", "least", "most", "proposed"),
    [
        ("measured", 100_000, 900_000, 600_000),
        ("measured", 100_000, 300_000, 300_000),
        ("measured", 700_000, 900_000, 700_000),
        ("fixed", 250_000, 250_000, 250_000),
    ],
)
def test_what_flows_back_is_what_was_measured_within_the_parents_terms(ana, measured, weight, least, most, proposed):
    parent_id = make(ana, line(7, 60))
    wanted = TermsWanted(upstream_ppm_min=least, upstream_ppm_max=most, upstream_ppm=least, weight=weight)
    derivations.publish_terms(element_id=parent_id, wanted=wanted, actor_id=ana.party_id)
    terms = ledger.derivation_terms(parent_id)

    assert contributions.proposed_upstream_ppm(600_000, terms) == proposed
    assert contributions.proposed_upstream_ppm(None, terms) == least
    assert contributions.proposed_upstream_ppm(None, None) == contributions.UPSTREAM_PPM_DEFAULT


def test_notes_of_a_parent_are_not_its_borrowers(ana, ben, measured):
    parent_id = make(ana, line(8, 60))
    child_id = make(ana, [pitch + 3 for pitch in line(8, 60)])
    edit(child_id, ana, [*(pitch + 3 for pitch in line(8, 60)), *line(9, 40)], ben)

    found = measured(child_id, ana, parent_id)

    (parent,) = found.parents
    assert (parent["units"], parent["measured_ppm"]) == (60, 600_000)
    assert shares(found) == {str(ben.party_id): 1_000_000}
    assert found.units_total == parent["units"] + sum(one["units_milli"] for one in found.contributors) // 1000


def test_the_detail_says_of_every_bar_whose_its_notes_are(ana, ben, measured):
    parent_id = make(ana, line(10, 32))
    child_id = make(ana, [*line(10, 32), *line(11, 16)])
    edit(child_id, ana, [*line(10, 32), *line(11, 16), *line(12, 8)], ben)

    found = measured(child_id, ana, parent_id)
    detail = production.contribution_detail(found.detail_hash)

    assert detail is not None
    assert [next(iter(sorted(owner))) for owner in detail["owners"]] == ["parties", "parties", "parent"]
    assert detail["spans"] == [{"2": 8}] * 4 + [{"0": 8}] * 2 + [{"1": 8}]
    assert len(detail["notes"]) == 56


def test_equal_questions_get_equal_figures(ana, ben, measured):
    element_id = make(ana, line(13, 40))
    edit(element_id, ana, [*line(13, 30), *line(14, 10)], ben)

    first, second = measured(element_id, ana), measured(element_id, ana)

    assert first.contribution_id != second.contribution_id
    assert (first.contributors, first.detail_hash) == (second.contributors, second.detail_hash)


def test_it_runs_apart_from_the_site(ana):
    files = [midi(line(15, 40)), midi(line(15, 40) + line(16, 40))]

    answer = run_apart("measure", b"".join(files), arguments={"sizes": [len(f) for f in files], "versions": 1})

    assert answer.values["parents"] == [{"units": 40, "measured_ppm": 1_000_000}]
    assert json.dumps(answer.values)


def test_only_the_maker_asks_and_only_of_what_may_be_used(ana, ben, monkeypatch):
    element_id, other_id = make(ana, line(17, 20)), make(ben, line(18, 20))

    with pytest.raises(NotYoursError):
        contributions.propose(element_id=element_id, actor_id=ben.party_id)
    with pytest.raises(NoLicenceError):
        contributions.propose(element_id=element_id, actor_id=ana.party_id, parent_ids=[other_id])
    with pytest.raises(NotAnElementError):
        contributions.propose(element_id=element_id, actor_id=ana.party_id, parent_ids=[element_id])
    monkeypatch.setattr(limits, "MEASURE_BYTES_MAX", 10)
    with pytest.raises(TooMuchToMeasureError):
        contributions.propose(element_id=element_id, actor_id=ana.party_id)


# ---------------------------------------------------------------------------------------------------------- contests
@pytest.fixture
def contested(ana, ben, measured):
    """Ana's element with Ben's notes in it, and Ben's contest."""
    element_id = make(ana, line(20, 60))
    edit(element_id, ana, [*line(20, 60), *line(21, 20)], ben)
    measured(element_id, ana)
    return element_id, record.contest(element_id=element_id, words="I wrote the middle, too.", party_id=ben.party_id)


def halves(ana, ben) -> list[Share]:
    return [
        Share(party_id=ana.party_id, role="songwriter", share_ppm=500_000),
        Share(party_id=ben.party_id, role="arranger", share_ppm=500_000),
    ]


def test_an_offer_that_is_accepted_puts_its_figures_in_place(ana, ben, contested):
    element_id, contest_id = contested
    assert ledger.open_contest(element_id).contest_id == contest_id

    record.offer(contest_id=contest_id, parents=[], contributors=halves(ana, ben), actor_id=ana.party_id)
    record.accept(contest_id=contest_id, party_id=ben.party_id)

    assert ledger.open_contest(element_id) is None
    assert set(shares(ledger.contribution_of(element_id)).values()) == {500_000}
    assert ledger.departs_from_settled(element_id)  # no split of that kind is in force yet


def test_staff_decide_with_a_reason_and_figures_left_out_stay(ana, ben, contested):
    element_id, contest_id = contested
    staff = register(Person())

    record.decide(contest_id=contest_id, reason="The first version holds the middle.", actor_id=staff.party_id)

    (ended,) = ledger.contests_of(element_id)
    assert ended.state == "decided"
    assert ledger.document(ended.reason_hash) == b"The first version holds the middle."
    assert shares(ledger.contribution_of(element_id)) == {str(ana.party_id): 750_000, str(ben.party_id): 250_000}


def test_a_contest_taken_back_changes_nothing(ana, ben, contested):
    element_id, contest_id = contested

    record.withdraw(contest_id=contest_id, party_id=ben.party_id)

    assert ledger.open_contest(element_id) is None
    assert ledger.contribution_of(element_id).settled is None


def test_who_has_no_part_in_it_contests_offers_accepts_and_decides_nothing(ana, ben, contested):
    element_id, contest_id = contested
    eve = register(Person())
    figures = {"parents": [], "contributors": halves(ana, ben)}

    with pytest.raises(NotAllowedError):
        record.contest(element_id=element_id, words="Mine!", party_id=eve.party_id)
    with pytest.raises(NotAllowedError):
        record.contest(element_id=element_id, words="My own proposal", party_id=ana.party_id)
    with pytest.raises(WrongStateError):
        record.contest(element_id=element_id, words="Again", party_id=ben.party_id)
    with pytest.raises(NotAllowedError):
        record.offer(contest_id=contest_id, actor_id=ben.party_id, **figures)
    with pytest.raises(WrongStateError):
        record.accept(contest_id=contest_id, party_id=ben.party_id)
    with pytest.raises(NotAllowedError):
        record.accept(contest_id=contest_id, party_id=ana.party_id)
    with pytest.raises(NotAllowedError):
        record.decide(contest_id=contest_id, reason="I like it", actor_id=ben.party_id)
    with pytest.raises(WrongStateError):
        record.decide(contest_id=contest_id, reason=" ", actor_id=eve.party_id)


def test_figures_that_do_not_add_up_are_not_offered(ana, ben, contested):
    _, contest_id = contested
    stranger = [UpstreamFigure(element_id=uuid7(), upstream_ppm=1)]

    with pytest.raises(SharesDoNotSumError):
        record.offer(contest_id=contest_id, parents=[], contributors=halves(ana, ben)[:1], actor_id=ana.party_id)
    with pytest.raises(WrongStateError):
        record.offer(contest_id=contest_id, parents=stranger, contributors=halves(ana, ben), actor_id=ana.party_id)
