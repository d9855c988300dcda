"""Traces, on pages, of lines that are no plain sale: another shop's, one that a claim held, a dispute that was won."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.services import claims, clock, reports
from ledger.services.audit import verify
from ledger.services.settlements import gather, periods, tracing, tracing_orders
from marketplace.accounts.permissions import Role
from tests.helpers import books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db
MICRO = 1_000_000


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    """
    July      Mira's New resembles Tomas's Old: 40 % of it is disputed; both are heard
    1 August  New sells for 10.00; Old sells for 5.00, is disputed, and the dispute is won
    5 August  another shop pays 7.00 for New
    August    is settled while the claim is open; then the claim is upheld, and September is settled
    """
    with clock.at(day("2026-07-01")):
        people = {name: shop.creator(name.title()) for name in ("mira", "tomas")}
        anna, bela = (shop.person(name, Role.LABEL_STAFF) for name in ("Anna", "Bela"))
        old, new = shop.on_sale(people["tomas"], title="Old"), shop.on_sale(people["mira"], title="New")
    claim = uuid7()
    books.write(
        events.ClaimOpened(
            claim_id=claim, element_id=new.entry_id, resembles_id=old.entry_id, disputed_ppm=400_000, reason="near"
        ),
        at="2026-07-02",
    )
    with clock.at(day("2026-07-03")):
        for who in people.values():
            claims.state(claim_id=claim, party_id=who.party_id, words="Mine.")
    claimed = books.sell(new.entry_id, 1000, at="2026-08-01", fee_minor=0)
    won = books.sell(old.entry_id, 500, at="2026-08-01", fee_minor=0)
    dispute = {"dispute_id": uuid7(), "order_id": won.order_id, "currency": "EUR", "lines": (won.amount(fee_minor=15),)}
    books.write(events.DisputeOpened(**dispute), at="2026-08-02")
    books.write(events.DisputeWon(**dispute), at="2026-08-03")
    with clock.at(day("2026-08-05")):
        part = reports.Part(line_id=uuid4(), element_id=old.entry_id, reported_micro=700 * MICRO)
        said = {"period": "2026-07", "currency": "EUR", "reported_currency": "EUR", "difference": "none", "lines": 1}
        hashes = {"document_hash": "0" * 64, "template_hash": "0" * 64}
        received = reports.Received(report_id=uuid4(), control_total_minor=700, **said, **hashes)
        reports.book(received, [part], actor_id=anna.party_id)
    runs = [books.settle("2026-08", by=anna, released_by=bela)]
    with clock.at(day("2026-09-10")):
        claims.decide(claim_id=claim, upheld=True, reason="the same notes", actor_id=anna.party_id)
    runs.append(books.settle("2026-09", by=anna, released_by=bela))
    return {**people, "anna": anna, "runs": runs, "claimed": claimed, "won": won, "old": old, "part": part}


def traced(shop: Shop, who: Any, statement: ledger.Statement) -> dict[str, str]:
    """Line id -> its page; the rows sum to the statement, and each page shows its own amount."""
    client, rows = shop.client(who), tracing.trace_statement(statement.statement_id).rows
    assert sum(row.amount_micro for row in rows) == statement.royalty_micro
    found = {}
    for row in rows:
        answer = client.get(f"/statements/{statement.statement_id}/trace/{row.number}/")
        assert answer.status_code == 200
        file = client.get(f"/statements/{statement.statement_id}/trace/{row.number}.json").json()
        assert file["explanation"]["amount_micro"] == row.amount_micro
        found[row.line_id] = answer.content.decode()
    return found


def test_a_line_of_another_shop_is_traced_to_its_report_s_fact(shop: Shop, story: dict[str, Any]) -> None:
    pages = traced(shop, story["tomas"], books.statement(story["runs"][0], story["tomas"]))

    page = pages[str(story["part"].line_id)]
    assert "5.95" in page  # 7.00 less 15 % commission
    assert "sale.external" in page or "external" in page


def test_a_won_dispute_is_traced_there_and_back(shop: Shop, story: dict[str, Any]) -> None:
    pages = traced(shop, story["tomas"], books.statement(story["runs"][0], story["tomas"]))
    order = tracing_orders.trace_order(story["won"].order_id)
    seen = shop.client(story["tomas"]).get(f"/orders/{story['won'].order_id}/trace/").content.decode()

    (line,) = order.lines
    assert [one.revenue.kind for one in line.movements] == ["sale", "dispute", "dispute"]
    nets = [sum(part.amount_micro for part in one.parts) + one.rounding_micro for one in line.movements]
    assert nets == [500 * MICRO, -515 * MICRO, 515 * MICRO]
    assert sum("dispute" in name or "won" in name or name.count("/") for name in pages) >= 2
    assert seen.count("The dispute") >= 2


def test_a_claimed_sale_is_traced_to_both_runs_and_to_both_payees(shop: Shop, story: dict[str, Any]) -> None:
    sale_id = str(story["claimed"].line.line_id)
    free = traced(shop, story["mira"], books.statement(story["runs"][0], story["mira"]))
    disputed = traced(shop, story["tomas"], books.statement(story["runs"][1], story["tomas"]))

    assert list(free) == [sale_id]
    assert "5.10" in free[sale_id]  # 85 % of the undisputed 6.00
    assert list(disputed) == [f"{sale_id}/disputed"]
    assert "3.40" in disputed[f"{sale_id}/disputed"]


def test_an_order_whose_sale_was_claimed_shows_all_of_its_money(shop: Shop, story: dict[str, Any]) -> None:
    (line,) = tracing_orders.trace_order(story["claimed"].order_id).lines

    parts = [part for moved in line.movements for part in moved.parts]
    assert {part.party_id for part in parts} >= {story["mira"].party_id, story["tomas"].party_id}
    assert sum(part.amount_micro for part in parts) == 1000 * MICRO
    verify()


def test_an_estimate_reads_the_family_of_its_element_and_agrees_with_the_whole_site_s(
    shop: Shop, story: dict[str, Any]
) -> None:
    sale = books.sell(story["old"].entry_id, 333, at="2026-10-02", fee_minor=7)
    with clock.at(day("2026-10-01")):
        other = shop.on_sale(shop.creator("Eve"), title="Other").entry_id
    books.sell(other, 900, at="2026-10-03")

    with clock.at(day("2026-10-04")):
        (moved,) = tracing_orders.trace_order(sale.order_id).lines[0].movements
        family = gather.family_of_elements(story["old"].entry_id)
        files = gather.of_elements(periods.until(clock.now()), family, window=tracing_orders.FREE)
        whole = gather.gather(
            periods.until(clock.now()), earlier=gather.earlier_ends(), window=tracing_orders.FREE
        ).files

    assert moved.state == "estimate"
    assert other not in family
    assert str(other) in whole["splits.csv"].decode()
    assert str(other) not in files["splits.csv"].decode()
    rows = [row for row in whole["revenue.csv"].splitlines() if str(other).encode() not in row]
    assert files["revenue.csv"].splitlines() == rows
    assert set(files["splits.csv"].splitlines()) <= set(whole["splits.csv"].splitlines())
