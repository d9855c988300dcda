"""From a statement's figure to the facts, and from a purchase to everyone it paid: the same numbers both ways."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.models import RevenueLine
from ledger.services import clock, rights
from ledger.services.settlements import folder, tracing, tracing_orders
from ledger.services.settlements.tracing import TraceError
from tests.helpers import books
from tests.helpers.books import MICRO, sell, settle, statement
from tests.helpers.shop import Shop, day, upstream

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(shop: Shop, mira: Any, tomas: Any) -> dict[str, UUID]:
    """Mira's melody, and a song made of it that sends 12.5 % up and belongs to Tomas and her, 2 : 1."""
    root = shop.on_sale(mira).entry_id
    song = shop.element(mira, "Second", parents=[upstream(root, 125_000)])
    shop.offer(mira, song, shares=[(tomas, 666_667), (mira, 333_333)])
    (proposal,) = ledger.proposals_naming(tomas.party_id)
    rights.accept_split(proposal.proposal_id, party_id=tomas.party_id)
    return {"root": root, "song": song}


def test_every_line_of_every_statement_is_explained_to_its_micro(shop, chain, mira, anna, bela) -> None:
    for day_, amount in (("01", 1001), ("02", 333), ("03", 7)):
        sell(chain["song"], amount, at=f"2026-08-{day_}", fee_minor=3)
    sell(chain["root"], 995, at="2026-08-04")
    run = settle("2026-08", by=anna, released_by=bela)

    for one in ledger.statements_of_run(run):
        traced = tracing.trace_statement(one.statement_id)
        assert traced.agrees
        for row in traced.rows:
            line = tracing.trace_statement_line(one.statement_id, row.number)
            assert line.explanation.amount_micro == row.amount_micro
            assert line.explanation.steps[-1].after_micro == line.explanation.allocated_micro
        assert sum(row.amount_micro for row in traced.rows) == one.royalty_micro


def test_a_line_names_sale_fee_derivation_split_run_and_statement(shop, chain, mira, anna, bela) -> None:
    sell(chain["song"], at="2026-08-01", fee_minor=None)
    books.settle_charge(books.Sale(order_id=uuid7(), line=_sold(chain["song"])), 50, at="2026-08-02")
    run = settle("2026-08", by=anna, released_by=bela)
    mine = statement(run, mira)
    number = next(row.number for row in tracing.rows_of_statement(mine) if len(row.path) == 2)

    found = tracing.trace_statement_line(mine.statement_id, number)

    assert [(one.rule, one.what, type(one.record.event)) for one in found.evidence] == [
        (0, "sale", events.OrderPaid),
        (0, "fee", events.ChargeSettled),
        (2, "commission", events.SettlementCalculated),
        (3, "derivation", type(found.evidence[3].record.event)),
        (4, "split", events.SplitTookEffect),
        (11, "calculated", events.SettlementCalculated),
        (11, "issued", events.StatementIssued),
    ]
    assert found.evidence[3].record.event.kind.startswith("element.derived")


def _sold(element_id: UUID) -> events.OrderLine:
    row = RevenueLine.objects.get(element_id=element_id)
    return events.OrderLine(
        line_id=row.line_id, listing_id=uuid7(), element_id=element_id, licence_kind="standard",
        terms_hash=books.TERMS, gross_minor=row.gross_minor, tax_minor=0,
    )  # fmt: skip


def test_a_purchase_is_traced_to_everyone_it_paid_and_to_the_very_lines_of_their_statements(
    shop, chain, mira, tomas, anna, bela
) -> None:
    sale = sell(chain["song"], 1299, at="2026-08-01", fee_minor=68)
    sell(chain["song"], 101, at="2026-08-02")
    run = settle("2026-08", by=anna, released_by=bela)

    (line,) = tracing_orders.trace_order(sale.order_id).lines
    (moved,) = line.movements

    assert (moved.state, moved.run.run_id, moved.net_minor) == ("settled", run, 1231)
    assert sum(part.exact for part in moved.parts) == Fraction(1231 * MICRO)
    assert sum(part.amount_micro for part in moved.parts) + moved.rounding_micro == 1231 * MICRO
    assert abs(moved.rounding_micro) <= len(moved.parts)
    for part in moved.parts:
        rows = tracing.rows_of_statement(ledger.statement(part.statement_id))
        told = [row.amount_micro for row in rows if row.line_id == str(line.line.line_id)]
        assert part.amount_micro in told
    assert {part.party_id for part in moved.parts} == {mira.party_id, tomas.party_id, settings.PLATFORM_PARTY_ID}


def test_before_its_run_a_purchase_is_an_estimate_and_a_refund_is_its_mirror(shop, chain) -> None:
    waiting = sell(chain["song"], 1000, at="2026-08-01", fee_minor=None)
    sale = sell(chain["song"], 1000, at="2026-08-02", fee_minor=0)
    books.refund(sale, at="2026-08-05")

    with clock.at(day("2026-08-06")):
        (unknown,) = tracing_orders.trace_order(waiting.order_id).lines[0].movements
        sold, back = tracing_orders.trace_order(sale.order_id).lines[0].movements

    assert (unknown.state, unknown.parts) == ("waiting", ())
    assert (sold.state, back.state, back.revenue.kind) == ("estimate", "estimate", "refund")
    assert [part.exact for part in back.parts] == [-part.exact for part in sold.parts]
    assert sum(part.amount_micro for part in sold.parts) + sold.rounding_micro == 1000 * MICRO


