"""Earnings, statements and the settlement console: one's own for payees, everything for staff."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import selectors as ledger
from ledger.services import clock
from ledger.services.settlements import findings
from marketplace.accounts.permissions import Role
from tests.helpers import books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    """August was settled: Mira sold, and cannot be paid."""
    with clock.at(day("2026-07-01")):
        people = {
            "mira": shop.creator("Mira"),
            "eve": shop.creator("Eve"),
            "anna": shop.person("Anna", Role.LABEL_STAFF),
            "bela": shop.person("Bela", Role.LABEL_STAFF),
        }
        listing = shop.on_sale(people["mira"])
    books.sell(listing.entry_id, at="2026-08-01")
    run = books.settle("2026-08", by=people["anna"], released_by=people["bela"])
    return {**people, "run": run, "statement": books.statement(run, people["mira"]), "element": listing.entry_id}


def test_a_statement_is_its_payee_s_and_staff_s_alone(shop: Shop, story: dict[str, Any]) -> None:
    pages = [f"/statements/{story['statement'].statement_id}{end}" for end in ("/", ".csv")]

    seen = {who: [shop.client(story[who]).get(page).status_code for page in pages] for who in ("mira", "eve", "anna")}

    assert seen == {"mira": [200, 200], "eve": [404, 404], "anna": [200, 200]}


def test_a_statement_names_element_sale_and_what_it_brought(shop: Shop, story: dict[str, Any]) -> None:
    page = shop.client(story["mira"]).get(f"/statements/{story['statement'].statement_id}/").content.decode()
    table = shop.client(story["mira"]).get(f"/statements/{story['statement'].statement_id}.csv").content.decode()

    assert "Night ferry" in page
    assert "8.07" in page
    assert str(950 * 850_000) in table


def test_earnings_show_what_is_owed_and_why_it_was_not_paid(shop: Shop, story: dict[str, Any]) -> None:
    client = shop.client(story["mira"])

    page = client.get("/earnings/").content.decode()
    statement = client.get(f"/statements/{story['statement'].statement_id}/").content.decode()

    assert "August 2026" in page
    assert "8.07" in page
    assert "has not opened a payout account" in statement


def test_the_console_walks_a_run_from_dry_run_to_release_with_two_people(shop: Shop, story: dict[str, Any]) -> None:
    anna, bela = shop.client(story["anna"]), shop.client(story["bela"])
    books.sell(story["element"], at="2026-09-01")
    with clock.at(day("2026-10-05")):
        dry = anna.get("/settlements/dry-run/?period=2026-09").content.decode()
        made = anna.post("/settlements/calculate/", {"period": "2026-09"}).headers["Location"]
        anna.post(f"{made}approve/")  # before its review: refused
        anna.post(f"{made}review/", {"seen": findings.KINDS})
        anna.post(f"{made}approve/")
        anna.post(f"{made}release/")
        run = next(one for one in ledger.runs() if one.period == "2026-09")
        alone = run.state
        bela.post(f"{made}release/")

    assert "Mira" in dry
    assert "has not opened a payout account" in dry
    assert alone == "approved"
    assert ledger.run(run.run_id).state == "closed"
    assert bela.get(made).status_code == anna.get("/settlements/").status_code == 200


@pytest.mark.parametrize("period", ["", "2026-13", "yesterday", "2099-01", "until-x"])
def test_periods_that_cannot_be_settled_are_answered_in_words(shop: Shop, story: dict[str, Any], period: str) -> None:
    client = shop.client(story["anna"])

    assert client.get("/settlements/dry-run/", {"period": period}).headers["Location"] == "/settlements/"
    assert client.post("/settlements/calculate/", {"period": period}).headers["Location"] == "/settlements/"
    assert len(ledger.runs()) == 1


def test_a_run_s_folder_can_be_taken_home_and_settled_again(shop: Shop, story: dict[str, Any], tmp_path: Any) -> None:
    from django.core.management import call_command

    from ledger.services.settlements import folder

    run = ledger.run(story["run"])
    client = shop.client(story["anna"])
    for name in folder.load(run.inputs_hash):
        (tmp_path / name).write_bytes(client.get(f"/settlements/{run.run_id}/files/{name}").content)

    call_command("settle", str(tmp_path), "--out", str(tmp_path / "out"))

    for name, data in folder.load(run.outputs_hash).items():
        assert (tmp_path / "out" / name).read_bytes() == data
    assert client.get(f"/settlements/{run.run_id}/files/..%2Fsecret").status_code == 404


def test_staff_hold_a_payee_and_let_go(shop: Shop, story: dict[str, Any]) -> None:
    client = shop.client(story["anna"])

    client.post("/settlements/holds/", {"party": str(story["mira"].party_id), "reason": "a question"})
    (hold,) = ledger.standing_holds()
    client.post("/settlements/holds/", {"hold": str(hold.hold_id)})
    away = client.post("/settlements/holds/", {"party": "nobody", "back": "https://evil.example/"})

    assert ledger.standing_holds() == []
    assert away.headers["Location"] == "/settlements/"
