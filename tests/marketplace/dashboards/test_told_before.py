"""A refund that a correction told and the log brought later, as the payee, the buyer and staff read it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import selectors as ledger
from ledger.domain.corrections import LineReversed
from ledger.services import clock
from ledger.services.settlements import corrections, tracing, tracing_orders
from marketplace.accounts.permissions import Role
from tests.helpers import books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    """Mira sold for 10.00 in August; a correction told its refund, then the log brought it; September is settled."""
    with clock.at(day("2026-07-01")):
        mira = shop.creator("Mira")
        anna, bela = (shop.person(name, Role.LABEL_STAFF) for name in ("Anna", "Bela"))
        element = shop.on_sale(mira).entry_id
    sale = books.sell(element, 1000, at="2026-08-01", fee_minor=0)
    august = books.settle("2026-08", by=anna, released_by=bela)
    back = LineReversed(
        line_id=str(sale.line.line_id), kind="refund", gross_minor=1000, tax_minor=0, fee_minor=0,
        occurred_at="2026-08-30",
    )  # fmt: skip
    with clock.at(day("2026-09-05")):
        correction = corrections.calculate(
            run_id=august, changes=[back], reason="By letter.", actor_id=anna.party_id, key="told"
        )
        corrections.post(correction_id=correction, actor_id=bela.party_id)
    books.refund(sale, at="2026-09-10")
    september = books.settle("2026-09", by=anna, released_by=bela)
    return {"mira": mira, "anna": anna, "sale": sale, "correction": correction, "run": september}


def test_the_payee_reads_both_lines_and_each_is_traced(shop: Shop, story: dict[str, Any]) -> None:
    mira = shop.client(story["mira"])
    statement = books.statement(story["run"], story["mira"])

    page = mira.get(f"/statements/{statement.statement_id}/").content.decode()
    rows = tracing.trace_statement(statement.statement_id).rows
    traces = [mira.get(f"/statements/{statement.statement_id}/trace/{row.number}/") for row in rows]

    assert "told before" in page
    assert sum(row.amount_micro for row in rows) == statement.royalty_micro == 0
    assert len(rows) == 2
    assert [one.status_code for one in traces] == [200, 200]
    assert any("A correction had told it" in one.content.decode() for one in traces)
    assert all("told before" in one.content.decode() for one in traces)


def test_the_order_shows_the_refund_and_beside_it_what_was_taken_before(shop: Shop, story: dict[str, Any]) -> None:
    found = tracing_orders.trace_order(story["sale"].order_id)
    page = shop.client(story["anna"]).get(f"/orders/{story['sale'].order_id}/trace/").content.decode()

    (line,) = found.lines
    assert [one.revenue.kind for one in line.movements] == ["sale", "refund", "met"]
    assert [one.rounding_micro for one in line.movements] == [0, 0, 0]
    amounts = [sum(part.amount_micro for part in one.parts) for one in line.movements]
    assert amounts == [1_000_000_000, -1_000_000_000, 1_000_000_000]
    assert "Taken back before, by a correction" in page


def test_the_correction_says_where_it_was_met(shop: Shop, story: dict[str, Any]) -> None:
    page = shop.client(story["anna"]).get(f"/settlements/corrections/{story['correction']}/").content.decode()

    assert "Reached the log since" in page
    assert str(story["sale"].line.line_id) in page
    assert ledger.correction(story["correction"]).state == "posted"
