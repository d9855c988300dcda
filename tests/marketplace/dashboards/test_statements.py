"""Statements as papers: page, PDF and CSV say the same; their hashes are facts; a file is known again."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfReader

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.services import clock
from ledger.services.audit import verify
from marketplace.accounts.models import LabelMembership
from marketplace.accounts.permissions import Role
from marketplace.dashboards.models import StatementFile
from marketplace.dashboards.statements import brand, csv_file, fonts, pdf_file, publish, view, work, write
from tests.helpers import books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fonts_are_cut_once(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cutting a weight takes seconds; the cut itself is kept for the whole run."""
    folder = tmp_path_factory.getbasetemp()

    def kept(weight: str) -> Any:
        path = folder / f"{weight}.ttf"
        if not path.exists():
            path.write_bytes(fonts._cut(fonts.WEIGHTS[weight]))
        return path

    monkeypatch.setattr(fonts, "sans_path", kept)


def label(name: str) -> UUID:
    """A company that people can be signed to."""
    from ledger.services import parties

    return parties.register(party_kind="company", display_name=name, key=f"label:{name}")


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    """August: Goran Ilić sold, is signed to a label, owes it an advance, and waits for a payout account."""
    with clock.at(day("2026-07-01")):
        people = {
            "goran": shop.creator("Goran Ilić"),
            "chen": shop.creator("陳郁婷"),
            "anna": shop.person("Anna", Role.LABEL_STAFF),
            "bela": shop.person("Bela", Role.LABEL_STAFF),
        }
        listing = shop.on_sale(people["goran"], title="=Night ferry, čekanje")
        band = shop.on_sale(people["chen"], title="夜渡")
        label_id = label("Meridian Row")
    goran = people["goran"].party_id
    signed = events.ContractSigned(
        contract_id=uuid7(), label_id=label_id, party_id=goran, element_id=None, label_ppm=200_000
    )
    advance = events.AdvancePaid(
        advance_id=uuid7(), label_id=label_id, party_id=goran, currency="EUR", amount_micro=300_000_000
    )
    terms = events.PayeeTermsSet(
        party_id=goran, reserve_ppm=100_000, withholding_ppm=0, minimum_payout_minor=100, currency="EUR"
    )
    books.write(signed, advance, terms, at="2026-07-02")
    for gross in (1000, 1234, 333):
        books.sell(listing.entry_id, gross, at="2026-08-01")
    books.refund(books.sell(listing.entry_id, 700, at="2026-08-02"), at="2026-08-03")
    books.sell(band.entry_id, 999, at="2026-08-04")
    run = books.settle("2026-08", by=people["anna"], released_by=people["bela"])
    return {**people, "run": run, "statement": books.statement(run, goran), "label": label_id}


def text_of(data: bytes) -> str:
    """The words of a PDF, without the spaces that setting it may add."""
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return "".join(text.replace("\0", "").split())


def figures_of(table: bytes) -> dict[str, list[str]]:
    """The account in a CSV: name -> [words, note, micro, amount]."""
    rows = list(csv.reader(io.StringIO(table.decode())))
    start = rows.index(["figure", "words", "note", "amount_micro", "amount"])
    return {row[0]: row[1:] for row in rows[start + 1 : rows.index([], start)]}


def test_page_pdf_and_csv_say_the_same_figures(shop: Shop, story: dict[str, Any]) -> None:
    found = view.of(story["statement"])
    client = shop.client(story["goran"])
    address = f"/statements/{found.statement_id}"

    page = client.get(f"{address}/").content.decode()
    pdf = text_of(client.get(f"{address}.pdf").content)
    table = client.get(f"{address}.csv").content

    written = figures_of(table)
    assert "'=Night ferry, čekanje" in table.decode()  # a title like a formula stays words
    assert {"opening", "royalty", "recouped", "reserve_held", "payable", "payout", "carried"} <= set(written)
    bare = "".join(re.sub(r"<[^>]+>", "", page).split())
    for figure in found.figures:
        amount = write.amount(figure.amount_micro, "EUR")
        assert f"{amount}EUR" in pdf
        assert f"{amount}EUR" in bare
        assert int(written[figure.name][2]) == figure.amount_micro
        assert written[figure.name][3] == write.decimal(figure.amount_micro, "EUR")
    for source in found.sources:
        assert write.amount(source.amount_micro, "EUR") in pdf
        assert write.amount(source.amount_micro, "EUR") in bare
    lines = list(csv.DictReader(io.StringIO(table.decode().partition("\nkind,")[2].join(("kind,", "")))))
    assert sum(int(line["amount_micro"]) for line in lines) == found.royalty_micro == story["statement"].royalty_micro
    assert len(lines) == len(found.rows)


def test_an_account_adds_up_from_row_to_row(shop: Shop, story: dict[str, Any]) -> None:
    figures = view.of(story["statement"]).figures

    names = [figure.name for figure in figures]
    before = figures[: names.index("payable")]

    assert sum(figure.amount_micro for figure in before) == story["statement"].payable_micro
    assert any("Meridian Row" in figure.words for figure in before)


