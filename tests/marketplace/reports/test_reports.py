"""A report's way from the upload to the books, as label staff walk it."""

from __future__ import annotations

import csv
import io
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ledger import selectors as ledger
from ledger.domain.corrections import LineAdded
from ledger.services import clock, identifiers
from ledger.services.settlements import corrections, late
from marketplace.accounts.permissions import Role
from marketplace.reports import apart, booking, reader, selectors, services
from marketplace.reports.errors import NotBalancedError, RefusedFileError, ReportError, WrongStepError
from marketplace.reports.models import Report, ReportFault, ReportGroup, ReportLine
from marketplace.reports.reading import limits
from marketplace.reports.reading.template import Template
from tests.helpers import books
from tests.helpers.shop import day

pytestmark = pytest.mark.django_db

FILE = (
    "\ufeffISRC;Titel;Interpret;Nettoerlös;Währung;Anzahl\r\n"
    'DE-A12-24-00001;"Night ferry";Mira;10,400000;EUR;4160\r\n'
    'DE-A12-24-00001;"Night\r\nferry";Mira;0,600000;EUR;240\r\n'
    ";Tide tables;Mira;5,001234567891;EUR;2000\r\n"
    ";=cmd|' /C calc'!A0;Nobody;4,00;EUR;1600\r\n"
).encode()


@pytest.fixture
def lea(shop):
    return shop.person("Lea", Role.LABEL_STAFF)


@pytest.fixture
def mira(shop):
    return shop.creator("Mira")


@pytest.fixture
def ferry(shop, mira):
    """On sale, and known by its ISRC."""
    listing = shop.on_sale(mira, "Night ferry")
    identifiers.identify(element_id=listing.entry_id, scheme="isrc", text="DEA122400001", actor_id=mira.party_id)
    return listing.entry_id


@pytest.fixture
def tide(shop, mira):
    return shop.on_sale(mira, "Tide table").entry_id


@pytest.fixture
def upload(lea):
    def go(data: bytes = FILE, **more) -> Report:
        values = {
            "source_name": "Nimbus",
            "period": "2026-10",
            "currency": "EUR",
            "control_total_minor": 2000,
            "bank_date": day("2026-11-14").date(),
            "file_name": "nimbus.csv",
            "actor_id": lea.party_id,
        }
        return Report.objects.get(pk=services.upload(data=data, **{**values, **more}))

    return go


@pytest.fixture
def read(upload, lea):
    """Uploaded, mapped as guessed, read by the worker."""

    def go(data: bytes = FILE, **more) -> Report:
        report = upload(data, **more)
        if report.state == Report.State.MAPPING:
            template = Template.from_json(report.template)
            services.map_columns(report_id=report.pk, template=template, actor_id=lea.party_id)
        return work(report)

    return go


def work(report: Report) -> Report:
    """What the worker does."""
    report.refresh_from_db()
    reader.read(report.job_id)
    report.refresh_from_db()
    return report


def group(report: Report, key: str) -> ReportGroup:
    (found,) = [one for one in report.groups.all() if one.key.startswith(key)]
    return found


def booked(report: Report, lea, reason: str = "rounding") -> Report:
    booking.explain_difference(report_id=report.pk, reason=reason, note="as agreed")
    booking.book(report_id=report.pk, actor_id=lea.party_id)
    report.refresh_from_db()
    return report


def test_a_file_is_mapped_read_and_matched_by_isrc_and_by_likeness(read, ferry, tide):
    report = read()

    assert (report.state, report.reported_micro, report.summary["lines"]) == ("read", 2_000_123_457, 4)
    assert group(report, "isrc:").element_id == ferry
    assert group(report, "title:tide").suggestion_id == tide
    assert group(report, "title:=cmd").state == "open"
    assert selectors.current_step(report) == "match"
    assert report.lines.count() == 4


def test_a_report_is_booked_to_the_cent_and_what_is_unknown_waits(read, ferry, tide, lea):
    report = read()
    booking.decide(report_id=report.pk, decisions={group(report, "title:tide").pk: tide}, actor_id=lea.party_id)

    booked(report, lea)

    sums = {one.key.partition(":")[0] + (one.title or "")[:4]: one.amount_minor for one in report.groups.all()}
    assert sums == {"isrcNigh": 1100, "titleTide": 500, "title=cmd": 400}
    assert ledger.balance("bank", "EUR") == 2000 * 10**6
    assert ledger.balance("reported", "EUR") == 0
    assert booking.unmatched_micro("EUR") == 400 * 10**6
    (waits,) = selectors.waiting_by_source()
    assert (waits.source, waits.amount_minor, waits.groups) == ("Nimbus", 400, 1)
    sale = ledger.external_money_of(report.pk)[0]
    assert str(selectors.origin_of_line(sale.line_id)) == "Nimbus, 2026-10"


