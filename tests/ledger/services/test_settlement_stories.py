"""What a settlement run does, requirement by requirement, as stories: each docstring is the books of some months.

Contracts, costs, reserves, minimums and conditions are told in `test_contracts.py` in the same words.
"""

from __future__ import annotations

import pytest

from tests.helpers.scenarios import told

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------------------------------------------- rights
@told
def test_a_sale_follows_the_split_that_was_in_force_when_it_was_made() -> None:
    """
    artists  Ann Bob
    element  loop Ann
    08-02 sale      loop 10.00
    08-05 split     loop Ann 60 % Bob 40 %
    08-06 sale      loop 10.00
    08-08 split     loop Ann 50 % Bob 50 %
    08-09 sale      loop 10.00
    08-10 refund    loop
    run 2026-08
    Ann: royalty 16.00
    Bob: royalty 4.00
    """


@told
def test_a_refund_follows_the_split_of_its_sale_and_not_the_one_of_its_day() -> None:
    """
    artists  Ann Bob
    element  loop Ann
    08-02 sale      loop 10.00
    run 2026-08
    Ann: royalty 10.00, paid 10.00
    09-05 split     loop Bob
    09-06 refund    loop
    run 2026-09
    Ann: royalty -10.00, payable -10.00, paid 0, carried -10.00
    Bob: nothing
    """


@told
def test_every_ancestor_is_paid_out_of_all_that_its_child_receives() -> None:
    """
    artists  Ann Bob Cy
    element  song Ann
    element  remix Bob
    element  edit Cy
    07-02 derive    remix song 40 %
    07-03 derive    edit remix 50 % song 10 %
    08-02 sale      edit 10.00
    08-02 sale      remix 10.00
    run 2026-08
    Cy: royalty 4.00
    Bob: royalty 9.00
    Ann: royalty 7.00
    """


@told
def test_who_was_invited_finds_the_money_in_escrow_on_opening_an_account() -> None:
    """
    artists  Ann
    invited  Cy
    element  loop Ann 60 % Cy 40 %
    08-02 sale      loop 10.00
    run 2026-08
    Ann: royalty 6.00, paid 6.00
    Cy: royalty 4.00, payable 4.00, paid 0, carried 4.00, unpaid invited, no account yet: waits in escrow
    09-10 claims    Cy
    run 2026-09
    Cy: opening 4.00, royalty 0, paid 4.00, carried 0
    """


# ------------------------------------------------------------------------------------------ commission and labels
@told
def test_the_platform_takes_its_commission_first_and_a_label_its_share_of_what_the_artist_would_get() -> None:
    """
    commission 15 %
    label    Meridian
    artists  Ann Bob
    element  loop Ann 50 % Bob 50 %
    07-05 contract  Meridian Ann all 20 %
    08-02 sale      loop 10.00
    run 2026-08
    platform: royalty 1.50
    Meridian: royalty 0.85
    Ann: royalty 3.40
    Bob: royalty 4.25
    """


@told
def test_an_advance_is_repaid_out_of_royalties_to_the_label_that_paid_it_until_nothing_is_left() -> None:
    """
    label    Meridian
    artists  Ann
    element  loop Ann
    07-05 contract  Meridian Ann all 20 %
    07-07 advance   Meridian Ann 12.00
    08-02 sale      loop 10.00
    run 2026-08
    Ann: royalty 8.00, recouped 8.00, payable 0, paid 0
    Meridian: royalty 2.00, received 8.00, paid 10.00
    09-06 sale      loop 10.00
    run 2026-09
    Ann: royalty 8.00, recouped 4.00, payable 4.00, paid 4.00
    Meridian: royalty 2.00, received 4.00
    """


# --------------------------------------------------------------------------------------------- paid, or kept back
@told
def test_less_than_the_least_payout_carries_over_until_it_is_reached() -> None:
    """
    artists  Ann
    element  loop Ann
    07-05 terms     Ann least 15.00
    08-02 sale      loop 10.00
    run 2026-08
    Ann: payable 10.00, paid 0, carried 10.00, unpaid less than the least payout
    09-06 sale      loop 5.00
    run 2026-09
    Ann: opening 10.00, royalty 5.00, paid 15.00, carried 0
    """


@told
def test_tax_is_withheld_from_what_is_paid_rounded_down_to_the_cent() -> None:
    """
    artists  Ann
    element  loop Ann
    07-05 terms     Ann reserve 0 % withheld 15 %
    08-02 sale      loop 9.99
    run 2026-08
    Ann: payable 9.99, withheld 1.49, paid 8.50, carried 0
    """


@told
def test_a_payee_on_hold_is_not_paid_and_gets_all_of_it_once_the_hold_is_lifted() -> None:
    """
    artists  Ann Bob
    element  loop Ann 50 % Bob 50 %
    08-02 sale      loop 10.00
    08-20 hold      Ann
    run 2026-08
    Ann: payable 5.00, paid 0, carried 5.00, unpaid on hold by staff: a claim is looked into
    Bob: paid 5.00
    09-10 free      Ann
    run 2026-09
    Ann: opening 5.00, paid 5.00
    """