def test_names_of_every_script_are_printed_and_always_in_the_same_bytes(shop: Shop, story: dict[str, Any]) -> None:
    chen = books.statement(story["run"], story["chen"])

    pdf = {who: text_of(pdf_file.render(view.of(one))) for who, one in (("g", story["statement"]), ("c", chen))}

    assert pdf_file.render(view.of(story["statement"])) == pdf_file.render(view.of(story["statement"]))
    assert "GoranIlić" in pdf["g"]
    assert "čekanje" in pdf["g"]
    assert "陳郁婷" in pdf["c"]
    assert "夜渡" in pdf["c"]


def test_published_files_are_known_again_by_anyone_who_drops_one(shop: Shop, story: dict[str, Any]) -> None:
    statement_id = story["statement"].statement_id
    while work.publish_statements():
        pass
    address = f"/statements/{statement_id}"
    papers = {form: shop.client(story["goran"]).get(f"{address}.{form}").content for form in ("pdf", "csv")}

    def dropped(data: bytes) -> Any:
        return shop.client(None).post("/verify/", {"receipt": SimpleUploadedFile("paper", data)})

    for data in papers.values():
        answer = dropped(data)
        assert answer.status_code == 200
        assert str(statement_id) in answer.content.decode()
    assert dropped(papers["csv"] + b"\n").status_code == 422
    assert dropped(papers["pdf"].replace(b"EUR", b"USD") + b" ").status_code == 422
    files = ledger.statement_files(statement_id)
    receipt = ledger.event_at(files.position)
    assert shop.client(story["goran"]).get(f"/receipts/{receipt.event_id}.tlog-proof").status_code == 200
    assert shop.client(story["chen"]).get(f"/receipts/{receipt.event_id}.tlog-proof").status_code == 403
    verify()


def test_publishing_twice_says_it_once_and_a_later_name_changes_nothing(shop: Shop, story: dict[str, Any]) -> None:
    statement_id = story["statement"].statement_id
    publish.publish(statement_id)
    first = publish.paper_of(story["statement"], "pdf")
    story["goran"].display_name = "Someone"
    story["goran"].save()

    publish.publish(statement_id)

    assert publish.paper_of(story["statement"], "pdf") == first
    assert first.published
    assert StatementFile.objects.filter(statement_id=statement_id).count() == 2
    about = [r for r in ledger.events_about(statement_id) if isinstance(r.event, events.StatementPublished)]
    assert len(about) == 1


def test_a_label_signs_the_statements_of_whoever_is_signed_to_it(shop: Shop, story: dict[str, Any]) -> None:
    member = shop.person("Mila")
    LabelMembership.objects.create(user=member, label_id=story["label"])
    logo = io.BytesIO()
    Image.new("RGB", (80, 40), "#224466").save(logo, "PNG")
    form = {"name": "Meridian Row Records", "address": "1 Row Street", "footer": "With thanks", "colour": "#224466"}

    strangers = shop.client(story["goran"]).post(f"/labels/{story['label']}/brand/", form)
    saved = shop.client(member).post(
        f"/labels/{story['label']}/brand/", {**form, "logo": SimpleUploadedFile("logo.png", logo.getvalue())}
    )
    pale = shop.client(member).post(f"/labels/{story['label']}/brand/", {**form, "colour": "#ffee88"})
    signed = view.of(story["statement"]).brand
    unsigned = view.of(books.statement(story["run"], story["chen"])).brand
    text = text_of(pdf_file.render(view.of(story["statement"])))

    assert (strangers.status_code, saved.status_code, pale.status_code) == (404, 302, 200)
    assert (signed.name, signed.colour) == ("Meridian Row Records", "#224466")
    assert signed.logo.startswith(b"\x89PNG")
    assert unsigned == brand.PLATFORM
    assert "1RowStreet" in text


@pytest.mark.parametrize("data", [b"", b"<svg onload='x'/>", b"GIF89a", b"\x89PNG\r\n\x1a\n broken"])
def test_a_logo_that_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValidationError):
        brand.clean_logo(SimpleUploadedFile("logo", data))


def test_ten_thousand_lines_print_their_sums_and_the_csv_has_them_all(shop: Shop, story: dict[str, Any]) -> None:
    found = view.of(story["statement"])
    many = 10_000 // len(found.rows) * found.rows
    from dataclasses import replace

    from marketplace.dashboards.statements import lines

    large = replace(found, rows=many, sources=lines.sources(many, found.titles))

    pages = PdfReader(io.BytesIO(pdf_file.render(large))).pages
    table = csv_file.render(large).decode()

    assert len(pages) == 1
    assert "isinitsCSV" in "".join(pages[0].extract_text().split())
    assert table.count("\n") > len(many)


def test_lines_come_in_pages_and_by_element(shop: Shop, story: dict[str, Any], monkeypatch: Any) -> None:
    from marketplace.dashboards import payee_views

    monkeypatch.setattr(payee_views, "LINES_PER_PAGE", 2)
    client = shop.client(story["goran"])
    address = f"/statements/{story['statement'].statement_id}/"
    element = view.of(story["statement"]).rows[0].sold_element_id

    first = client.get(address).content.decode()
    last = client.get(address, {"page": "3", "element": str(element)}).content.decode()
    nothing = client.get(address, {"page": "x", "element": "<script>"})

    assert first.count(".tlog-proof</a>") == 2
    assert "3 / 3" in last
    assert nothing.status_code == 200
