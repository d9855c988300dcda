"""The settlement console: what the dry run says, what a click moves, reconciliation, claims with two sides."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID

import pytest

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.gateways.movements import Movement, Sent
from ledger.models import Outbox
from ledger.services import clock
from ledger.services.settlements import payouts
from marketplace.accounts.permissions import Role
from marketplace.catalogue.tasks import follow_ledger
from marketplace.dashboards import dry_runs, reconciliation
from tests.helpers import books
from tests.helpers.processor import linked
from tests.helpers.shop import Shop, day, shop

__all__ = ["linked", "shop"]
pytestmark = pytest.mark.django_db
SEPTEMBER = "/settlements/dry-run/?period=2026-09"


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    """Mira sold in September; nobody has a payout account."""
    with clock.at(day("2026-07-01")):
        people: dict[str, Any] = {name: shop.creator(name.title()) for name in ("mira", "tomas", "eve")}
        people |= {name: shop.person(name.title(), Role.LABEL_STAFF) for name in ("anna", "bela")}
        people["element"] = shop.on_sale(people["mira"], "Night ferry").entry_id
        people["other"] = shop.on_sale(people["tomas"], "Day train").entry_id
    people["sale"] = books.sell(people["element"], 10_000, at="2026-09-01")
    books.sell(people["other"], 4_000, at="2026-09-02")
    books.sell(people["element"], 7_000, at="2026-09-28")
    return people


def text(response: Any) -> str:
    """What a reader sees, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_dry_run_says_who_cannot_be_paid_what_waits_and_what_money_is_there(shop, story, linked) -> None:
    with clock.at(day("2026-10-05")):
        page = text(shop.client(story["anna"]).get(SEPTEMBER))

    assert "Has not opened a payout account 2 payees" in page
    assert "Refund window not over 1 line · first ready 12 Oct 2026" in page
    assert "Money needed against money available" in page
    assert "2 revenue lines" in page


def test_a_click_shows_what_it_moved(shop, story) -> None:
    client = shop.client(story["anna"])
    with clock.at(day("2026-10-05")):
        before = client.get(SEPTEMBER).context["run"].version
        form = {"element": str(story["element"]), "reason": "rights", "period": "2026-09", "before": before}
        page = text(client.get(client.post("/settlements/holds/", form).headers["Location"]))
        (hold,) = ledger.standing_holds()
        lifted = client.post("/settlements/holds/", {"hold": str(hold.hold_id), "period": "2026-09"})
        after = text(client.get(lifted.headers["Location"]))

    assert "What that moved" in page
    assert re.search(r"Payout now Mira \S*84\.57\S* \S*0\.00", page.replace("EUR ", "").replace(" EUR", ""))
    assert "Held element: Night ferry 1 line · Rights are in question" in page
    assert ledger.standing_holds() == []
    assert "Held element" not in after


def test_a_line_and_an_order_are_left_out_and_taken_back_in(shop, story) -> None:
    client = shop.client(story["anna"])
    with clock.at(day("2026-10-05")):
        lines = text(client.get("/settlements/dry-run/lines/?period=2026-09&q=ferry"))
        for name, value in (("line", story["sale"].line.line_id), ("order", story["sale"].order_id)):
            client.post(
                "/settlements/holds/", {name: str(value), "reason": "figures", "note": "odd", "period": "2026-09"}
            )
            kept = text(client.get(SEPTEMBER))
            (deferral,) = ledger.deferrals()
            client.post("/settlements/holds/", {"deferral": str(deferral.deferral_id), "period": "2026-09"})
            assert "Left for the next run" in kept
            assert "Figures are being checked: odd" in kept
        back = text(client.get(SEPTEMBER))

    assert "Night ferry" in lines
    assert "Day train" not in lines
    assert "Left for the next run" not in back


def test_a_large_draft_is_computed_by_a_worker_and_kept(shop, story, monkeypatch) -> None:
    monkeypatch.setattr(dry_runs, "LINES_AT_ONCE_MAX", 1)
    client = shop.client(story["anna"])
    with clock.at(day("2026-10-05")):
        waits = client.get(SEPTEMBER)
        client.get(SEPTEMBER)
        open_jobs = [job for job in ledger.jobs_of(story["anna"].party_id, limit=9) if job.task == dry_runs.TASK]
        shop.work(dry_runs.TASK)
        ready = client.get(SEPTEMBER)

    assert len(open_jobs) == 1
    assert str(open_jobs[0].job_id) in waits.content.decode()
    assert ledger.job(open_jobs[0].job_id).state == "finished"
    assert "Who gets what" in text(ready)