def test_the_next_report_of_a_source_is_mapped_and_matched_by_itself(read, upload, ferry, tide, lea):
    first = read()
    booking.decide(report_id=first.pk, decisions={group(first, "title:tide").pk: tide}, actor_id=lea.party_id)

    second = work(upload(FILE + b";Tide tables;Mira;1,00;EUR;1\r\n", period="2026-11", source_name=" nimbus "))

    assert second.source_id == first.source_id
    assert group(second, "title:tide").matched_by == "remembered"
    assert selectors.current_step(second) == "control"


def test_only_what_somebody_changed_is_their_word_and_a_word_taken_back_is_forgotten(read, upload, ferry, tide, lea):
    first = read()
    tides, ferries = group(first, "title:tide"), group(first, "isrc:")
    decide = {"report_id": first.pk, "actor_id": lea.party_id}

    assert booking.decide(decisions={tides.pk: tide, ferries.pk: ferry}, **decide) == 1
    assert group(first, "isrc:").matched_by == "isrc"
    assert booking.decide(decisions={tides.pk: None}, **decide) == 1

    second = work(upload(FILE + b";Tide tables;Mira;1,00;EUR;1\r\n", period="2026-11"))
    assert group(second, "title:tide").state == "suggested"


def test_a_file_uploaded_twice_before_it_was_booked_is_booked_once(read, upload, ferry, lea):
    first, second = read(), work(upload(period="2026-11"))
    booked(first, lea)

    with pytest.raises(WrongStepError, match="booked already"):
        booked(second, lea)


def test_a_reading_that_was_cancelled_can_be_asked_for_again(shop, upload, lea):
    from ledger.services import jobs

    report = upload()
    template = Template.from_json(report.template)
    services.map_columns(report_id=report.pk, template=template, actor_id=lea.party_id)
    report.refresh_from_db()
    jobs.cancel(report.job_id, actor_id=lea.party_id)
    assert "Read the whole file" in shop.client(lea).get(f"/reports/{report.pk}/").content.decode()

    services.map_columns(report_id=report.pk, template=template, actor_id=lea.party_id)

    assert work(report).state == "read"


def test_money_that_waits_is_recognised_later_and_remembered(read, ferry, tide, lea):
    report = booked(read(), lea)

    for one in report.groups.filter(state="waiting"):
        booking.match_waiting(group_id=one.pk, element_id=tide, actor_id=lea.party_id)

    assert booking.unmatched_micro("EUR") == 0
    assert selectors.waiting_by_source() == []
    assert ledger.balance("unsettled", "EUR") == -2000 * 10**6


def test_an_identifier_that_comes_later_finds_what_waited(read, shop, mira, lea):
    report = booked(read(), lea)
    element = shop.element(mira, "Night ferry")
    identifiers.identify(element_id=element, scheme="isrc", text="DEA122400001", actor_id=mira.party_id)

    count = booking.match_all_waiting(actor_id=lea.party_id)

    assert count == 1
    assert (group(report, "isrc:").element_id, group(report, "isrc:").matched_by) == (element, "isrc")


def test_a_difference_must_be_explained_by_something_that_fits(read, ferry, lea):
    report = read(control_total_minor=1800)

    with pytest.raises(NotBalancedError, match="say why"):
        booking.book(report_id=report.pk, actor_id=lea.party_id)
    with pytest.raises(NotBalancedError, match="more than rounding"):
        booking.explain_difference(report_id=report.pk, reason="rounding", note="")
    with pytest.raises(NotBalancedError, match="currencies differ"):
        booking.explain_difference(report_id=report.pk, reason="exchange", note="")
    booked(report, lea, "fee")

    assert sum(one.amount_minor for one in report.groups.all()) == 1800
    found = ledger.external_report(report.pk)
    assert found is not None
    assert (found.difference, found.reported_micro) == ("fee", 2_000_123_457)


def test_a_report_in_another_currency_is_booked_in_that_of_the_bank(read, ferry, lea):
    report = read(FILE.replace(b"EUR", b"USD"), control_total_minor=1700)

    booked(report, lea, "exchange")

    assert ledger.balance("bank", "EUR") == 1700 * 10**6
    assert sum(one.amount_minor for one in report.groups.all()) == 1700


