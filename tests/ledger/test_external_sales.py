"""Money that others earned for us: from the bank's credit to a statement, and the way back."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from ledger import selectors as ledger
from ledger.domain.errors import IdentifierError, KeyReusedError, WrongStateError
from ledger.services import clock, identifiers, reports
from marketplace.accounts.permissions import Role
from tests.helpers import books
from tests.helpers.shop import day, shop

__all__ = ["shop"]  # a fixture

pytestmark = pytest.mark.django_db
MICRO = 1_000_000
HASH = "0" * 64


def received(control_total_minor: int = 1000, **more: object) -> reports.Received:
    values = {
        "report_id": uuid4(),
        "period": "2026-02",
        "currency": "EUR",
        "control_total_minor": control_total_minor,
        "reported_currency": "EUR",
        "difference": "none",
        "document_hash": HASH,
        "template_hash": HASH,
        "lines": 3,
    }
    return reports.Received(**{**values, **more})  # type: ignore[arg-type]


def part(element_id: UUID | None, minor: int) -> reports.Part:
    return reports.Part(line_id=uuid4(), element_id=element_id, reported_micro=minor * MICRO)


def journal(*accounts: str) -> tuple[int, ...]:
    return tuple(ledger.balance(account, "EUR") // MICRO for account in accounts)


@pytest.fixture(autouse=True)
def _the_story_begins_in_january():
    with clock.at(day("2026-01-05")):
        yield


@pytest.fixture
def mira(shop):
    return shop.creator("Mira")


@pytest.fixture
def staff(shop):
    return shop.person("Lea", Role.LABEL_STAFF), shop.person("Jo", Role.LABEL_STAFF)


def book(*parts: reports.Part, at: str = "2026-02-10", **more: object) -> reports.Received:
    said = received(sum(one.reported_micro for one in parts) // MICRO, **more)
    with clock.at(day(at)):
        reports.book(said, parts, actor_id=uuid4())
    return said


def test_a_booked_report_is_in_the_bank_and_waits_for_the_next_run(shop, mira):
    known, lost = part(shop.element(mira), 700), part(None, 300)

    book(known, lost)

    assert journal("bank", "reported", "unsettled", "unmatched") == (1000, 0, -700, -300)
    sale = ledger.external_sale(known.line_id)
    assert sale is not None
    assert (sale.state, sale.amount_minor) == ("sold", 700)
    assert [one.line_id for one in ledger.external_money_waiting()] == [lost.line_id]


def test_the_next_run_pays_it_at_once_and_no_run_pays_it_twice(shop, mira, staff):
    """
    28 February: Nimbus pays 10.00 for an element of Mira's. No refund window holds it back.
    February's run: 15 % commission, Mira has 8.50. March's run: nothing more.
    """
    lea, jo = staff
    book(part(shop.element(mira), 1000), at="2026-02-28")

    run_id = books.settle("2026-02", by=lea, released_by=jo)

    assert books.statement(run_id, mira).royalty_micro == 850 * MICRO
    later = books.settle("2026-03", by=lea, released_by=jo)
    assert all(one.royalty_micro == 0 for one in ledger.statements_of_run(later))


def test_what_waited_enters_the_run_after_it_was_recognised(shop, mira, staff):
    lea, jo = staff
    element, lost = shop.element(mira), part(None, 1000)
    book(lost, at="2026-02-10")
    first = books.settle("2026-02", by=lea, released_by=jo)
    assert ledger.statements_of_run(first) == []

    with clock.at(day("2026-03-20")):
        reports.match(group_id=lost.line_id, element_id=element, actor_id=lea.party_id)
        reports.match(group_id=lost.line_id, element_id=element, actor_id=lea.party_id)

    assert journal("bank", "unmatched") == (1000, 0)
    assert ledger.external_money_waiting() == []
    second = books.settle("2026-03", by=lea, released_by=jo)
    assert books.statement(second, mira).royalty_micro == 850 * MICRO


def test_a_report_booked_by_mistake_is_mirrored_to_the_last_unit_after_it_was_paid(shop, mira, staff):
    lea, jo = staff
    element = shop.element(mira)
    lost, found = part(None, 200), part(None, 300)
    said = book(part(element, 701), part(element, -1), lost, found, at="2026-02-10")
    with clock.at(day("2026-02-11")):
        reports.match(group_id=found.line_id, element_id=element, actor_id=lea.party_id)
    paid = books.settle("2026-02", by=lea, released_by=jo)
    assert books.statement(paid, mira).royalty_micro == 850 * MICRO

    with clock.at(day("2026-03-05")):
        reports.reverse(report_id=said.report_id, reason_hash=HASH, actor_id=lea.party_id)
        reports.reverse(report_id=said.report_id, reason_hash=HASH, actor_id=lea.party_id)

    assert journal("bank", "reported", "unmatched") == (0, 0, 0)
    assert sum(one.amount_minor for one in ledger.external_money_of(said.report_id) if one.state != "reversed") == -1000
    taken_back = books.settle("2026-03", by=lea, released_by=jo)
    assert books.statement(taken_back, mira).royalty_micro == -850 * MICRO
    with pytest.raises(WrongStateError):
        reports.match(group_id=lost.line_id, element_id=element, actor_id=lea.party_id)


def test_booking_again_is_booking_once_and_with_other_figures_it_is_refused(shop, mira):
    parts = [part(shop.element(mira), 700)]
    said = book(*parts)

    reports.book(said, parts, actor_id=ledger.newest_events(limit=1)[0].actor_id)

    assert journal("bank") == (700,)
    with pytest.raises(KeyReusedError):
        reports.book(said, [*parts, part(None, 1)], actor_id=uuid4())


def test_an_element_nobody_made_cannot_be_paid():
    with pytest.raises(WrongStateError, match="does not exist"):
        reports.book(received(), [part(uuid4(), 1000)], actor_id=uuid4())


def test_an_identifier_names_one_element_until_it_is_withdrawn(shop, mira):
    first, second = shop.element(mira), shop.element(mira, "Tide")
    by = {"actor_id": mira.party_id, "scheme": "isrc"}
    identifiers.identify(element_id=first, text="DE-A12-24-00001", **by)
    identifiers.identify(element_id=first, text="dea122400001", **by)

    with pytest.raises(IdentifierError, match="names another element"):
        identifiers.identify(element_id=second, text="DEA122400001", **by)
    with pytest.raises(IdentifierError, match="take that away first"):
        identifiers.identify(element_id=first, text="DEA122400002", **by)

    identifiers.withdraw(element_id=first, value="DEA122400001", **by)
    identifiers.identify(element_id=second, text="DEA122400001", **by)
    assert ledger.elements_identified("isrc", ["DEA122400001"]) == {"DEA122400001": second}
    assert [one.value for one in ledger.identifiers_of(second)] == ["DEA122400001"]


def test_a_partys_numbers_are_checked_and_can_be_forgotten(shop, mira):
    from ledger.services import parties

    mine = {"party_id": mira.party_id, "actor_id": mira.party_id}
    with pytest.raises(IdentifierError, match="typing error"):
        identifiers.identify_party(**mine, isni="0000 0001 2103 2684", ipi="")

    identifiers.identify_party(**mine, isni="0000 0001 2103 2683", ipi="14107338")

    found = ledger.party_identifiers(mira.party_id)
    assert (found.isni, found.ipi) == ("0000000121032683", "00014107338")
    parties.forget(mira.party_id)
    assert ledger.party_identifiers(mira.party_id).isni == ""


def test_a_statement_says_who_reported_a_line_instead_of_a_licence(shop, mira, staff):
    from marketplace.dashboards.statements import lines
    from marketplace.reports.models import Report, Source

    lea, jo = staff
    element = shop.element(mira)
    said = book(part(element, 1000), at="2026-02-10")
    Report.objects.create(
        id=said.report_id, source=Source.objects.create(name="Nimbus", folded="nimbus"), period="2026-01",
        currency="EUR", control_total_minor=1000, bank_date=day("2026-02-10").date(), file_bytes=1,
        uploaded_by=lea.party_id, uploaded_at=day("2026-02-10"),
    )  # fmt: skip
    run_id = books.settle("2026-02", by=lea, released_by=jo)

    rows = lines.read(books.statement(run_id, mira).lines_hash)
    found = lines.in_words(rows, lines.titles_of(rows))

    assert [(one.kind, one.licence_kind, one.order_id) for one in found] == [("sale", "Nimbus, 2026-01", None)]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_report_of_eight_thousand_things_is_written_in_one_commit():
    """Sent in a pipeline, a command of this size would wait for ever."""
    parts = [part(None, 7) for _ in range(8000)]

    book(*parts)

    assert journal("bank", "reported", "unmatched") == (56_000, 0, -56_000)
