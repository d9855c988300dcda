"""A model's party has its share of what the model makes: fixed when it is made, in the split, paid to the cent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.errors import NotAllowedError
from ledger.domain.ids import uuid7
from ledger.services import audit, clock, rights
from ledger.services.audit import verify
from production.services import elements, modelling
from production.services.wishes import Wishes
from tests.helpers.books import MICRO, royalty, sell, settle, statement
from tests.helpers.shop import Shop, day, upstream

pytestmark = pytest.mark.django_db

MODEL, WEIGHTS = "harmony-1", "5" * 64
PART = 1_000_000 - settings.COMMISSION_PPM


@pytest.fixture
def lab(shop: Shop) -> Any:
    """Who trained it."""
    return shop.person("Lab")


def terms(lab: Any, share_ppm: int, by: Any, weights: str = WEIGHTS) -> None:
    modelling.set_terms(
        model=MODEL, weights_hash=weights, trainer_id=lab.party_id, share_ppm=share_ppm, actor_id=by.party_id
    )


def generated(shop: Shop, maker: Any, title: str = "Drawn", parents: Any = ()) -> UUID:
    """What somebody kept of the model's proposals."""
    made = elements.create_element(
        actor_id=maker.party_id,
        wishes=Wishes(title=title, parents=tuple(parents)),
        body=elements.Body(
            data=title.encode(), examined=elements.Examined(media="midi", element_kinds=("melody",), facts={})
        ),
        key=f"test:{title}",
        facts=lambda element_id, content_hash: (
            events.ElementGenerated(
                element_id=element_id,
                job_id=uuid7(),
                model=MODEL,
                weights_hash=WEIGHTS,
                seed=1,
                parameters={},
                runtime={},
                inputs=(),
                content_hash=content_hash,
            ),
        ),
    )
    modelling.share_out(
        element_id=made.element_id, keeper_id=maker.party_id, role="arranger", key=f"split:{made.element_id}"
    )
    return made.element_id


def shares_of(element_id: UUID) -> dict[UUID, int]:
    return {one.party_id: one.share_ppm for one in ledger.splits_in_force(element_id)}


def test_a_models_party_is_paid_to_the_cent(shop: Shop, mira: Any, lab: Any, anna: Any, bela: Any) -> None:
    terms(lab, 50_000, anna)
    element = generated(shop, mira)
    sell(element, 1000, fee_minor=0, at="2026-08-03")

    run = settle("2026-08", by=anna, released_by=bela)

    # 10.00 less 15 % is 8.50; of that 5 % are 0.425 and wait as half cents do.
    assert royalty(run, lab) == 425_000 * 100
    assert royalty(run, mira) == 850 * MICRO - royalty(run, lab)
    assert royalty(run, lab) + royalty(run, mira) + royalty(run, settings.PLATFORM_PARTY_ID) == 1000 * MICRO
    assert statement(run, lab).carried_micro + statement(run, lab).gross_payout_minor * MICRO == 42_500_000
    verify()


def test_what_it_was_made_of_is_paid_first(shop: Shop, mira: Any, tomas: Any, lab: Any, anna: Any, bela: Any) -> None:
    terms(lab, 100_000, anna)
    tune = shop.on_sale(tomas, licence="free", price_minor=0, upstream_ppm=300_000).entry_id
    from marketplace.catalogue.models import Listing
    from marketplace.checkout import services as checkout

    checkout.claim_free(buyer_id=mira.party_id, listing_id=Listing.objects.get(entry_id=tune).id)
    element = generated(shop, mira, parents=[upstream(tune, 300_000)])
    sell(element, 2000, fee_minor=0, at="2026-08-03")

    run = settle("2026-08", by=anna, released_by=bela)

    pool = 2000 * PART
    assert royalty(run, tomas) == pool * 30 // 100
    assert royalty(run, lab) == pool * 7 // 100
    assert royalty(run, mira) == pool * 63 // 100


def test_a_refund_takes_the_models_share_back(shop: Shop, mira: Any, lab: Any, anna: Any, bela: Any) -> None:
    from tests.helpers import books

    terms(lab, 50_000, anna)
    element = generated(shop, mira)
    sale = sell(element, 1000, fee_minor=0, at="2026-08-03")
    settle("2026-08", by=anna, released_by=bela)
    books.refund(sale, at="2026-09-05")

    second = settle("2026-09", by=anna, released_by=bela)

    assert royalty(second, lab) == -42_500_000
    verify()


