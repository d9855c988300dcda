"""Money owed that changes between two runs: it enters one statement, and statements and accounts tell the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ledger import selectors as ledger
from ledger.domain.errors import KeyReusedError, WrongStateError
from ledger.domain.ids import uuid7
from ledger.services import audit, clock, parties
from ledger.services.audit import verify
from ledger.services.audit.books import check_books
from ledger.services.settlements import adjustments
from marketplace.accounts import services as accounts
from tests.helpers.books import MICRO, sell, settle, statement
from tests.helpers.shop import day

pytestmark = pytest.mark.django_db

PART = 1_000_000 - settings.COMMISSION_PPM
CAUSE = UUID(int=5)


def adjust(who: Any, amount_micro: int, *, at: str, currency: str = "EUR", key: str | None = None) -> UUID:
    with clock.at(day(at)):
        return adjustments.post(
            party_id=who if isinstance(who, UUID) else who.party_id,
            currency=currency,
            amount_micro=amount_micro,
            basis="agreement",
            cause_id=CAUSE,
            actor_id=settings.PLATFORM_PARTY_ID,
            key=key or f"adjust {uuid7()}",
        )


def test_an_adjustment_opens_the_next_statement_once(shop, mira, anna, bela) -> None:
    element = shop.on_sale(mira).entry_id
    sell(element, at="2026-08-01", fee_minor=0)
    settle("2026-08", by=anna, released_by=bela)
    adjustment = adjust(mira, -300 * MICRO, at="2026-09-10")

    second = settle("2026-09", by=anna, released_by=bela)
    third = settle("2026-10", by=anna, released_by=bela)

    carried = 1000 * PART - 300 * MICRO
    assert [statement(run, mira).opening_micro for run in (second, third)] == [carried, carried]
    assert [one.adjustment_id for one in lines(mira, second)] == [adjustment]
    assert lines(mira, third) == []
    assert -ledger.balance(f"payable:{mira.party_id}", "EUR") == carried
    assert -ledger.balance("adjustments", "EUR") == 300 * MICRO
    verify()


def lines(who: Any, run_id: UUID, currency: str = "EUR") -> list[ledger.BalanceAdjustment]:
    run = ledger.run(run_id)
    assert run is not None
    return ledger.adjustments_of(who.party_id, currency, run)


def test_what_is_adjusted_after_the_period_waits_for_the_run_after_it(shop, mira, anna, bela) -> None:
    adjust(mira, 7 * MICRO, at="2026-09-01")

    first = settle("2026-08", by=anna, released_by=bela)
    second = settle("2026-09", by=anna, released_by=bela)

    assert [one.party_id for one in ledger.statements_of_run(first)] == []
    assert statement(second, mira).payable_micro == 7 * MICRO
    verify()


def test_a_currency_with_nothing_but_an_adjustment_has_a_statement(shop, mira, anna, bela) -> None:
    adjust(mira, 12_345_678, at="2026-08-10", currency="JPY")

    run = settle("2026-08", by=anna, released_by=bela)

    (one,) = [one for one in ledger.statements_of_run(run) if one.party_id == mira.party_id]
    assert (one.currency, one.opening_micro, one.royalty_micro) == ("JPY", 12_345_678, 0)
    verify()


def test_what_is_owed_to_an_invited_party_is_adjusted_in_escrow(shop, mira, anna, bela) -> None:
    invited = accounts.party_for(email="uma@example.org", invited_by=mira.party_id)
    adjust(invited, 40 * MICRO, at="2026-08-10")
    waiting = -ledger.balance(f"escrow:{invited}", "EUR")
    with clock.at(day("2026-08-20")):
        parties.claim(invited, key="joined")

    adjust(invited, 2 * MICRO, at="2026-08-21")
    run = settle("2026-08", by=anna, released_by=bela)

    assert waiting == 40 * MICRO
    assert -ledger.balance(f"payable:{invited}", "EUR") == statement(run, invited).payable_micro == 42 * MICRO
    verify()


def test_the_same_key_adjusts_once_and_another_amount_is_refused(shop, mira) -> None:
    first = adjust(mira, 5, at="2026-08-10", key="k")

    again = adjust(mira, 5, at="2026-08-11", key="k")

    assert first == again
    assert -ledger.balance(f"payable:{mira.party_id}", "EUR") == 5
    with pytest.raises(KeyReusedError):
        adjust(mira, 6, at="2026-08-11", key="k")
    for who, amount in ((mira, 0), (uuid7(), 1)):
        with pytest.raises(WrongStateError):
            adjust(who, amount, at="2026-08-11")


@pytest.mark.slow
@hypothesis_settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    story=st.lists(
        st.tuples(st.sampled_from(["sell", "adjust", "settle"]), st.integers(0, 1), st.integers(-(10**9), 10**9)),
        max_size=10,
    )
)
def test_statements_and_accounts_tell_the_same_at_any_time(shop, mira, tomas, anna, bela, story) -> None:
    with transaction.atomic():
        people = [mira, tomas]
        elements = [shop.on_sale(one, title=f"Of {one.email}").entry_id for one in people]
        month = 8
        for what, whose, amount in story:
            at = f"2026-{month:02}-01" if month < 10 else f"2026-{month}-01"
            if what == "sell":
                sell(elements[whose], abs(amount) // MICRO + 1, at=at, fee_minor=0)
            elif what == "adjust" and amount:
                adjust(people[whose], amount, at=at)
            elif what == "settle" and month < 12:
                settle(at[:7], by=anna, released_by=bela)
                month += 1
            check_books()
        verify()
        transaction.set_rollback(True)


def test_the_audit_names_a_payee_whose_statement_and_account_differ(shop, mira, anna, bela) -> None:
    sell(shop.on_sale(mira).entry_id, at="2026-08-01", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)

    with connection.cursor() as cursor:
        cursor.execute("update ledger_statement set carried_micro = carried_micro + 1 where run_id = %s", [run])

    with pytest.raises(audit.AuditError, match=f"{mira.party_id} is owed|{settings.PLATFORM_PARTY_ID} is owed"):
        check_books()
