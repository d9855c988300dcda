"""Packs of the demo: of one maker, of two who agreed, one that an exclusive sale broke, and one that waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from marketplace.checkout import purchases
from marketplace.checkout import services as checkout
from marketplace.checkout.orders import Order
from marketplace.demo.cast import Cast
from marketplace.demo.shelves import EXCLUSIVE_SLUG, Offered, Shelves
from marketplace.demo.trade import CARD, Trade
from marketplace.packs import selectors, services
from marketplace.packs.models import Pack

KEPT_PPM = 720_000
"""What a pack of the demo costs of its single prices."""


@dataclass(slots=True)
class Bundles:
    """The packs so far, by a name."""

    shelves: Shelves
    trade: Trade
    cast: Cast
    packs: dict[str, UUID] = field(default_factory=dict)

    def offer_one_makers(self, at: dt.datetime) -> None:
        """Everything in it is one maker's: on sale at once."""
        maker = self.cast.creators[0]
        words = "Tunes and the parts under them, in keys that go together. For a first song, or a wet afternoon."
        self._offer("one", maker, self._of(maker, 5), "Rain on the quay", words, at)

    def offer_of_two(self, at: dt.datetime) -> None:
        """Two makers, each with elements of their own: the second one agrees."""
        first, second = self.cast.creators[2], self.cast.creators[1]
        chosen = [*self._of(first, 2), *self._of(second, 2)]
        words = "Two desks, one room: what each of us reaches for first."
        pack = self._offer("two", first, chosen, "Two desks", words, at)
        services.agree(pack_id=pack.id, party_id=second)
        Pack.objects.filter(pk=pack.id).update(first_listed_at=at)

    def offer_one_that_breaks(self, at: dt.datetime) -> None:
        """One of its elements is sold exclusively later: the pack says so, and cannot be bought."""
        sold = self.shelves.offer(EXCLUSIVE_SLUG, "standard")
        others = [one for one in self._of(sold.seller_id, 4) if one.element_id != sold.element_id][:2]
        if others:
            self._offer("broken", sold.seller_id, [sold, *others], "Low lights", "Slow pads and what fits them.", at)

    def ask(self, at: dt.datetime) -> None:
        """A pack that waits for somebody's yes."""
        first, second = self.cast.creators[5], self.cast.creators[0]
        chosen = [*self._of(first, 2), *self._of(second, 1)]
        self._offer("asked", first, chosen, "Northern suite", "Three pieces that belong together.", at)

    def buy(self, name: str, buyer_id: UUID, *, at: dt.datetime) -> None:
        """Buy a pack, unless the buyer has all of it or it cannot be sold."""
        pack = Pack.objects.prefetch_related("prices").get(pk=self.packs[name])
        view = selectors.view(pack, buyer_id=buyer_id)
        if not view.sellable or not view.wanted:
            return
        order = checkout.place(buyer_id=buyer_id, listing_ids=[], packs=[(pack.id, view.currency)])
        Order.objects.filter(pk=order.id).update(created_at=at)
        session = self.trade.till.pull("pay", session=order.session_id, card=CARD, at=at)
        purchases.fulfil(order_id=order.id, payment_intent_id=session["payment_intent"])
        purchases.settle_charge(order_id=order.id)
        Order.objects.filter(pk=order.id).update(paid_at=at + dt.timedelta(minutes=2))
        self.trade.held |= {(buyer_id, member.row.element_id, "standard") for member in view.wanted}

    def _of(self, maker_id: UUID, count: int) -> list[Offered]:
        mine = [
            one
            for one in self.shelves.offers
            if one.seller_id == maker_id and one.licence_kind == "standard" and one.currency == "EUR"
        ]
        return [one for one in mine if one.element_id not in self.trade.gone][:count]

    def _offer(
        self, name: str, maker_id: UUID, chosen: Sequence[Offered], title: str, words: str, at: dt.datetime
    ) -> Pack:
        price = sum(one.price_minor for one in chosen) * KEPT_PPM // 1_000_000
        wanted = services.Wanted(
            title=title,
            description=words,
            element_ids=tuple(one.element_id for one in chosen),
            prices={"EUR": price - price % 100 + 99 if price > 200 else price},
        )
        pack = services.offer(actor_id=maker_id, wanted=wanted)
        self.packs[name] = pack.id
        Pack.objects.filter(pk=pack.id).update(created_at=at)
        return pack