def test_the_table_of_payees_sorts_filters_and_goes_home_as_csv(shop, story) -> None:
    client = shop.client(story["anna"])
    with clock.at(day("2026-10-05")):
        names = [row.name for row in client.get(f"{SEPTEMBER}&sort=payee").context["page"]]
        largest = [row.name for row in client.get(f"{SEPTEMBER}&sort=-royalty").context["page"]]
        found = [row.name for row in client.get(f"{SEPTEMBER}&q=tom").context["page"]]
        nonsense = client.get(f"{SEPTEMBER}&sort=-nonsense&page=99").status_code
        table = client.get(f"{SEPTEMBER}&format=csv").content.decode()

    assert names == sorted(names, key=str.casefold)
    assert largest[0] == "Mira"
    assert found == ["Tomas"]
    assert nonsense == 200
    assert table.splitlines()[0].startswith("party_id,name,currency,opening_micro")
    assert len(table.splitlines()) == 1 + len(names)


def test_a_name_that_is_a_formula_stays_text_in_the_csv(shop, story) -> None:
    from marketplace.dashboards import tables

    answer = tables.as_csv("x.csv", {"name": lambda row: row}, ["=1+1", "Mira"]).content.decode()

    assert answer.splitlines() == ["name", "'=1+1", "Mira"]


# ----------------------------------------------------------------------------------------------- reconciliation
NOW = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)


def payout(**more: Any) -> ledger.Payout:
    values = {
        "payout_id": uuid7(),
        "run_id": uuid7(),
        "statement_id": uuid7(),
        "party_id": UUID(int=1),
        "currency": "EUR",
        "gross_minor": 100,
        "withheld_minor": 0,
        "payout_minor": 100,
        "state": "paid",
        "failures": 0,
        "code": "",
        "position": 1,
        "changed_position": 2,
    }
    return ledger.Payout(**(values | more))


def sent(of: ledger.Payout | None, **more: Any) -> Sent:
    values = {
        "transfer_id": "tr_1",
        "payout_id": str(of.payout_id) if of else "",
        "account_id": "acct_1",
        "amount_minor": 100,
        "reversed_minor": 0,
        "currency": "EUR",
        "balance_transaction_id": "txn_1",
        "reversal_ids": (),
        "created_at": NOW,
    }
    return Sent(**(values | more))


def movement(**more: Any) -> Movement:
    values = {
        "movement_id": "txn_1",
        "type": "transfer",
        "source_id": "tr_1",
        "amount_minor": -100,
        "fee_minor": 0,
        "net_minor": -100,
        "currency": "EUR",
        "status": "available",
        "created_at": NOW,
    }
    return Movement(**(values | more))


def codes(payouts_: Any, transfers: Any, moved: Any) -> list[str]:
    found = reconciliation.compare(
        payouts_, names={UUID(int=1): "Mira"}, sent=transfers, moved=moved, begin=NOW, end=NOW
    )
    return [one.code for one in found.exceptions]


@pytest.mark.parametrize(
    ("ours", "theirs", "moved", "expected"),
    [
        ({}, {}, {}, []),
        ({}, None, None, ["missing"]),
        ({}, {"amount_minor": 90}, {"amount_minor": -90}, ["amount"]),
        ({}, {"currency": "USD"}, {}, ["currency"]),
        ({}, {"reversed_minor": 100}, {}, ["reversed_there"]),
        ({}, {"reversed_minor": 40}, {}, ["reversed_part"]),
        ({"state": "reversed"}, {"reversed_minor": 100}, {}, ["reversed"]),
        ({"state": "failed"}, {}, {}, ["sent_but_owed"]),
        ({"state": "failed"}, None, None, ["failed"]),
        ({"state": "requested"}, {}, {}, ["sent_but_owed"]),
        ({}, {}, {"amount_minor": -99}, ["movement_amount"]),
        ({}, {"balance_transaction_id": ""}, {}, ["no_movement"]),
        ({}, {}, {"type": "quantum_fee"}, ["unknown_type"]),
    ],
)
def test_every_difference_between_the_books_is_an_exception(ours, theirs, moved, expected) -> None:
    mine = payout(**ours)

    found = codes(
        [mine],
        [] if theirs is None else [sent(mine, **theirs)],
        [] if moved is None else [movement(**moved)],
    )

    assert found == expected


