"""A report of very many things is booked, and taken back, by a worker: part by part, each part once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from ledger import selectors as ledger
from ledger.domain.errors import WrongStateError
from ledger.services import identifiers
from ledger.services import reports as books
from ledger.services.audit import verify
from marketplace.accounts.permissions import Role
from marketplace.reports import booking, in_parts, reader, selectors, services
from marketplace.reports.errors import ReportError, WrongStepError
from marketplace.reports.models import Report
from marketplace.reports.reading.template import Template
from tests.helpers.shop import day

pytestmark = pytest.mark.django_db

THINGS = 11
FILE = ("ISRC,Title,Amount,Currency\nDEA122400001,Night ferry,1.00,EUR\n" + "".join(
    f",Song {number},{number}.00,EUR\n" for number in range(2, THINGS + 1)
)).encode()  # fmt: skip
TOTAL_MINOR = 100 * sum(range(1, THINGS + 1))


class StoppedError(Exception):
    """The worker was killed."""


@pytest.fixture
def lea(shop):
    return shop.person("Lea", Role.LABEL_STAFF)


@pytest.fixture
def report(shop, lea, monkeypatch) -> Report:
    """Read, one thing of eleven matched; a commit holds four facts."""
    monkeypatch.setattr(books, "FACTS_MAX", 4)
    mira = shop.creator("Mira")
    ferry = shop.on_sale(mira, "Night ferry").entry_id
    identifiers.identify(element_id=ferry, scheme="isrc", text="DEA122400001", actor_id=mira.party_id)
    found = Report.objects.get(
        pk=services.upload(
            source_name="Nimbus", period="2026-10", currency="EUR", control_total_minor=TOTAL_MINOR,
            bank_date=day("2026-11-14").date(), file_name="nimbus.csv", data=FILE, actor_id=lea.party_id,
        )
    )  # fmt: skip
    template = Template.from_json(found.template)
    services.map_columns(report_id=found.pk, template=template, actor_id=lea.party_id)
    found.refresh_from_db()
    reader.read(found.job_id)
    found.refresh_from_db()
    return found


@pytest.fixture
def asked(report, lea) -> Report:
    """Somebody pressed “Book”."""
    booking.book(report_id=report.pk, actor_id=lea.party_id)
    report.refresh_from_db()
    return report


@contextlib.contextmanager
def killed_after(name: str, parts: int) -> Iterator[None]:
    """The worker dies before its next part."""
    real, done = getattr(books, name), []

    def dies(*arguments, **more):
        if len(done) == parts:
            raise StoppedError
        done.append(1)
        return real(*arguments, **more)

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(StoppedError):
        patch.setattr(books, name, dies)
        yield
    assert len(done) == parts


def test_pressing_book_leaves_it_to_a_worker_and_the_page_says_so(shop, asked, lea):
    page = shop.client(lea).get(f"/reports/{asked.pk}/").content.decode()

    assert asked.state == "booking"
    assert "It is being booked" in page
    assert f'job-id="{asked.job_id}"' in page
    assert "Book €" not in page
    assert ledger.external_report(asked.pk) is None


def test_every_part_is_a_commit_of_its_own_and_together_they_are_the_bank_s_money(asked):
    before = ledger.size()

    in_parts.book(asked.job_id)

    asked.refresh_from_db()
    assert asked.state == "booked"
    assert ledger.size() == before + 1 + THINGS + 1  # the head, a fact for each thing, the job's end
    assert ledger.balance("bank", "EUR") == TOTAL_MINOR * 10**6
    assert ledger.balance("reported", "EUR") == 0
    assert booking.unmatched_micro("EUR") == (TOTAL_MINOR - 100) * 10**6
    assert sum(one.amount_minor for one in asked.groups.all()) == TOTAL_MINOR
    assert asked.groups.filter(state="waiting").count() == THINGS - 1
    verify()


def test_a_worker_that_was_stopped_goes_on_where_it_was_and_writes_nothing_twice(asked):
    with killed_after("write", 2):
        in_parts.book(asked.job_id)
    asked.refresh_from_db()
    halfway = ledger.balance("reported", "EUR")

    in_parts.book(asked.job_id)
    in_parts.book(asked.job_id)

    assert asked.state == "booking"
    assert halfway != 0
    assert ledger.balance("reported", "EUR") == 0
    assert len(ledger.external_money_of(asked.pk)) == THINGS
    verify()


def test_what_is_booked_by_halves_is_neither_booked_again_nor_taken_back(asked, lea):
    with killed_after("write", 1):
        in_parts.book(asked.job_id)

    with pytest.raises(WrongStepError, match="not at that step"):
        booking.book(report_id=asked.pk, actor_id=lea.party_id)
    with pytest.raises(WrongStepError, match="not booked"):
        booking.reverse(report_id=asked.pk, reason="a mistake", actor_id=lea.party_id)
    with pytest.raises(WrongStateError, match="still being booked"):
        books.reverse(report_id=asked.pk, reason_hash="0" * 64, actor_id=lea.party_id)
    with pytest.raises(ReportError, match="booked already"):
        services.upload(
            source_name="Nimbus", period="2026-11", currency="EUR", control_total_minor=TOTAL_MINOR,
            bank_date=day("2026-11-14").date(), file_name="again.csv", data=FILE, actor_id=lea.party_id,
        )  # fmt: skip


def test_taking_back_goes_by_parts_too_and_leaves_nothing(asked, lea, shop):
    in_parts.book(asked.job_id)
    booking.reverse(report_id=asked.pk, reason="the wrong month", actor_id=lea.party_id)
    asked.refresh_from_db()
    waits = asked.groups.filter(state="waiting").order_by("-number").first()
    element = asked.groups.get(state="matched").element_id
    with killed_after("reverse_part", 1):
        in_parts.reverse(asked.job_id)
    with pytest.raises(WrongStateError, match="does not wait"):
        booking.match_waiting(group_id=waits.pk, element_id=element, actor_id=lea.party_id)
    assert "It is being taken back" in shop.client(lea).get(f"/reports/{asked.pk}/").content.decode()

    in_parts.reverse(asked.job_id)
    in_parts.reverse(asked.job_id)

    asked.refresh_from_db()
    assert asked.state == "reversed"
    assert [ledger.balance(name, "EUR") for name in ("bank", "reported", "unmatched")] == [0, 0, 0]
    assert {one.state for one in ledger.external_money_of(asked.pk)} <= {"reversed", "mirror"}
    assert selectors.waiting_by_source() == []
    verify()
