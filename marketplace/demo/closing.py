"""The label's side and month's end: contracts, an advance, terms of payees, one closed run and one that waits."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from ledger import selectors as ledger
from ledger.domain.events import AdvancePaid, ContractSigned, PayeeTermsSet
from ledger.domain.ids import uuid7
from ledger.gateways import payouts as gateway
from ledger.services import append
from ledger.services.settlements import findings, payouts, periods, reviews, runs
from marketplace.demo.cast import Cast

LABEL_PPM = 200_000
ADVANCE_MICRO = 160_00 * 1_000_000
RESERVE_PPM = 100_000
WITHHOLDING_PPM = 150_000
MINIMUM_MINOR = 100


@transaction.atomic
def sign(cast: Cast) -> None:
    """The label signs two creators, pays one in advance; a reserve and a withholding are agreed."""
    actor_id = cast.party["petra"]
    for mail in ("jonas", "lwazi"):
        contract = ContractSigned(
            contract_id=uuid7(),
            label_id=cast.label_id,
            party_id=cast.party[mail],
            element_id=None,
            label_ppm=LABEL_PPM,
        )
        append(contract, actor_id=actor_id, key=f"contract.signed:{contract.contract_id}")
    advance = AdvancePaid(
        advance_id=uuid7(),
        label_id=cast.label_id,
        party_id=cast.party["jonas"],
        currency="EUR",
        amount_micro=ADVANCE_MICRO,
    )
    append(advance, actor_id=actor_id, key=f"advance.paid:{advance.advance_id}")
    for mail, reserve_ppm, withholding_ppm in (("lwazi", RESERVE_PPM, 0), ("rosa", 0, WITHHOLDING_PPM)):
        terms = PayeeTermsSet(
            party_id=cast.party[mail],
            reserve_ppm=reserve_ppm,
            withholding_ppm=withholding_ppm,
            minimum_payout_minor=MINIMUM_MINOR,
            currency="EUR",
        )
        append(terms, actor_id=actor_id, key=f"payee.terms:{uuid7()}")


def calculate(period_name: str, *, actor_id: UUID) -> UUID:
    """Staff compute the run of a month."""
    return runs.calculate(period=periods.parse(period_name), actor_id=actor_id)


def review(run_id: UUID, *, actor_id: UUID) -> None:
    """Staff went through everything that is unusual about a run."""
    reviews.review(run_id=run_id, acknowledged=findings.KINDS, actor_id=actor_id)


def pay(run_id: UUID) -> None:
    """Every transfer of a released run goes out, and the last closes it; what is short at the till is topped up."""
    owed = ledger.payouts_of_run(run_id)
    funds = {one.currency: one.available_minor for one in gateway.balance()}
    for currency in sorted({one.currency for one in owed}):
        needed = sum(one.payout_minor for one in owed if one.currency == currency)
        if needed > funds.get(currency, 0):
            gateway.top_up(
                topup_id=uuid7(),
                amount_minor=needed - funds.get(currency, 0),
                currency=currency,
                reason="payouts before the charges are available",
            )
    for payout in owed:
        payouts.pay(payout.payout_id)