def test_no_line_goes_on_without_its_amount(read, lea, upload):
    report = read(FILE.replace(b"4,00", b"4,00.1"))
    assert selectors.current_step(report) == "amounts"
    assert list(report.faults.values_list("line", "column")) == [(6, "Nettoerlös")]

    with pytest.raises(WrongStepError):
        booking.book(report_id=report.pk, actor_id=lea.party_id)
    with pytest.raises(WrongStepError):
        services.accept_errors(report_id=report.pk)

    services.replace_file(report_id=report.pk, file_name="better.csv", data=FILE, actor_id=lea.party_id)
    report = work(report)
    assert (report.summary["amount_errors"], report.faults.count()) == (0, 0)


def test_a_bad_isrc_is_told_and_its_money_goes_on_by_title(read, ferry, lea):
    report = read(FILE.replace(b'DE-A12-24-00001;"Night ferry', b'DE-A12-24-0001;"Night ferry'))

    assert selectors.current_step(report) == "data"
    assert "has 11" in report.faults.get().words
    with pytest.raises(WrongStepError, match="data errors"):
        booked(report, lea)
    services.accept_errors(report_id=report.pk)
    assert group(report, "title:night").suggestion_id == ferry


def test_the_same_file_is_not_booked_twice_unless_it_was_taken_back(read, upload, ferry, lea):
    report = booked(read(), lea)
    with pytest.raises(ReportError, match="booked already"):
        upload()

    booking.reverse(report_id=report.pk, reason="the wrong month", actor_id=lea.party_id)

    assert ledger.balance("bank", "EUR") == ledger.balance("unmatched", "EUR") == 0
    assert selectors.waiting_by_source() == []
    again = booked(work(upload(period="2026-11")), lea)
    assert ledger.balance("bank", "EUR") == 2000 * 10**6
    assert again.pk != report.pk


def test_a_report_set_aside_or_mapped_anew_while_it_is_read_leaves_nothing(upload, lea):
    report = upload()
    template = Template.from_json(report.template)
    services.map_columns(report_id=report.pk, template=template, actor_id=lea.party_id)
    report.refresh_from_db()
    first = report.job_id
    services.discard(report_id=report.pk)

    reader.read(first)

    job = ledger.job(first)
    assert job is not None
    assert job.state == "cancelled"
    assert not ReportGroup.objects.exists()
    assert not ReportLine.objects.exists()
    assert not ReportFault.objects.exists()


def test_a_file_that_takes_too_much_is_refused_in_plain_words(monkeypatch):
    monkeypatch.setattr(limits, "WALL_SECONDS_MAX", 0.0)
    monkeypatch.setattr(apart, "_POLL_SECONDS", 0.01)

    with pytest.raises(RefusedFileError, match="more time or memory"):
        apart.look(FILE)


def test_staff_walk_a_report_through_the_pages(shop, lea, mira, ferry, tide):
    browser = shop.client(lea)
    assert "Download a sample" in browser.get("/reports/").content.decode()
    answer = browser.post("/reports/", {
        "source": "Nimbus", "period": "2026-10", "control_total": "20,00", "currency": "EUR", "bank_date": "2026-11-14",
        "file": SimpleUploadedFile("nimbus.csv", FILE),
    })  # fmt: skip
    report = Report.objects.get()
    page = f"/reports/{report.pk}/"
    assert answer.headers["Location"] == page
    text = browser.get(page).content.decode()
    assert "Nettoerlös" in text
    assert "Read the whole file" in text
    browser.post(f"{page}map/", mapping(report))
    assert "being read" in browser.get(page).content.decode()
    report = work(report)
    assert "Night ferry" in browser.get(f"{page}?step=match&show=matched").content.decode()
    left = group(report, "title:tide")
    browser.post(f"{page}match/", {f"group_{left.pk}": "other", f"other_{left.pk}": f"http://x/elements/{tide}/"})
    assert group(report, "title:tide").element_id == tide
    browser.post(f"{page}control/", {"reason": "rounding", "note": ""})
    assert "Book" in browser.get(page).content.decode()
    browser.post(f"{page}book/")
    text = browser.get(page).content.decode()
    assert "Taken" not in text
    assert "In the ledger" in text
    rows = list(csv.reader(io.StringIO(b"".join(browser.get(f"{page}lines.csv").streaming_content).decode())))
    assert len(rows) == 5
    assert rows[4][3].startswith("'=cmd")
    text = browser.get("/reports/waiting/").content.decode()
    assert "=cmd" in text
    waits = report.groups.get(state="waiting")
    browser.post("/reports/waiting/match/", {"group": waits.pk, "element": "de-a12-24-00001"})
    waits.refresh_from_db()
    assert waits.element_id == ferry
    browser.post(f"{page}reverse/", {"reason": "twice"})
    assert ledger.balance("bank", "EUR") == 0


