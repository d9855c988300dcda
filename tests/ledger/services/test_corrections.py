"""A settled period computed again with other facts: the difference is owed in the open period, once."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.corrections import (
    Change,
    ChangeError,
    FileReplaced,
    LineAdded,
    LineChanged,
    LineRemoved,
    LineReversed,
    ShareRow,
    SplitCorrected,
)
from ledger.domain.errors import NotAllowedError, WrongStateError
from ledger.domain.ids import uuid7
from ledger.domain.settlement.faults import BadInputError
from ledger.services import clock, documents, rights
from ledger.services.audit import verify
from ledger.services.audit.books import check_books
from ledger.services.settlements import corrections, folder, runs
from marketplace.accounts import services as accounts
from tests.helpers import books
from tests.helpers.books import MICRO, sell, settle, statement
from tests.helpers.shop import day, upstream

pytestmark = pytest.mark.django_db

PART = 1_000_000 - settings.COMMISSION_PPM
CUT = settings.COMMISSION_PPM


def made(shop: Any, maker: Any, **more: Any) -> UUID:
    entry: UUID = shop.on_sale(maker, **more).entry_id
    return entry


def split(element: UUID, *shares: tuple[Any, int], from_position: int | None = None) -> SplitCorrected:
    rows = tuple(ShareRow(str(who if isinstance(who, UUID) else who.party_id), "producer", ppm) for who, ppm in shares)
    return SplitCorrected(element_id=str(element), shares=rows, from_position=from_position)


def late(element: UUID, gross_minor: int, *, line_id: str = "late", currency: str = "EUR") -> LineAdded:
    return LineAdded(
        line_id=line_id,
        element_id=str(element),
        kind="sale",
        currency=currency,
        gross_minor=gross_minor,
        tax_minor=0,
        fee_minor=0,
        occurred_at="2026-08-31",
    )


def calculate(run: UUID, *changes: Change, by: Any, at: str = "2026-09-10", key: str | None = None) -> UUID:
    with clock.at(day(at)):
        return corrections.calculate(
            run_id=run,
            changes=changes,
            reason="They agreed on it in May.",
            actor_id=by.party_id,
            key=key or str(uuid7()),
        )


def post(correction: UUID, *, by: Any, at: str = "2026-09-11") -> UUID:
    with clock.at(day(at)):
        corrections.post(correction_id=correction, actor_id=by.party_id)
    return correction


def moved(correction: UUID) -> dict[UUID, int]:
    """Party -> what a posted correction adjusted."""
    return {one.party_id: one.amount_micro for one in ledger.adjustments_by(correction)}


@pytest.fixture
def sold(shop: Any, mira: Any, anna: Any, bela: Any) -> tuple[UUID, UUID]:
    """Mira's element brought 10.00 in August; the run is released: (element, run)."""
    element = made(shop, mira)
    sell(element, 1000, at="2026-08-01", fee_minor=0)
    return element, settle("2026-08", by=anna, released_by=bela)


# --------------------------------------------------------------------------------------------------- what moves
def test_a_corrected_split_moves_the_difference_into_the_next_statement(sold, mira, tomas, anna, bela) -> None:
    element, run = sold
    before = ledger.statements_of_run(run)

    correction = post(calculate(run, split(element, (mira, 500_000), (tomas, 500_000)), by=anna), by=bela)
    following = settle("2026-09", by=anna, released_by=bela)

    assert moved(correction) == {mira.party_id: -500 * PART, tomas.party_id: 500 * PART}
    assert ledger.statements_of_run(run) == before
    assert statement(following, mira).opening_micro == statement(following, tomas).opening_micro == 500 * PART
    assert ledger.balance("adjustments", "EUR") == 0
    (line,) = ledger.adjustments_of(tomas.party_id, "EUR", ledger.run(following))
    assert ledger.reason_of(line) == "They agreed on it in May."
    verify()


