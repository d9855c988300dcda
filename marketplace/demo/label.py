"""The label's side of the demo: who is signed to what, what was paid in advance, how payees are paid."""

from __future__ import annotations

from ledger import selectors as ledger
from ledger.domain.events import Escalation
from ledger.services import contracts
from marketplace.demo.cast import Cast

LABEL_PPM = 200_000
GROUP_PPM = 150_000
GROUP_STEP = Escalation(units_from=5, label_ppm=250_000)
GROUP_NAME = "Late piano"
GROUP_ELEMENTS = 6
ADVANCE_MICRO = 160_00 * 1_000_000
COST_MICRO = 90_00 * 1_000_000
INVOICE = b"Hall hire and piano tuning, 90.00 EUR\n"
RESERVE_PPM = 100_000
QUARTERS = (1, 1, 1, 1)
WITHHOLDING_PPM = 150_000
MINIMUM_MINOR = 100


def sign(cast: Cast) -> None:
    """The label signs two creators, pays one in advance; a reserve and a withholding are agreed."""
    actor_id = cast.party["petra"]
    for mail in ("jonas", "lwazi"):
        contracts.sign_contract(
            label_id=cast.label_id, party_id=cast.party[mail], label_ppm=LABEL_PPM, actor_id=actor_id
        )
    contracts.record_advance(
        label_id=cast.label_id,
        party_id=cast.party["jonas"],
        currency="EUR",
        amount_micro=ADVANCE_MICRO,
        actor_id=actor_id,
    )
    for mail, reserve_ppm, releases, withholding_ppm in (
        ("lwazi", RESERVE_PPM, QUARTERS, 0),
        ("rosa", 0, (), WITHHOLDING_PPM),
    ):
        contracts.set_payee_terms(
            party_id=cast.party[mail],
            currency="EUR",
            reserve_ppm=reserve_ppm,
            reserve_releases=releases,
            withholding_ppm=withholding_ppm,
            minimum_payout_minor=MINIMUM_MINOR,
            actor_id=actor_id,
        )


def build_catalogue(cast: Cast) -> None:
    """A group with a share of its own that rises, a cost that two share, and a payout that waits for another."""
    staff_id, own_id = cast.party["petra"], cast.party["rhea"]
    jonas, lwazi = cast.party["jonas"], cast.party["lwazi"]
    made = sorted(ledger.elements_of(jonas), key=lambda element: element.position)[:GROUP_ELEMENTS]
    group_id = contracts.create_group(
        label_id=cast.label_id, name=GROUP_NAME, element_ids=[one.element_id for one in made], actor_id=own_id
    )
    contracts.sign_contract(
        label_id=cast.label_id,
        party_id=jonas,
        label_ppm=GROUP_PPM,
        group_id=group_id,
        escalations=[GROUP_STEP],
        actor_id=staff_id,
    )
    contracts.record_cost(
        label_id=cast.label_id,
        currency="EUR",
        amount_micro=COST_MICRO,
        mode="pro_rated",
        party_ids=[jonas, lwazi],
        weights=[2, 1],
        invoice=INVOICE,
        actor_id=own_id,
    )
    contracts.set_condition(
        label_id=cast.label_id,
        party_id=lwazi,
        needs_party_ids=[jonas],
        ignoring_advances=False,
        actor_id=own_id,
    )