def test_transfers_and_movements_of_nobody_are_exceptions() -> None:
    mine = payout()
    stray = sent(None, transfer_id="tr_2", balance_transaction_id="txn_2")
    twice = sent(mine, transfer_id="tr_3", balance_transaction_id="txn_3")

    assert codes([mine], [sent(mine), stray], [movement()]) == ["foreign"]
    both = [movement(), movement(movement_id="txn_3", source_id="tr_3")]
    assert codes([mine], [sent(mine), twice], both) == ["twice"]
    assert codes([mine], [sent(mine)], []) == ["no_movement"]
    assert codes([mine], [sent(mine)], [movement(), movement(movement_id="txn_9", source_id="tr_9")]) == [
        "foreign_movement"
    ]


def test_a_run_reconciles_and_a_transfer_that_comes_back_is_shown_and_paid_again(shop, story, linked) -> None:
    books.fund()
    account = books.open_payout_account(linked, story["mira"])
    run = books.settle("2026-09", by=story["anna"], released_by=story["bela"])
    shop.work("ledger.pay")
    client = shop.client(story["anna"])
    (made,) = linked.client.v1.transfers.list({"destination": account}).data

    with clock.at(dt.datetime.now(dt.UTC) + dt.timedelta(days=1)):
        agreed = text(client.get(f"/settlements/{run}/reconciliation/"))
        linked.client.v1.transfers.reversals.create(made.id)
        unsaid = text(client.get(f"/settlements/{run}/reconciliation/"))
        (one,) = ledger.payouts_of_run(run)
        told = [payouts.record_reversal(one.payout_id) for _ in range(2)]
        came_back = text(client.get(f"/settlements/{run}/reconciliation/"))
        shop.client(story["bela"]).post(f"/settlements/{run}/retry/")
        shop.work("ledger.pay")
        again = text(client.get(f"/settlements/{run}/reconciliation/"))

    assert "The three books agree" in agreed
    assert re.search(r"UTC\. (All|One)", agreed)
    assert "reversed_there" in unsaid
    assert told == [True, False]
    assert "owed again" in came_back
    assert "The three books agree" in again
    assert [one.state for one in ledger.payouts_of_run(run)] == ["paid"]
    assert len(linked.client.v1.transfers.list({"destination": account}).data) == 2
    assert ledger.run(run).state == "closed"


def test_without_an_answer_of_the_processor_nothing_is_called_agreed(shop, story) -> None:
    run = books.settle("2026-09", by=story["anna"], released_by=story["bela"])

    page = text(shop.client(story["anna"]).get(f"/settlements/{run}/reconciliation/"))

    assert "did not answer" in page
    assert "agree" not in page


# ------------------------------------------------------------------------------------------------------- claims
@pytest.fixture
def claim(story: dict[str, Any]) -> UUID:
    claim_id = uuid7()
    books.write(
        events.ClaimOpened(
            claim_id=claim_id,
            element_id=story["element"],
            resembles_id=story["other"],
            disputed_ppm=400_000,
            reason="near_match",
        ),
        at="2026-09-29",
    )
    return claim_id


def test_both_sides_read_a_claim_answer_it_and_are_told(shop, story, claim) -> None:
    page = f"/claims/{claim}/"
    with clock.at(day("2026-09-30")):
        while follow_ledger():
            pass
        seen = {who: shop.client(story[who]).get(page).status_code for who in ("mira", "tomas", "eve", "anna")}
        shop.client(story["mira"]).post(f"{page}state/", {"words": "Recorded in May. <b>Mine</b>"})
        shop.client(story["eve"]).post(f"{page}state/", {"words": "Me too"})
        shop.client(story["anna"]).post(f"{page}decide/", {"decision": "dismiss", "reason": "early"})
        early = ledger.claim(claim).state
        shop.client(story["tomas"]).post(f"{page}state/", {"words": "Played it live in March"})
        shop.client(story["anna"]).post(f"{page}decide/", {"decision": "dismiss", "reason": "Different melody"})
        while follow_ledger():
            pass
        read = shop.client(story["tomas"]).get(page).content.decode()
        mine = text(shop.client(story["mira"]).get("/claims/mine/"))
        listed = text(shop.client(story["anna"]).get("/claims/"))

    letters = [row.payload for row in Outbox.objects.filter(task="marketplace.send_mail")]
    assert seen == {"mira": 200, "tomas": 200, "eve": 404, "anna": 200}
    assert early == "open"
    assert ledger.claim(claim).state == "dismissed"
    assert "&lt;b&gt;Mine&lt;/b&gt;" in read
    assert "Different melody" in read
    assert "dismissed" in mine
    assert "2 / 2" in listed
    about = [(one["recipient"], one["subject"]) for one in letters]
    for who in ("mira@example.org", "tomas@example.org"):
        assert (who, "Two works look alike: what do you say?") in about
        assert (who, "A claim was decided") in about