def test_a_split_can_be_corrected_from_one_day_on(shop, mira, tomas, anna, bela) -> None:
    element = made(shop, mira)
    sell(element, 1000, at="2026-08-01", fee_minor=0)
    with clock.at(day("2026-08-05")):
        proposal = rights.propose_split(
            element_id=element,
            shares=[events.Share(party_id=tomas.party_id, role="producer", share_ppm=1_000_000)],
            actor_id=mira.party_id,
            key="to tomas",
        )
        rights.accept_split(proposal, party_id=tomas.party_id)
    position = ledger.split_proposal(proposal).ended_position
    sell(element, 100, at="2026-08-06", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)

    correction = post(calculate(run, split(element, (mira, 1_000_000), from_position=position), by=anna), by=bela)

    assert moved(correction) == {mira.party_id: 100 * PART, tomas.party_id: -100 * PART}


def test_a_refund_that_the_log_does_not_know_is_taken_back_from_everyone_who_shared(sold, mira, anna, bela) -> None:
    _element, run = sold
    line = revenue(run)[0]["line_id"]
    back = LineReversed(
        line_id=line, kind="refund", gross_minor=400, tax_minor=0, fee_minor=0, occurred_at="2026-08-30"
    )

    correction = post(calculate(run, back, by=anna), by=bela)

    assert moved(correction) == {mira.party_id: -400 * PART, settings.PLATFORM_PARTY_ID: -400 * CUT}
    assert ledger.balance("adjustments", "EUR") == -400 * MICRO
    assert ledger.correction(correction).totals == [{"currency": "EUR", "amount_micro": str(-400 * MICRO)}]
    verify()


def revenue(run: UUID) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(folder.load(ledger.run(run).inputs_hash)["revenue.csv"].decode())))


def test_a_refund_in_the_log_is_left_to_the_next_run(shop, mira, anna, bela) -> None:
    sale = sell(made(shop, mira), 1000, at="2026-08-01", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)
    books.refund(sale, at="2026-09-02")

    with pytest.raises(WrongStateError, match="takes it by itself"):
        calculate(
            run,
            LineReversed(
                line_id=str(sale.line.line_id),
                kind="refund",
                gross_minor=1000,
                tax_minor=0,
                fee_minor=0,
                occurred_at="2026-08-30",
            ),
            by=anna,
        )


def child_of_tomas(shop: Any, mira: Any, tomas: Any) -> tuple[UUID, UUID]:
    """(root of Mira, child that is all Tomas's and pays a tenth to the root)."""
    root = made(shop, mira, title="Root")
    child = shop.element(mira, "Child", parents=[upstream(root, 100_000)])
    shop.offer(mira, child, shares=[(tomas, 1_000_000)])
    (proposal,) = ledger.proposals_naming(tomas.party_id)
    rights.accept_split(proposal.proposal_id, party_id=tomas.party_id)
    return root, child


def test_late_revenue_flows_to_the_parents_too(shop, mira, tomas, anna, bela) -> None:
    _root, child = child_of_tomas(shop, mira, tomas)
    sell(child, 100, at="2026-08-01", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)

    correction = post(calculate(run, late(child, 50), by=anna), by=bela)

    assert moved(correction) == {
        mira.party_id: 5 * PART,
        tomas.party_id: 45 * PART,
        settings.PLATFORM_PARTY_ID: 50 * CUT,
    }
    verify()


def test_an_element_without_sales_in_the_run_is_supplied_with_its_rights(shop, mira, tomas, anna, bela) -> None:
    root, child = child_of_tomas(shop, mira, tomas)
    sell(root, 1000, at="2026-08-01", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)

    correction = post(calculate(run, late(child, 50), by=anna), by=bela)

    assert (moved(correction)[mira.party_id], moved(correction)[tomas.party_id]) == (5 * PART, 45 * PART)
    with pytest.raises(ChangeError, match="change 2: the ledger knew no element"):
        calculate(run, late(child, 1, line_id="more"), late(uuid7(), 1, line_id="other"), by=anna)