def test_the_terms_of_the_day_it_was_made_hold(shop: Shop, mira: Any, lab: Any, anna: Any) -> None:
    terms(lab, 50_000, anna)
    before = generated(shop, mira, "Before")
    with clock.at(day("2026-07-05")):
        terms(lab, 200_000, anna)
        after = generated(shop, mira, "After")

    assert shares_of(before)[lab.party_id] == 50_000
    assert shares_of(after)[lab.party_id] == 200_000
    assert ledger.model_owed(before).share_ppm == 50_000


def test_a_split_without_the_models_share_is_refused_in_plain_words(
    shop: Shop, mira: Any, tomas: Any, lab: Any, anna: Any
) -> None:
    terms(lab, 50_000, anna)
    element = generated(shop, mira)
    alone = (events.Share(party_id=mira.party_id, role="producer", share_ppm=1_000_000),)

    with pytest.raises(NotAllowedError, match=r"5 % of it belong to its party; this split gives it 0 %"):
        rights.propose_split(element_id=element, shares=alone, actor_id=mira.party_id, key="alone")

    assert shares_of(element) == {mira.party_id: 950_000, lab.party_id: 50_000}


def test_the_models_party_need_not_be_asked_again_but_others_are(
    shop: Shop, mira: Any, tomas: Any, lab: Any, anna: Any
) -> None:
    terms(lab, 50_000, anna)
    element = generated(shop, mira)
    shares = [(mira, 450_000), (tomas, 500_000), (lab, 50_000)]
    proposal = rights.propose_split(
        element_id=element,
        shares=[events.Share(party_id=who.party_id, role="producer", share_ppm=ppm) for who, ppm in shares],
        actor_id=mira.party_id,
        key="with tomas",
    )

    assert ledger.split_proposal(proposal).waiting_for == {tomas.party_id}
    assert rights.accept_split(proposal, party_id=tomas.party_id)


def test_the_models_party_itself_may_take_less(shop: Shop, mira: Any, lab: Any, anna: Any) -> None:
    terms(lab, 50_000, anna)
    element = generated(shop, mira)
    gift = (events.Share(party_id=mira.party_id, role="producer", share_ppm=1_000_000),)

    proposal = rights.propose_split(element_id=element, shares=gift, actor_id=lab.party_id, key="gift")
    rights.accept_split(proposal, party_id=mira.party_id)

    assert shares_of(element) == {mira.party_id: 1_000_000}


def test_models_of_our_own_receive_nothing_and_no_split_is_made(shop: Shop, mira: Any) -> None:
    modelling.register(mira.party_id, {"model": MODEL, "weights_hash": WEIGHTS})

    element = generated(shop, mira)

    (said,) = ledger.models_named(MODEL)
    assert (said.trainer_id, said.share_ppm) == (settings.PLATFORM_PARTY_ID, 0)
    assert said.data == [
        {"name": "JSB-Chorales-dataset", "licence": "music in the public domain, the encoding states no licence"}
    ]
    assert b"# harmony-1" in ledger.document(said.card_hash)
    assert ledger.splits_in_force(element) == ()


def test_new_weights_keep_the_terms_of_their_name(shop: Shop, mira: Any, lab: Any, anna: Any) -> None:
    terms(lab, 50_000, anna)

    modelling.register(mira.party_id, {"model": MODEL, "weights_hash": "6" * 64})

    newest, _before = ledger.models_named(MODEL)
    assert (newest.weights_hash, newest.trainer_id, newest.share_ppm) == ("6" * 64, lab.party_id, 50_000)


def test_a_share_out_of_range_is_refused_and_the_same_terms_are_said_once(shop: Shop, lab: Any, anna: Any) -> None:
    from production.errors import BadParameterError

    terms(lab, 50_000, anna)
    terms(lab, 50_000, anna)

    assert len(ledger.models_named(MODEL)) == 1
    with pytest.raises(BadParameterError, match="between 0 and 50 %"):
        terms(lab, 500_001, anna)


def test_the_terms_are_rebuilt_from_the_log_as_they_are(shop: Shop, mira: Any, lab: Any, anna: Any) -> None:
    terms(lab, 50_000, anna)
    before = ledger.models_named(MODEL)

    audit.rebuild("elements")

    assert ledger.models_named(MODEL) == before
    verify()
