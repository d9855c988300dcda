"""Traces as pages: to the micro, for whom they concern, and nobody learns who only bought."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.services import append, clock, rights
from marketplace.accounts.permissions import Role
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Listing
from marketplace.dashboards.traces import order as order_pages
from tests.helpers import books
from tests.helpers.processor import linked
from tests.helpers.shop import Shop, day, upstream

__all__ = ["linked"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(shop: Shop, linked: Any) -> dict[str, Any]:
    """Ngozi bought Mira's and Tomas's song, made of Mira's melody; it was settled; Eve has nothing to do with it."""
    with clock.at(day("2026-07-01")):
        people = {name: shop.creator(name.title()) for name in ("mira", "tomas", "eve")}
        people |= {name: shop.person(name.title(), Role.LABEL_STAFF) for name in ("anna", "bela")}
        people["ngozi"] = shop.person("Ngozi")
        melody = shop.on_sale(people["mira"], "Lamp").entry_id
        song = shop.element(people["mira"], "Night ferry", parents=[upstream(melody, 125_000)])
        offer = shop.offer(people["mira"], song, 1299, shares=[(people["tomas"], 666_667), (people["mira"], 333_333)])
        (proposal,) = ledger.proposals_naming(people["tomas"].party_id)
        rights.accept_split(proposal.proposal_id, party_id=people["tomas"].party_id)
        with transaction.atomic():
            assert catalogue.go_on_sale_if_ready(element_id=song, actor_id=people["mira"].party_id)
    offer.refresh_from_db()
    with clock.at(day("2026-08-01")):
        bought = shop.buy(linked, people["ngozi"], offer)
    return {**people, "order": bought, "song": song}


@pytest.fixture
def settled(story: dict[str, Any]) -> dict[str, Any]:
    run = books.settle("2026-08", by=story["anna"], released_by=story["bela"])
    return {**story, "run": run, "statement": books.statement(run, story["mira"])}


def page(shop: Shop, who: Any, path: str) -> str:
    answer = shop.client(who).get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_a_line_is_told_down_to_its_sale_and_the_rest_is_one_link_away(shop: Shop, settled: dict[str, Any]) -> None:
    statement = settled["statement"]

    seen = [page(shop, settled["mira"], f"/statements/{statement.statement_id}/trace/{n}/") for n in (1, 2)]

    for shown in seen:
        assert [int(n) for n in re.findall(r"rule (\d)", shown)] == sorted(
            int(n) for n in re.findall(r"rule (\d)", shown)
        )
        assert "Night ferry" in shown
        assert f"/orders/{settled['order'].id}/trace/" in shown
    assert any("Night ferry → Lamp" in re.sub(r"\s+", " ", shown) for shown in seen)


def test_the_figures_of_a_statement_are_told_from_royalty_to_payout(shop: Shop, settled: dict[str, Any]) -> None:
    shown = page(shop, settled["mira"], f"/statements/{settled['statement'].statement_id}/trace/")

    for heading in ("Brought forward", "Royalty", "Payable", "Payout before tax", "Carried over"):
        assert heading in shown
    assert "has not opened a payout account" in shown
    assert "do not know" not in shown


def test_a_buyer_sees_where_every_cent_went_by_public_names(shop: Shop, settled: dict[str, Any]) -> None:
    shown = page(shop, settled["ngozi"], f"/orders/{settled['order'].id}/trace/")

    for words in ("Where my", "12.99", "Mira", "Tomas", "commission", "settled, August 2026"):
        assert words in shown
    assert "statement</a>" not in shown


def test_a_payee_sees_their_own_part_and_never_who_bought(shop: Shop, settled: dict[str, Any]) -> None:
    buyer, own = settled["ngozi"], page(shop, settled["tomas"], f"/orders/{settled['order'].id}/trace/")
    line = page(shop, settled["mira"], f"/statements/{settled['statement'].statement_id}/trace/1/")
    file = page(shop, settled["mira"], f"/statements/{settled['statement'].statement_id}/trace/1.json")

    assert "Everyone else together" in own
    table = own.split("<tbody>", 1)[1]
    assert "Tomas" in table
    assert "Mira" not in table
    for shown in (own, line, file):
        assert "Ngozi" not in shown
        assert str(buyer.party_id) not in shown


def test_traces_are_closed_to_those_whom_they_do_not_concern(shop: Shop, settled: dict[str, Any]) -> None:
    paths = [
        f"/statements/{settled['statement'].statement_id}/trace/",
        f"/statements/{settled['statement'].statement_id}/trace/1/",
        f"/statements/{settled['statement'].statement_id}/trace/1.json",
        f"/orders/{settled['order'].id}/trace/",
    ]

    seen = {who: [shop.client(settled[who]).get(one).status_code for one in paths] for who in ("eve", "ngozi", "anna")}

    assert seen == {"eve": [404] * 4, "ngozi": [404, 404, 404, 200], "anna": [200] * 4}
    assert shop.client(settled["anna"]).get(f"{paths[0]}99/").status_code == 404
    assert shop.client(settled["anna"]).get(f"/orders/{UUID(int=1)}/trace/").status_code == 404


