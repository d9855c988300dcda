"""The scene in which two people write on a third one's tune: what each made is measured and waits to be published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from ledger.domain.events import Contribution
from ledger.domain.ids import uuid7
from marketplace.catalogue import services as catalogue
from marketplace.demo.shelves import Shelves
from marketplace.demo.trade import Trade
from production.samples import together
from production.samples.making import Ready
from production.samples.plan import Sample
from production.services import contributions, own
from production.services.wishes import Wishes

TITLE = "Two Shores"


def write(
    *, maker_id: UUID, other_id: UUID, lender_id: UUID, samples: Mapping[str, Sample], ready: Mapping[str, Ready],
    trade: Trade, shop: Shelves, at: dt.datetime,
) -> UUID:  # fmt: skip
    """Licence a tune, write on it, let the other one add to it, and measure; the new element's id."""
    borrowed, mine = _melody_of(lender_id, samples, shop), _melody_of(maker_id, samples, shop)
    trade.licence_for_making(maker_id, borrowed, at=at)
    first, second = together.versions(ready[borrowed].data, ready[mine].data)
    wishes = Wishes(
        title=TITLE, kind="midi", tags=("duet", "folk"), description="A tune from the other shore, answered."
    )
    element_id = uuid7()
    made = own.keep(actor_id=maker_id, data=first, wishes=wishes, element_id=element_id, key=f"demo:{element_id}")
    own.render(made.version_id)
    revised = own.revise(
        actor_id=maker_id,
        element_id=element_id,
        data=second,
        contributors=(Contribution(party_id=other_id, role="arranger"),),
        key=f"demo:{element_id}:bass",
    )
    own.render(revised.version_id)
    catalogue.refresh_entry(element_id=element_id)
    parent_ids = [shop.element[borrowed]]
    contributions.run(contributions.propose(element_id=element_id, actor_id=maker_id, parent_ids=parent_ids))
    return element_id


def _melody_of(maker_id: UUID, samples: Mapping[str, Sample], shop: Shelves) -> str:
    """The first melody of theirs that others may build on."""
    return next(
        one.slug
        for one in shop.offers
        if one.seller_id == maker_id and one.licence_kind == "remix" and samples[one.slug].kind == "melody"
    )