def test_an_invited_payee_s_difference_waits_in_escrow(sold, mira, anna, bela) -> None:
    element, run = sold
    invited = accounts.party_for(email="uma@example.org", invited_by=mira.party_id)

    post(calculate(run, split(element, (mira, 900_000), (invited, 100_000)), by=anna), by=bela)

    assert -ledger.balance(f"escrow:{invited}", "EUR") == 100 * PART
    verify()


# ------------------------------------------------------------------------------------------ labels and advances
def signed(label: Any, who: Any, *, advance_minor: int) -> UUID:
    advance = uuid7()
    books.write(
        events.ContractSigned(
            contract_id=uuid7(), label_id=label.party_id, party_id=who.party_id, element_id=None, label_ppm=200_000
        ),
        events.AdvancePaid(
            advance_id=advance,
            label_id=label.party_id,
            party_id=who.party_id,
            currency="EUR",
            amount_micro=advance_minor * MICRO,
        ),
        at="2026-07-01",
    )
    return advance


def unrecouped(advance: UUID) -> int:
    return sum(one.unrecouped_micro for one in ledger.advances() if one.advance_id == advance)


def test_what_more_was_earned_repays_the_advance_first(shop, mira, tomas, anna, bela) -> None:
    advance = signed(tomas, mira, advance_minor=800)
    element = made(shop, mira)
    sell(element, 1000, at="2026-08-01", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)
    left = unrecouped(advance)

    correction = post(calculate(run, late(element, 1000), by=anna), by=bela)

    hers, label_s = 1000 * PART * 8 // 10, 1000 * PART * 2 // 10
    assert left == 800 * MICRO - hers
    assert unrecouped(advance) == 0
    assert moved(correction)[mira.party_id] == hers - left
    assert moved(correction)[tomas.party_id] == label_s + left
    verify()


def test_what_later_runs_repaid_is_not_repaid_again(shop, mira, tomas, anna, bela) -> None:
    advance = signed(tomas, mira, advance_minor=800)
    element = made(shop, mira)
    sell(element, 1000, at="2026-08-01", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)
    sell(element, 1000, at="2026-09-01", fee_minor=0)
    settle("2026-09", by=anna, released_by=bela)
    assert unrecouped(advance) == 0

    first = post(calculate(run, late(element, 1000), by=anna, at="2026-10-05"), by=bela, at="2026-10-06")
    with clock.at(day("2026-10-07")):
        back = corrections.undo(correction_id=first, reason="It was not so.", actor_id=anna.party_id, key="undo")
    post(back, by=bela, at="2026-10-08")

    assert moved(first)[mira.party_id] == 1000 * PART * 8 // 10
    assert moved(back) == {party: -amount for party, amount in moved(first).items()}
    assert unrecouped(advance) == 0
    verify()


def test_a_new_owner_comes_with_the_contract_that_was_in_force(sold, shop, mira, tomas, anna, bela) -> None:
    signed(anna, tomas, advance_minor=1)
    element = made(shop, mira, title="Another")
    sell(element, 1000, at="2026-09-01", fee_minor=0)
    run = settle("2026-09", by=anna, released_by=bela)

    correction = calculate(run, split(element, (tomas, 1_000_000)), by=anna, at="2026-10-05")
    post(correction, by=bela, at="2026-10-06")

    assert moved(correction)[tomas.party_id] == 1000 * PART * 8 // 10 - MICRO
    assert moved(correction)[anna.party_id] == 1000 * PART * 2 // 10 + MICRO
    assert moved(correction)[mira.party_id] == -1000 * PART


# --------------------------------------------------------------------------------------------- two people, once
def test_who_calculated_a_correction_cannot_post_it(sold, tomas, anna, bela) -> None:
    element, run = sold
    correction = calculate(run, split(element, (tomas, 1_000_000)), by=anna)

    with pytest.raises(NotAllowedError, match="second person"):
        post(correction, by=anna)

    post(correction, by=bela)
    with pytest.raises(WrongStateError, match="posted"):
        post(correction, by=bela)