def flow_of(shop: Shop, story: dict[str, Any]) -> dict[tuple[str, str], float]:
    """(from, to) by their words -> minor units in the picture of the order."""
    answer = shop.client(story["ngozi"]).get(f"/orders/{story['order'].id}/trace/")
    flow = answer.context["view"].flow
    names = {one["id"]: str(one["label"]) for one in flow["nodes"]}
    return {(names[one["from"]], names[one["to"]]): one["value"] for one in flow["links"]}


def test_after_a_part_went_back_the_picture_shows_what_was_kept_and_what_went_back(
    shop: Shop, story: dict[str, Any]
) -> None:
    with clock.at(day("2026-08-02")):
        whole = flow_of(shop, story)
        give_back(story, gross_minor=499)
    with clock.at(day("2026-08-03")):
        part = flow_of(shop, story)
        give_back(story, gross_minor=800)
    with clock.at(day("2026-08-04")):
        nothing = flow_of(shop, story)

    assert ("You paid", "Went back to you") not in whole
    assert part["You paid", "Went back to you"] == 499
    assert 0 < part["You paid", "Night ferry"] < whole["You paid", "Night ferry"]
    assert sum(value for (start, _end), value in part.items() if start == "You paid") == pytest.approx(1299)
    assert nothing == {("You paid", "Went back to you"): 1299}


def give_back(story: dict[str, Any], *, gross_minor: int) -> None:
    """A part of the order back to its buyer, no fee with it."""
    (line,) = ledger.order(story["order"].id).lines
    amount = events.LineAmount(
        line_id=line.line_id, element_id=line.element_id, gross_minor=gross_minor, tax_minor=0, fee_minor=0
    )
    fact = events.OrderRefunded(
        refund_id=uuid7(), order_id=story["order"].id, currency="EUR", lines=(amount,), reason="refund"
    )
    with transaction.atomic():
        append(fact, actor_id=uuid7(), key=f"test:{uuid7()}")


def test_a_sale_whose_refund_window_passed_no_run_s_end_is_estimated_after_that_run(
    shop: Shop, story: dict[str, Any], linked: Any
) -> None:
    """Sold on 25 August: the run of August leaves it to that of September, and until then it is an estimate."""
    with clock.at(day("2026-08-25")):
        late = shop.buy(linked, shop.person("Late"), ledger_listing(story))
    books.settle("2026-08", by=story["anna"], released_by=story["bela"])

    with clock.at(day("2026-09-04")):
        shown = page(shop, story["anna"], f"/orders/{late.id}/trace/")

    assert "not ready to be shared" not in shown
    assert "estimate" in shown
    assert "Tomas" in shown


def ledger_listing(story: dict[str, Any]) -> Listing:
    return Listing.objects.get(entry_id=story["song"], status="on_sale")


def test_before_its_run_an_order_shows_an_estimate(shop: Shop, story: dict[str, Any]) -> None:
    with clock.at(day("2026-08-02")):
        shown = page(shop, story["ngozi"], f"/orders/{story['order'].id}/trace/")

    assert "estimate" in shown
    assert "Tomas" in shown


def test_a_trace_is_computed_again_by_whoever_has_the_file(shop: Shop, settled: dict[str, Any], tmp_path: Any) -> None:
    answer = page(shop, settled["mira"], f"/statements/{settled['statement'].statement_id}/trace/1.json")
    good, bad, said = tmp_path / "good.json", tmp_path / "bad.json", StringIO()
    good.write_text(answer)
    forged = json.loads(answer)
    forged["explanation"]["amount_micro"] += 1
    bad.write_text(json.dumps(forged))

    call_command("check_trace", str(good), stdout=said)
    with pytest.raises(SystemExit):
        call_command("check_trace", str(bad), stderr=StringIO())
    bad.write_text("{}")
    with pytest.raises((CommandError, SystemExit)):
        call_command("check_trace", str(bad), stderr=StringIO())

    assert "all of them recomputed" in said.getvalue()


def test_what_a_label_takes_of_one_owner_is_not_shown_to_strangers() -> None:
    ann, label, reader, element = (UUID(int=n) for n in range(1, 5))
    parts = [_part(element, ann, "split", 750, ()), _part(element, label, "label", 250, (ann,))]

    def seen(by: UUID) -> list[tuple[UUID, str, int]]:
        return [(one.party_id, one.basis, one.amount_micro) for one in order_pages._without_contracts(parts, by)]

    assert seen(reader) == [(ann, "split", 1000)]
    assert seen(ann) == seen(label) == [(ann, "split", 750), (label, "label", 250)]


def _part(element: UUID, party: UUID, basis: str, amount: int, signed: tuple[UUID, ...]) -> order_pages.Part:
    return order_pages.Part(
        element_id=element, party_id=party, basis=basis, path=(element,), amount_micro=amount, exact=amount,
        signed_owners=signed, statement_id=None, payout_state="", transfer_ids=(),
    )  # fmt: skip