def test_each_sale_is_explained_by_the_split_of_its_own_day(shop, mira, tomas, anna, bela) -> None:
    element = shop.on_sale(mira).entry_id
    sell(element, at="2026-08-01", fee_minor=0)
    shares = [events.Share(party_id=one.party_id, role="producer", share_ppm=500_000) for one in (mira, tomas)]
    with clock.at(day("2026-08-05")):
        proposal = rights.propose_split(element_id=element, shares=shares, actor_id=mira.party_id, key="new split")
        rights.accept_split(proposal, party_id=tomas.party_id)
    sell(element, at="2026-08-10", fee_minor=0)
    mine = statement(settle("2026-08", by=anna, released_by=bela), mira)

    found = [tracing.trace_statement_line(mine.statement_id, number) for number in (1, 2)]
    first, second = sorted(found, key=lambda trace: trace.source.position)

    def weights(trace: tracing.LineTrace) -> list[int]:
        return [part.weight for part in trace.explanation.steps[-1].division.parts]

    assert (weights(first), weights(second)) == ([1_000_000], [500_000, 500_000])
    split_of = {one.what: one.record.position for one in second.evidence}["split"]
    assert ledger.event_at(split_of).event.kind.startswith("split.took_effect")


def test_used_credits_are_traced_without_naming_the_subscriber(shop, chain, mira, anna, bela) -> None:
    subscriber, lot = uuid7(), uuid7()
    subscription = uuid7()
    books.write(
        events.SubscriptionStarted(
            subscription_id=subscription, subscriber_id=subscriber, plan="monthly", policy="user_centric"
        ),
        events.CreditsGranted(
            lot_id=lot, subscription_id=subscription, subscriber_id=subscriber, credits=10, currency="EUR",
            gross_minor=1000, tax_minor=0, fee_minor=0, expires_at=day("2027-08-01"),
        ),
        events.CreditsSpent(
            lot_id=lot, subscriber_id=subscriber, element_id=chain["root"], credits=3, currency="EUR",
            released_minor=300,
        ),
        at="2026-08-01",
    )  # fmt: skip
    mine = statement(settle("2026-08", by=anna, released_by=bela), mira)

    found = tracing.trace_statement_line(mine.statement_id, 1)

    assert (found.revenue.kind, found.revenue.gross_minor, found.source) == ("subscription", 300, None)
    assert str(subscriber).encode() not in b"".join(found.family.files.values())
    assert str(subscriber) not in repr(found.explanation)


def test_a_family_settles_alone_to_what_the_run_gave_it(shop, chain, mira, anna, bela) -> None:
    sell(chain["song"], 1001, at="2026-08-01")
    sell(shop.on_sale(mira, "Elsewhere").entry_id, 500, at="2026-08-02")
    mine = statement(settle("2026-08", by=anna, released_by=bela), mira)
    number = next(row.number for row in tracing.rows_of_statement(mine) if len(row.path) == 2)

    found = tracing.trace_statement_line(mine.statement_id, number)

    run = folder.load(ledger.run(mine.run_id).inputs_hash)
    assert found.family.files["revenue.csv"].count(b"\n") == 2 < run["revenue.csv"].count(b"\n")
    again = tracing.explainer_of(found.family)
    assert {row.amount_micro for row in again.result.allocation_rows()} >= {found.explanation.allocated_micro}
    assert json.loads(found.family.files["terms.json"])["commission_ppm"] == settings.COMMISSION_PPM


def test_what_is_not_there_is_refused(shop, chain, mira, anna, bela) -> None:
    sell(chain["root"], at="2026-08-01")
    mine = statement(settle("2026-08", by=anna, released_by=bela), mira)

    for call in (
        lambda: tracing.trace_statement_line(mine.statement_id, 0),
        lambda: tracing.trace_statement_line(mine.statement_id, 99),
        lambda: tracing.trace_statement(uuid7()),
        lambda: tracing_orders.trace_order(uuid7()),
    ):
        with pytest.raises(TraceError):
            call()


def test_a_paid_statement_names_the_processor_s_transfer(shop, linked, chain, mira, anna, bela) -> None:
    books.fund()
    books.open_payout_account(linked, mira)
    sell(chain["root"], 5000, at="2026-08-01")
    mine = statement(settle("2026-08", by=anna, released_by=bela), mira)

    shop.work("ledger.pay")
    found = tracing.trace_statement(mine.statement_id)

    assert found.paid.payout.state == "paid"
    (transfer,) = linked.client.v1.transfers.list({"limit": 10}).data
    assert found.paid.transfer_ids == (transfer.id,)
    assert [one.what for one in found.evidence] == ["calculated", "issued", "requested", "paid"]
