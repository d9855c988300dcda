"""Flat files: a run that reads back whole, and a payee's year with the tax withheld."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ledger import selectors as ledger
from ledger.domain import events
from ledger.services import clock
from ledger.services.settlements import payouts
from marketplace.accounts.permissions import Role
from marketplace.dashboards import dsr, years
from tests.helpers import books
from tests.helpers.sandbox import Running
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(shop: Shop, linked: Running) -> dict[str, Any]:
    """August was settled and paid: 15 % of Mira's payout is withheld for tax."""
    with clock.at(day("2026-07-01")):
        mira, jonas = shop.creator("Mira"), shop.creator("Jonas")
        anna, bela = shop.person("Anna", Role.LABEL_STAFF), shop.person("Bela", Role.LABEL_STAFF)
        tune = shop.on_sale(mira, title="Night\tferry", shares=[(mira, 1_000_000)])
        other = shop.on_sale(jonas, title="Harbour")
        books.open_payout_account(linked, mira)
    books.write(
        events.PayeeTermsSet(
            party_id=mira.party_id, reserve_ppm=0, withholding_ppm=150_000, minimum_payout_minor=1, currency="EUR"
        ),
        at="2026-07-02",
    )
    for gross in (1000, 777):
        books.sell(tune.entry_id, gross, at="2026-08-01")
    books.sell(other.entry_id, 500, at="2026-08-02")
    run = books.settle("2026-08", by=anna, released_by=bela)
    books.fund()
    with clock.at(day("2027-01-04")):
        for payout in ledger.payouts_of_run(run):
            payouts.pay(payout.payout_id)
    return {"mira": mira, "anna": anna, "run": run}


def test_a_run_reads_back_from_its_flat_file_to_the_last_micro(shop: Shop, story: dict[str, Any]) -> None:
    statements = ledger.statements_of_run(story["run"])

    answer = shop.client(story["anna"]).get(f"/settlements/{story['run']}/dsr-shaped.tsv")
    found = dsr.read(answer.content).records

    assert {row["statement_id"]: int(row["royalty_micro"]) for row in found["SUMM"]} == {
        str(one.statement_id): one.royalty_micro for one in statements
    }
    assert "Night ferry" in {row["title"] for row in found["LINE"]}
    assert len(found["LINE"]) == sum(int(row["lines"]) for row in found["SUMM"])
    payable = {row["statement_id"]: int(row["amount_micro"]) for row in found["ACCT"] if row["figure"] == "payable"}
    assert payable == {str(one.statement_id): one.payable_micro for one in statements}
    mine = next(one for one in statements if one.party_id == story["mira"].party_id)
    alone = shop.client(story["mira"]).get(f"/statements/{mine.statement_id}/dsr-shaped.tsv").content
    assert [row["statement_id"] for row in dsr.read(alone).records["SUMM"]] == [str(mine.statement_id)]
    assert shop.client(story["mira"]).get(f"/settlements/{story['run']}/dsr-shaped.tsv").status_code == 403


def test_a_flat_file_that_was_cut_or_changed_is_told(story: dict[str, Any]) -> None:
    data = dsr.of_statements(ledger.statements_of_run(story["run"]))
    rows = data.decode().split("\n")
    line = next(number for number, row in enumerate(rows) if row.startswith("LINE") and "\tsplit\t" in row)
    broken = {
        "cut": data[: len(data) // 2],
        "a line gone": "\n".join(rows[:line] + rows[line + 1 :]).encode(),
        "no footer": "\n".join([*rows[:-2], ""]).encode(),
        "amount": data.replace(rows[line].encode(), rows[line].replace("\tsplit\t", "\tsplit\t1", 1).encode()),
        "type": data.replace(b"\nSUMM", b"\nSUMX", 1),
    }

    for name, changed in broken.items():
        assert changed != data, name
        with pytest.raises(dsr.FlatFileError):
            dsr.read(changed)


def test_a_year_is_that_of_the_payment_and_says_what_was_withheld(shop: Shop, story: dict[str, Any]) -> None:
    (paid,) = ledger.paid_out(story["mira"].party_id)
    client = shop.client(story["mira"])

    page = client.get("/earnings/years/").content.decode()
    rows = list(csv.reader(io.StringIO(client.get("/earnings/years/2027.csv").content.decode())))
    (year,) = years.of(story["mira"].party_id)

    assert (year.year, year.transfers) == (2027, 1)
    assert year.gross_minor - year.withheld_minor == year.paid_minor == paid.payout_minor
    assert year.withheld_minor == year.gross_minor * 15 // 100 > 0
    assert "2027" in page
    assert rows[-1][:3] == ["total", "", "EUR"]
    assert rows[-1][3:] == rows[-2][3:]
    assert rows[-2][0] == "2027-01-04"
