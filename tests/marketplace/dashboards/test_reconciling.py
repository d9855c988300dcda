"""Reconciliation of a run with many movements: a worker reads them all, and the page shows the result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.gateways import movements as books_there
from ledger.gateways.errors import GatewayError
from ledger.gateways.movements import Movement
from ledger.services import clock
from marketplace.accounts.permissions import Role
from marketplace.dashboards import reconciling
from production import progress
from tests.helpers import books
from tests.helpers.shop import Shop, day

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 3, tzinfo=dt.UTC)
MANY = reconciling.MOVEMENTS_AT_ONCE_MAX + 1500


def charges(count: int, *, breaks_at: int | None = None) -> Iterator[Movement]:
    """A balance that moved so often; the last one is of a kind that nobody knows."""
    for number in range(count):
        if number == breaks_at:
            raise GatewayError("the processor did not answer")
        yield Movement(
            movement_id=f"txn_{number}", type="charge" if number < count - 1 else "quantum_fee", source_id="ch",
            amount_minor=100, fee_minor=0, net_minor=100, currency="EUR", status="available", created_at=NOW,
        )  # fmt: skip


@pytest.fixture
def console(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """August is released; the processor has no transfers and MANY movements."""
    with clock.at(day("2026-07-01")):
        mira = shop.creator("Mira")
        anna, bela = (shop.person(name, Role.LABEL_STAFF) for name in ("Anna", "Bela"))
        element = shop.on_sale(mira).entry_id
    books.sell(element, 1000, at="2026-08-01")
    run = books.settle("2026-08", by=anna, released_by=bela)
    monkeypatch.setattr(books_there, "transfers_of", lambda **_: [])
    monkeypatch.setattr(books_there, "movements", lambda **_: charges(MANY))
    return {"client": shop.client(anna), "address": f"/settlements/{run}/reconciliation/", "run": run}


def test_many_movements_are_all_read_by_a_worker_and_told_on_the_way(
    shop: Shop, console: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(progress, "tell", lambda job_id, fraction, words: told.append(words))

    waits = console["client"].get(console["address"]).content.decode()
    shop.work(reconciling.TASK)
    page = console["client"].get(console["address"]).content.decode()

    assert "a worker reads all of it" in waits
    assert "100 movements read" in told
    assert f"All {MANY} movements were read" in page.replace(",", "")
    assert "quantum_fee" in page, "the very last one is looked at, too"
    assert "a worker reads" in console["client"].get(f"{console['address']}?anew=1").content.decode()


def test_a_processor_that_falls_silent_half_way_leaves_no_half_comparison(
    shop: Shop, console: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books_there, "movements", lambda **_: charges(MANY, breaks_at=MANY - 10))
    console["client"].get(console["address"])

    shop.work(reconciling.TASK)

    assert "a worker reads" in console["client"].get(console["address"]).content.decode()