def mapping(report: Report) -> dict[str, str]:
    """The mapping form as the page offers it."""
    template = Template.from_json(report.template)
    columns = {f"column_{field}": names[0] for field, names in template.columns.items()}
    return {
        **columns,
        "encoding": template.encoding,
        "delimiter": template.delimiter,
        "decimal_mark": template.decimal_mark,
        "date_format": template.date_format,
        "sign": "as_written",
        "read": "1",
    }


def test_only_its_maker_and_staff_say_what_identifies_an_element(shop, lea, mira, tide):
    other, page = shop.creator("Jonas"), f"/elements/{tide}/identifiers/"
    said = {"scheme": "iswc", "value": "T-034.524.680-1"}

    assert shop.client(other).post(page, said).status_code == 403
    shop.client(mira).post(page, {**said, "value": "T-034.524.680-2"})
    assert ledger.identifiers_of(tide) == []
    shop.client(mira).post(page, said)
    assert [one.value for one in ledger.identifiers_of(tide)] == ["T0345246801"]
    assert "T-034.524.680-1" in shop.client(lea).get(page).content.decode()
    shop.client(lea).post(page, {"scheme": "iswc", "withdraw": "T0345246801"})
    assert ledger.identifiers_of(tide) == []


def test_a_creators_word_for_an_isrc_moves_no_money_before_staff_look(read, shop, mira, lea):
    report = booked(read(), lea)
    element: UUID = shop.on_sale(mira, "Night ferry").entry_id

    shop.client(mira).post(f"/elements/{element}/identifiers/", {"scheme": "isrc", "value": "DEA122400001"})

    assert group(report, "isrc:").state == "waiting"
    shop.client(lea).post("/reports/waiting/match/")
    assert group(report, "isrc:").element_id == element


# ------------------------------------------------------------------------------------- told before by a correction
@pytest.fixture
def told(shop) -> tuple[str, UUID]:
    """August was settled; a correction told 3.00 more of the ferry: (late line, element)."""
    with clock.at(day("2026-07-01")):
        anna, bela = (shop.person(name, Role.LABEL_STAFF) for name in ("Anna", "Bela"))
        mira = shop.creator("Mira")
        ferry = shop.on_sale(mira, "Night ferry").entry_id
        identifiers.identify(element_id=ferry, scheme="isrc", text="DEA122400001", actor_id=mira.party_id)
    books.sell(ferry, 1000, at="2026-08-01", fee_minor=0)
    run_id = books.settle("2026-08", by=anna, released_by=bela)
    added = LineAdded(
        line_id="late-1", element_id=str(ferry), kind="sale", currency="EUR", gross_minor=300, tax_minor=0, fee_minor=0,
        occurred_at="2026-08-31",
    )  # fmt: skip
    with clock.at(day("2026-09-05")):
        correction = corrections.calculate(
            run_id=run_id, changes=[added], reason="By letter.", actor_id=anna.party_id, key="told"
        )
        corrections.post(correction_id=correction, actor_id=bela.party_id)
    return added.line_id, ferry


def test_whoever_books_money_that_a_correction_told_is_asked_whether_it_is_the_same(told, shop, read, lea) -> None:
    told_id, _ferry = told
    with clock.at(day("2026-09-10")):
        report = read()
        booking.explain_difference(report_id=report.pk, reason="rounding", note="")
        client, book = shop.client(lea), f"/reports/{report.pk}/book/"
        field = f"late_{group(report, 'isrc').id}"

        page = client.get(f"/reports/{report.pk}/?step=book").content.decode()
        silent = client.post(book, follow=True).content.decode()
        client.post(book, {field: told_id})

    report.refresh_from_db()
    assert f'name="{field}" value="{told_id}" required' in page
    assert "say whether this is that money" in silent
    assert report.state == "booked"
    assert (page.count("August 2026"), len(late.standing())) == (1, 1)
    assert late.arrivals(late.standing()[0])[0].told_id == told_id


def test_money_that_waited_is_asked_about_when_it_is_recognised(told, shop, read, lea) -> None:
    _told_id, ferry = told
    unknown = FILE.replace(b"DE-A12-24-00001", b"DE-A12-24-00009")
    with clock.at(day("2026-09-10")):
        report = booked(read(unknown), lea)
        waits = group(report, "isrc")
        client, form = shop.client(lea), {"group": str(waits.id), "element": f"/elements/{ferry}/"}

        asked = client.post("/reports/waiting/match/", form).content.decode()
        client.post("/reports/waiting/match/", {**form, "told": ""})

    assert "Was it told before?" in asked
    waits.refresh_from_db()
    assert waits.state == "matched"
    assert late.arrivals(late.standing()[0])[0].told_id == ""
