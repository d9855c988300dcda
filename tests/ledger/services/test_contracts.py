"""Contracts, costs, reserves and conditions as a label's auditor would check them: each docstring is the books."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.errors import AgreementError
from ledger.domain.ids import part_id, uuid7
from ledger.domain.settlement.run import settle
from ledger.domain.upcasts import upcast
from ledger.services import contracts, parties
from ledger.services.settlements import folder, reserves
from tests.helpers import books
from tests.helpers.scenarios import Telling, told
from tests.ledger.stories import statement_issued

pytestmark = pytest.mark.django_db


# ---------------------------------------------------------------------------------------------------- contracts
@told
def test_an_elements_contract_goes_before_its_groups_and_that_before_a_blanket_one() -> None:
    """
    label    Meridian
    artists  Ann
    element  loop Ann
    element  hook Ann
    element  tune Ann
    07-05 group     Meridian hits loop hook
    07-05 contract  Meridian Ann all 10 %
    07-05 contract  Meridian Ann group hits 20 %
    07-05 contract  Meridian Ann element loop 50 %
    08-02 sale      loop 10.00
    08-02 sale      hook 10.00
    08-02 sale      tune 10.00
    run 2026-08
    Meridian: royalty 8.00
    Ann: royalty 22.00
    """


@told
def test_what_joins_or_leaves_a_group_does_so_for_later_sales_only() -> None:
    """
    label    Meridian
    artists  Ann
    element  loop Ann
    element  hook Ann
    07-05 group     Meridian hits loop
    07-05 contract  Meridian Ann group hits 50 %
    08-02 sale      loop 10.00
    08-02 sale      hook 10.00
    08-03 join      hits hook
    08-03 leave     hits loop
    08-04 sale      loop 10.00
    08-04 sale      hook 10.00
    run 2026-08
    Meridian: royalty 10.00
    Ann: royalty 30.00
    """


@told
def test_a_step_holds_after_the_sale_that_reaches_it_and_a_refund_does_not_move_it() -> None:
    """
    label    Meridian
    artists  Ann
    element  loop Ann
    07-05 contract  Meridian Ann all 10 % then 20 % from 2 units then 50 % from 4 units
    08-02 sale      loop 10.00
    08-03 sale      loop 10.00
    08-04 sale      loop 10.00
    08-05 refund    loop
    08-06 sale      loop 10.00
    08-07 sale      loop 10.00
    run 2026-08
    Meridian: royalty 9.00
    Ann: royalty 31.00
    """


@told
def test_a_step_counts_the_sales_of_its_own_scope_across_runs() -> None:
    """
    label    Meridian
    artists  Ann Bob
    element  loop Ann
    element  hook Ann
    element  beat Bob
    07-05 group     Meridian hits loop
    07-05 contract  Meridian Ann group hits 10 % then 30 % from 2 units
    08-02 sale      loop 10.00
    08-03 sale      hook 10.00
    08-03 sale      beat 10.00
    run 2026-08
    Meridian: royalty 1.00
    Ann: royalty 19.00
    09-06 sale      loop 10.00
    09-07 sale      loop 10.00
    run 2026-09
    Meridian: royalty 4.00
    Ann: royalty 16.00
    """


@told
def test_an_ended_contract_gives_way_to_the_wider_one_and_then_to_none() -> None:
    """
    label    Meridian
    artists  Ann
    element  loop Ann
    07-05 contract  Meridian Ann all 10 %
    07-05 contract  Meridian Ann element loop 50 %
    08-02 sale      loop 10.00
    08-03 end       Ann element loop
    08-04 sale      loop 10.00
    08-05 end       Ann all
    08-06 sale      loop 10.00
    run 2026-08
    Meridian: royalty 6.00
    Ann: royalty 24.00
    """


# ------------------------------------------------------------------------------------------- advances and costs
@told
def test_a_cost_in_full_is_owed_by_each_and_a_pro_rated_one_is_shared() -> None:
    """
    label    Meridian
    artists  Ann Bob
    element  loop Ann 50 % Bob 50 %
    07-05 cost      Meridian 30.00 full Ann Bob
    07-06 cost      Meridian 0.10 pro-rated Ann 2 Bob 1
    08-02 sale      loop 100.00
    run 2026-08
    Ann: royalty 50.00, recouped 30.06666667, payable 19.93333333
    Bob: royalty 50.00, recouped 30.03333333
    Meridian: royalty 0, received 60.10, payable 60.10
    """


@told
def test_an_older_advance_is_repaid_before_a_newer_cost() -> None:
    """
    label    Meridian
    label    Other
    artists  Ann
    element  loop Ann
    07-05 advance   Other Ann 8.00
    07-06 cost      Meridian 8.00 full Ann
    08-02 sale      loop 10.00
    run 2026-08
    Ann: recouped 10.00, payable 0
    Other: received 8.00
    Meridian: received 2.00
    09-02 sale      loop 10.00
    run 2026-09
    Ann: recouped 6.00, payable 4.00
    Meridian: received 6.00
    """


# --------------------------------------------------------------------------------------------------- reserves
@told
def test_a_reserve_comes_free_in_the_parts_that_were_agreed() -> None:
    """
    label    Meridian
    artists  Ann
    element  loop Ann
    07-05 terms     Ann reserve 10 % released 2 1 1
    08-02 sale      loop 100.00
    run 2026-08
    Ann: held 10.00, payable 90.00, paid 90.00
    09-02 sale      loop 40.00
    run 2026-09
    Ann: held 4.00, released 5.00, paid 41.00
    run 2026-10
    Ann: held 0, released 4.50
    run 2026-11
    Ann: released 3.50
    run 2026-12
    Ann: released 1.00, carried 0
    """


@told
def test_new_terms_change_later_reserves_and_leave_earlier_ones_as_agreed() -> None:
    """
    label    Meridian
    artists  Ann
    element  loop Ann
    07-05 terms     Ann reserve 10 % released 0 1
    08-02 sale      loop 10.00
    run 2026-08
    Ann: held 1.00
    09-04 terms     Ann reserve 50 %
    09-05 sale      loop 10.00
    run 2026-09
    Ann: held 5.00, released 0
    run 2026-10
    Ann: released 6.00
    """


# ------------------------------------------------------------------------------ what is not paid, and says why
@told
def test_one_is_paid_only_when_another_is_not_negative() -> None:
    """
    label    Meridian
    artists  Ann Bob
    element  loop Ann
    element  beat Bob
    07-05 condition Ann needs Bob
    08-02 sale      loop 10.00
    08-02 sale      beat 10.00
    run 2026-08
    Ann: paid 10.00
    Bob: paid 10.00
    09-01 refund    beat
    09-02 sale      loop 10.00
    run 2026-09
    Ann: payable 10.00, paid 0, unpaid paid only when Bob is not negative
    Bob: payable -10.00
    10-05 lift      Ann
    run 2026-10
    Ann: opening 10.00, paid 10.00
    """


@told
def test_an_advance_makes_another_negative_unless_it_is_ignored() -> None:
    """
    label    Meridian
    artists  Ann Bob Cy
    element  loop Ann
    element  hook Cy
    07-05 advance   Meridian Bob 50.00
    07-06 condition Ann needs Bob
    07-06 condition Cy needs Bob ignoring advances
    08-02 sale      loop 10.00
    08-02 sale      hook 10.00
    run 2026-08
    Ann: paid 0, unpaid paid only when Bob is not negative
    Cy: paid 10.00
    """


@told
def test_every_positive_balance_that_is_not_paid_says_why() -> None:
    """
    artists  Ann Bob
    invited  Cy
    element  loop Ann
    element  beat Bob
    element  hook Cy
    07-05 terms     Ann least 20.00
    08-02 sale      loop 10.00
    08-02 sale      beat 0.50
    08-02 sale      hook 10.00
    run 2026-08
    Ann: payable 10.00, paid 0, unpaid less than the least payout
    Bob: paid 0, unpaid less than the least payout
    Cy: paid 0, unpaid invited, no account yet: waits in escrow
    """


# ---------------------------------------------------------------------------------------------------- the folder
def test_the_folder_of_a_run_with_conditions_says_who_waits_for_whom_and_settles_to_the_same_bytes(
    anna, bela, settings
) -> None:
    settings.COMMISSION_PPM = 0
    story = Telling(anna, bela)
    story.play(
        """
        label    Meridian
        artists  Ann Bob
        element  loop Ann
        07-05 advance   Meridian Bob 50.00
        07-06 condition Ann needs Bob
        07-07 terms     Ann reserve 10 % released 1 1 withheld 25 %
        08-02 sale      loop 10.00
        run 2026-08
        Ann: payable 9.00, paid 0
        """
    )
    run = ledger.run(story.run_id)
    assert run is not None
    files = folder.load(run.inputs_hash)

    again = folder.outputs(settle(folder.read(files)))

    assert folder.manifest_hash(again) == run.outputs_hash
    assert f"{story.ids['Ann']},EUR,payment condition: {story.ids['Bob']} is negative\n" in files["holds.csv"].decode()


# ------------------------------------------------------------------------------------------------------ reserves
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=st.lists(
        st.tuples(st.integers(0, 10**9), st.lists(st.integers(0, 5), max_size=4).filter(lambda w: not w or sum(w))),
        min_size=1,
        max_size=6,
    )
)
def test_every_micro_that_is_held_comes_free_exactly_once(shop, anna, runs) -> None:
    payee = parties.register(display_name="Ann", key=f"party:{uuid7()}")
    held = released = 0

    for held_micro, weights in itertools.chain(runs, [(0, [])] * 4):
        terms = {"reserve_ppm": 1, "withholding_ppm": 0, "minimum_payout_minor": 0, "currency": "EUR"}
        due = reserves.due().get((str(payee), "EUR"), 0)
        fact = statement_issued(
            party_id=payee,
            statement_id=uuid7(),
            run_id=uuid7(),
            reserve_held_micro=held_micro,
            reserve_released_micro=due,
        )
        set_terms = events.PayeeTermsSet(party_id=payee, reserve_releases=tuple(weights), **terms)
        books.write(set_terms, fact, at="2026-08-01")
        held, released = held + held_micro, released + due

    assert released == held
    assert reserves.due().get((str(payee), "EUR"), 0) == 0
    assert ledger.balance(f"reserve:{payee}", "EUR") == 0
    assert all(sum(lot.releases_micro) == lot.held_micro for lot in ledger.reserve_lots(payee))


# ------------------------------------------------------------------------------------------------------ refusals
@pytest.fixture
def people(shop: Any) -> dict[str, UUID]:
    return {name: parties.register(display_name=name, key=f"party:{name}") for name in ("label", "ann", "bob")}


def refused(field: str, call: Any, **values: Any) -> str:
    with pytest.raises(AgreementError) as found:
        call(**values)
    assert found.value.field == field
    return str(found.value)


def test_a_contract_names_what_is_wrong_with_it(people, anna) -> None:
    right = {"label_id": people["label"], "party_id": people["ann"], "label_ppm": 1, "actor_id": anna.party_id}
    backwards = [events.Escalation(units_from=units, label_ppm=1) for units in (10, 5)]

    refused("label_ppm", contracts.sign_contract, **right | {"label_ppm": 1_000_001})
    refused("label_id", contracts.sign_contract, **right | {"label_id": uuid7()})
    refused("party_id", contracts.sign_contract, **right | {"party_id": uuid7()})
    refused("party_id", contracts.sign_contract, **right | {"party_id": people["label"]})
    refused("element_id", contracts.sign_contract, **right, element_id=uuid7())
    refused("group_id", contracts.sign_contract, **right, group_id=uuid7())
    refused("escalations", contracts.sign_contract, **right, escalations=backwards)
    assert ledger.contracts() == []


def test_another_labels_contract_for_the_same_scope_stands_in_the_way(people, anna) -> None:
    right = {"party_id": people["ann"], "label_ppm": 1, "actor_id": anna.party_id}
    first = contracts.sign_contract(label_id=people["label"], **right)

    refused("party_id", contracts.sign_contract, label_id=people["bob"], **right)
    contracts.end_contract(contract_id=first, actor_id=anna.party_id)
    second = contracts.sign_contract(label_id=people["bob"], **right)

    assert [one.contract_id for one in ledger.contracts(party_id=people["ann"], standing=True)] == [second]


def test_costs_terms_and_conditions_name_what_is_wrong_with_them(people, anna) -> None:
    who = {"actor_id": anna.party_id}
    cost = who | {"label_id": people["label"], "currency": "EUR", "amount_micro": 1, "mode": "pro_rated"}
    terms = who | {"party_id": people["ann"], "currency": "EUR", "reserve_ppm": 0, "withholding_ppm": 0}

    refused("currency", contracts.record_cost, **cost | {"currency": "EURO", "party_ids": [people["ann"]]})
    refused("amount_micro", contracts.record_cost, **cost | {"amount_micro": 0, "party_ids": [people["ann"]]})
    refused("party_ids", contracts.record_cost, **cost, party_ids=[people["ann"]] * 2)
    refused("weights", contracts.record_cost, **cost, party_ids=[people["ann"], people["bob"]], weights=[1])
    refused("weights", contracts.record_cost, **cost | {"mode": "full"}, party_ids=[people["ann"]], weights=[1])
    refused("reserve_releases", contracts.set_payee_terms, **terms, minimum_payout_minor=0, reserve_releases=[0, 0])
    refused("minimum_payout_minor", contracts.set_payee_terms, **terms, minimum_payout_minor=-1)
    condition = who | {"party_id": people["ann"], "ignoring_advances": False}
    refused("needs_party_ids", contracts.set_condition, **condition, needs_party_ids=[])
    refused("needs_party_ids", contracts.set_condition, **condition, needs_party_ids=[people["ann"]])


# ----------------------------------------------------------------------------------------------- older facts, ids
def test_a_contract_and_terms_of_the_first_schema_are_read_as_they_were_meant() -> None:
    signed = {"contract_id": str(uuid7()), "label_id": str(uuid7()), "party_id": str(uuid7()), "element_id": None}
    terms = {"party_id": str(uuid7()), "reserve_ppm": 1, "withholding_ppm": 2, "currency": "EUR"}

    contract = events.decode(*upcast("contract.signed.v1", signed | {"label_ppm": 5}))
    payee = events.decode(*upcast("payee.terms_set.v1", terms | {"minimum_payout_minor": "3"}))

    assert (contract.group_id, contract.escalations) == (None, ())
    assert payee.reserve_releases == ()


def test_a_part_of_a_cost_sorts_after_the_advances_of_its_moment() -> None:
    cost, parts = uuid7(unix_ms=1000), [uuid7(), uuid7()]
    advances = [str(uuid7(unix_ms=1000)) for _ in range(100)]

    found = [str(part_id(cost, one)) for one in parts]

    assert min(found) > max(advances)
    assert max(found) < str(uuid7(unix_ms=1001))
    assert found == [str(part_id(cost, one)) for one in parts]
    assert len(set(found)) == 2