def test_corrections_stack_and_pay_nothing_twice(sold, mira, tomas, anna, bela) -> None:
    element, run = sold

    first = post(calculate(run, split(element, (mira, 400_000), (tomas, 600_000)), by=anna), by=bela)
    second = post(calculate(run, split(element, (mira, 100_000), (tomas, 900_000)), by=anna), by=bela)
    with pytest.raises(WrongStateError, match="nobody would have got"):
        calculate(run, split(element, (mira, 100_000), (tomas, 900_000)), by=anna)

    assert moved(first)[tomas.party_id] + moved(second)[tomas.party_id] == 900 * PART
    assert moved(first)[mira.party_id] + moved(second)[mira.party_id] == -900 * PART


def test_of_two_corrections_computed_at_once_only_the_first_can_be_posted(sold, mira, tomas, anna, bela) -> None:
    element, run = sold
    one = calculate(run, split(element, (tomas, 1_000_000)), by=anna)
    other = calculate(run, late(element, 100), by=anna)
    post(one, by=bela)

    with pytest.raises(WrongStateError, match="calculate this one again"):
        post(other, by=bela)

    corrections.discard(correction_id=other, actor_id=anna.party_id)
    assert [found.state for found in ledger.corrections_of_run(run)] == ["discarded", "posted"]


def test_while_a_run_waits_only_what_moves_no_advance_is_posted(shop, mira, tomas, anna, bela) -> None:
    signed(tomas, mira, advance_minor=5000)
    hers, his = made(shop, mira), made(shop, tomas)
    for element in (hers, his):
        sell(element, 1000, at="2026-08-01", fee_minor=0)
    run = settle("2026-08", by=anna, released_by=bela)
    waiting = books.prepare("2026-09", by=anna)

    with pytest.raises(WrongStateError, match="release or discard that run first"):
        post(calculate(run, late(hers, 100), by=anna, at="2026-10-02"), by=bela, at="2026-10-03")
    correction = post(calculate(run, late(his, 100), by=anna, at="2026-10-02"), by=bela, at="2026-10-03")
    with clock.at(day("2026-10-04")):
        runs.release(run_id=waiting, actor_id=bela.party_id)
    following = settle("2026-10", by=anna, released_by=bela)

    assert moved(correction)[tomas.party_id] == 100 * PART
    opened = [statement(one, tomas).opening_micro for one in (waiting, following)]
    assert opened[1] == opened[0] + 100 * PART
    verify()


def test_the_same_key_calculates_once(sold, tomas, anna) -> None:
    element, run = sold

    first = calculate(run, split(element, (tomas, 1_000_000)), by=anna, key="once")
    again = calculate(run, split(element, (tomas, 1_000_000)), by=anna, key="once")

    assert first == again
    assert len(ledger.corrections_of_run(run)) == 1


# ------------------------------------------------------------------------------------------------- what is wrong
def test_what_is_wrong_with_the_changes_is_told_with_its_place(sold, shop, mira, tomas, anna) -> None:
    element, run = sold
    stranger = uuid7()
    shares = documents.keep(
        f"element_id,party_id,role,share_ppm\n{element} @0,{mira.party_id},producer,7\n".encode(), media_type="text/csv"
    )

    wrong: Sequence[tuple[Change, type[Exception], str]] = [
        (split(element, (mira, 999_999)), BadInputError, r"splits.csv:2:share_ppm.*999999|splits.csv:2:"),
        (split(stranger, (mira, 1_000_000)), ChangeError, "change 1: no sale of the run"),
        (split(element, (stranger, 1_000_000)), WrongStateError, "is known here"),
        (LineRemoved(line_id="none"), ChangeError, "the run has no line none"),
        (LineChanged(line_id="none", gross_minor=1, tax_minor=0, fee_minor=0), ChangeError, "no line none"),
        (late(element, 10**12), BadInputError, "revenue.csv:3:gross_minor"),
        (FileReplaced(name="splits.csv", content_hash=shares), BadInputError, "splits.csv:2|revenue.csv:2"),
        (FileReplaced(name="balances.csv", content_hash=shares), ChangeError, "cannot be replaced"),
    ]
    for change, error, told in wrong:
        with pytest.raises(error, match=told):
            calculate(run, change, by=anna)
    assert ledger.corrections_of_run(run) == []