@told
def test_an_element_on_hold_keeps_its_sales_for_the_first_run_after() -> None:
    """
    artists  Ann Bob
    element  loop Ann
    element  beat Bob
    08-02 sale      loop 10.00
    08-02 sale      beat 10.00
    08-20 hold      loop
    run 2026-08
    Ann: nothing
    Bob: paid 10.00
    09-10 free      loop
    run 2026-09
    Ann: royalty 10.00, paid 10.00
    """


@told
def test_a_sale_waits_until_its_refund_window_is_over_and_its_fee_is_known() -> None:
    """
    artists  Ann Bob
    element  loop Ann
    element  beat Bob
    08-02 sale      loop 10.00
    08-02 sale      beat 10.00 unsettled
    08-25 sale      loop 7.00
    run 2026-08
    Ann: royalty 10.00
    Bob: nothing
    09-10 fee       beat 0.30
    run 2026-09
    Ann: royalty 7.00
    Bob: royalty 9.70
    """


# ---------------------------------------------------------------------------------------------- what is taken back
@told
def test_a_refund_in_the_window_leaves_nothing_and_one_after_the_payout_is_a_debt_that_later_sales_repay() -> None:
    """
    artists  Ann
    element  loop Ann
    08-02 sale      loop 10.00
    08-03 sale      loop 4.00
    08-04 refund    loop
    run 2026-08
    Ann: royalty 10.00, paid 10.00
    09-06 refund    loop
    run 2026-09
    Ann: royalty -10.00, paid 0, carried -10.00
    10-06 sale      loop 25.00
    run 2026-10
    Ann: opening -10.00, royalty 25.00, payable 15.00, paid 15.00
    """


@told
def test_a_dispute_takes_the_sale_and_a_fee_and_one_that_is_won_gives_both_back() -> None:
    """
    artists  Ann Bob
    element  loop Ann
    element  beat Bob
    08-02 sale      loop 20.00
    08-02 sale      beat 20.00
    run 2026-08
    Ann: paid 20.00
    Bob: paid 20.00
    09-06 dispute   loop 15.00
    09-06 dispute   beat 15.00
    run 2026-09
    Ann: royalty -35.00, carried -35.00
    Bob: royalty -35.00, carried -35.00
    10-06 won       loop 15.00
    10-06 lost      beat
    run 2026-10
    Ann: opening -35.00, royalty 35.00, payable 0
    Bob: opening -35.00, royalty 0, payable -35.00
    """


@told
def test_a_correction_of_a_closed_run_is_owed_and_taken_in_the_next_one() -> None:
    """
    artists  Ann Rosa
    element  loop Ann
    08-02 sale      loop 10.00
    run 2026-08
    Ann: paid 10.00
    09-10 correct   loop Ann 75 % Rosa 25 %
    09-12 sale      loop 10.00
    run 2026-09
    Ann: opening -2.50, royalty 10.00, paid 7.50
    Rosa: opening 2.50, royalty 0, paid 2.50
    """


# --------------------------------------------------------------------------------------------------- subscriptions
@told
def test_user_centric_divides_each_subscribers_money_over_what_they_used() -> None:
    """
    artists  Ann Bob
    element  loop Ann
    element  beat Bob
    07-02 plan      Eve 20.00 for 10 credits user-centric
    07-02 plan      Dan 10.00 for 10 credits user-centric
    08-02 spend     Eve loop 1
    08-03 spend     Dan beat 9
    run 2026-08
    Ann: royalty 2.00
    Bob: royalty 9.00
    """


@told
def test_pro_rata_divides_one_pot_over_what_all_used() -> None:
    """
    artists  Ann Bob
    element  loop Ann
    element  beat Bob
    07-02 plan      Eve 20.00 for 10 credits pro-rata
    07-02 plan      Dan 10.00 for 10 credits pro-rata
    08-02 spend     Eve loop 1
    08-03 spend     Dan beat 9
    run 2026-08
    Ann: royalty 1.10
    Bob: royalty 9.90
    """


@told
def test_expired_credits_wait_for_a_month_in_which_any_are_spent() -> None:
    """
    artists  Ann Bob
    element  loop Ann
    element  beat Bob
    07-02 plan      Eve 20.00 for 10 credits user-centric
    07-02 plan      Dan 10.00 for 10 credits user-centric
    08-20 expire    Eve
    run 2026-08
    Ann: nothing
    09-10 spend     Dan loop 1
    09-11 spend     Dan beat 3
    run 2026-09
    Ann: royalty 6.00
    Bob: royalty 18.00
    """


# ------------------------------------------------------------------------------------------------------ currencies
@told
def test_currencies_never_mix_neither_in_an_advance_nor_in_a_debt() -> None:
    """
    label    Meridian
    artists  Ann
    element  loop Ann
    07-05 contract  Meridian Ann all 10 %
    07-07 advance   Meridian Ann 50.00
    08-02 sale      loop 10.00
    08-03 sale      loop 30.00 USD
    run 2026-08
    Ann: royalty 9.00, recouped 9.00, paid 0
    Ann USD: royalty 27.00, recouped 0, paid 27.00
    Meridian: royalty 1.00, received 9.00, paid 10.00
    Meridian USD: royalty 3.00, received 0, paid 3.00
    09-04 refund    loop
    09-05 sale      loop 100.00
    run 2026-09
    Ann: royalty 90.00, recouped 41.00, paid 49.00
    Ann USD: royalty -27.00, paid 0, carried -27.00
    """
