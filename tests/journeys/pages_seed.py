"""What the pages need to have something to show: run inside a site's own shell, it prints addresses as JSON."""

from __future__ import annotations

import json
import time
from uuid import UUID, uuid4

from django.conf import settings

from ledger import selectors as ledger
from ledger.domain.events import Parent, Share
from ledger.services import clock, parties
from ledger.services.settlements import findings, periods, reviews, runs
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Listing
from marketplace.checkout import purchases, reversals
from marketplace.checkout import services as checkout
from marketplace.checkout.orders import Order
from marketplace.demo.till import Till
from production.parsing.apart import run_here
from production.parsing.work import look
from production.services import contributions, elements, previews
from production.services.wishes import Wishes
from tests.helpers import music_files

PASSWORD = "five lines and a short one"
CARD = "4000000000000077"
KINDS = {"melody": "midi", "wave": "wav", "sound": "sf2", "progression": "progression", "mix_setting": "mix_setting"}


def seed() -> None:
    """People, one element of every kind, a child of one of them, sales, a refund, a split that waits, a settled run."""
    parties.register(
        party_id=settings.PLATFORM_PARTY_ID,
        display_name="Ledgerline",
        party_kind="platform",
        key="party.registered:platform",
    )
    mira, tomas, buyer = _person("Mira", Role.CREATOR), _person("Tomás"), _person("Ngozi")
    anna, bela = _person("Anna", Role.LABEL_STAFF), _person("Béla", Role.LABEL_STAFF)
    _person("Sam", Role.OPERATOR)
    files = music_files.one_of_each()
    made = {kind: _element(mira, kind, files[media]) for kind, media in KINDS.items()}
    parent = Parent(element_id=made["melody"], upstream_ppm=200_000)
    made["midi"] = _element(mira, "midi", files["musicxml"], parents=(parent,))
    for place, element_id in enumerate(made.values()):
        _offer(mira, element_id, 1200 + 100 * place, (mira, 1_000_000))
    made["waiting"] = _element(mira, "wave", files["flac"])
    _offer(mira, made["waiting"], 900, (mira, 600_000), (tomas, 400_000))
    contributions.run(contributions.propose(element_id=made["midi"], actor_id=mira.party_id))
    paid = _buy(buyer, made["midi"])
    back = _buy(buyer, made["wave"])
    reversals.refund(order_id=back.id, actor_id=anna.party_id, reason="bought twice by mistake")
    open_order = checkout.place(buyer_id=buyer.party_id, listing_ids=[_listing(made["sound"])])
    time.sleep(1.1)  # periods end on whole seconds
    run_id = runs.calculate(period=periods.until(clock.now()), actor_id=anna.party_id)
    reviews.review(run_id=run_id, acknowledged=findings.KINDS, actor_id=anna.party_id)
    runs.approve(run_id=run_id, actor_id=anna.party_id)
    runs.release(run_id=run_id, actor_id=bela.party_id)
    licences = {one.standing: one.licence_id for one in ledger.licences_of(buyer.party_id)}
    print(
        "SEED",
        json.dumps(
            {
                **{f"element_{kind}": f"/elements/{element_id}/" for kind, element_id in made.items()},
                "provenance": f"/elements/{made['midi']}/provenance/",
                "publish": f"/elements/{made['waiting']}/publish/",
                "contribution": f"/elements/{made['midi']}/contribution/",
                "recommend": f"/elements/{made['melody']}/recommend/",
                "creator": f"/creators/{mira.party_id}/",
                "order_paid": f"/orders/{paid.id}/",
                "order_refunded": f"/orders/{back.id}/",
                "order_open": f"/orders/{open_order.id}/cancelled/",
                "certificate": f"/certificates/{licences[True]}/",
                "certificate_revoked": f"/certificates/{licences[False]}/",
                "statement": f"/statements/{ledger.statements_of(mira.party_id)[0].statement_id}/",
                "settlement": f"/settlements/{run_id}/",
            }
        ),
    )


def _person(name: str, *roles: Role) -> User:
    plain = name.lower().replace("á", "a").replace("é", "e")
    return accounts.sign_up(email=f"{plain}@example.org", password=PASSWORD, display_name=name, roles=roles)


def _element(maker: User, kind: str, data: bytes, *, parents: tuple[Parent, ...] = ()) -> UUID:
    made = elements.create_element(
        actor_id=maker.party_id,
        wishes=Wishes(title=f"Night ferry, {kind.replace('_', ' ')}", kind=kind, tags=("night",), parents=parents),
        body=elements.Body(data=data, examined=look(data)),
        key=f"seed:{uuid4()}",
    )
    previews.make(made.version_id, run=run_here)
    return made.element_id


def _offer(maker: User, element_id: UUID, price_minor: int, *shares: tuple[User, int]) -> None:
    catalogue.publish(
        element_id=element_id,
        actor_id=maker.party_id,
        offers=[catalogue.Offer(licence_kind="standard", currency="EUR", price_minor=price_minor)],
        shares=[Share(party_id=who.party_id, role="producer", share_ppm=ppm) for who, ppm in shares],
    )


def _listing(element_id: UUID) -> UUID:
    return Listing.objects.get(entry_id=element_id, licence_kind="standard").id


def _buy(buyer: User, element_id: UUID) -> Order:
    order = checkout.place(buyer_id=buyer.party_id, listing_ids=[_listing(element_id)])
    Till().pull("pay", session=order.session_id, card=CARD)
    order = checkout.confirm_from_processor(order_id=order.id)
    purchases.settle_charge(order_id=order.id)
    return order