def test_only_a_released_run_is_corrected(shop, mira, anna) -> None:
    sell(made(shop, mira), at="2026-08-01")
    run = books.prepare("2026-08", by=anna)

    with pytest.raises(WrongStateError):
        calculate(run, LineRemoved(line_id="x"), by=anna)


# -------------------------------------------------------------------------------------------------- conservation
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("split"), st.integers(0, 2), st.integers(0, 1_000_000)),
        st.tuples(st.just("late"), st.integers(0, 2), st.integers(-5000, 99_999)),
        st.tuples(st.just("change"), st.integers(0, 2), st.integers(-5000, 99_999)),
        st.tuples(st.just("remove"), st.integers(0, 2), st.just(0)),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.slow
@hypothesis_settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(CHANGES, min_size=1, max_size=3))
def test_corrections_sum_to_the_change_of_the_net_and_undone_to_nothing(shop, mira, tomas, anna, bela, steps) -> None:
    with transaction.atomic():
        signed(anna, tomas, advance_minor=3)
        elements = [made(shop, mira, title="A"), made(shop, tomas, title="B")]
        elements.append(shop.element(mira, "C", parents=[upstream(elements[0], 333_333)]))
        shop.offer(mira, elements[2])
        lines = [sell(one, 777, at="2026-08-01", fee_minor=13, tax_minor=11).line.line_id for one in elements]
        run = settle("2026-08", by=anna, released_by=bela)
        net = net_of(ledger.run(run).inputs_hash)
        before = unrecouped_all()
        posted: list[UUID] = []

        for number, step in enumerate(steps):
            changes = changes_of(step, elements, lines, (mira, tomas), number)
            try:
                posted.append(post(calculate(run, *changes, by=anna), by=bela))
            except (WrongStateError, ChangeError):
                continue
            check_books()
        after = net_of(ledger.correction(posted[-1]).inputs_hash) if posted else net
        assert sum(sum(moved(one).values()) for one in posted) == (after - net) * MICRO
        undone = []
        for number, one in enumerate(reversed(posted)):
            with clock.at(day("2026-09-20")):
                back = corrections.undo(correction_id=one, reason="No.", actor_id=anna.party_id, key=f"undo {number}")
            undone.append(post(back, by=bela, at="2026-09-21"))

        sums: dict[UUID, int] = {}
        for correction in (*posted, *undone):
            for party, amount in moved(correction).items():
                sums[party] = sums.get(party, 0) + amount
        assert not any(sums.values())
        assert unrecouped_all() == before
        assert ledger.balance("adjustments", "EUR") == 0
        verify()
        transaction.set_rollback(True)


def changes_of(step: Any, elements: Any, lines: Any, people: Any, number: int) -> list[Change]:
    found: list[Change] = []
    for place, (what, which, value) in enumerate(step):
        if what == "split":
            shares = [(who, ppm) for who, ppm in zip(people, (value, 1_000_000 - value), strict=True) if ppm]
            found.append(split(elements[which], *shares))
        elif what == "late":
            found.append(late(elements[which], value, line_id=f"late {number} {place}"))
        elif what == "change":
            found.append(LineChanged(line_id=str(lines[which]), gross_minor=value, tax_minor=0, fee_minor=0))
        else:
            found.append(LineRemoved(line_id=str(lines[which])))
    return found


def net_of(inputs_hash: str) -> int:
    rows = csv.DictReader(io.StringIO(folder.load(inputs_hash)["revenue.csv"].decode()))
    return sum(int(row["gross_minor"]) - int(row["tax_minor"]) - int(row["fee_minor"]) for row in rows)


def unrecouped_all() -> dict[UUID, int]:
    return {one.advance_id: one.unrecouped_micro for one in ledger.advances()}
