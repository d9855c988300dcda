"""A small marketplace for tests: people, elements on sale, purchases through the sandbox, work run on demand."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from ledger.domain.events import Parent, Share
from ledger.domain.ids import uuid7
from ledger.services import dispatch
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Role
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Listing
from marketplace.checkout import services as checkout
from marketplace.checkout.orders import Order
from marketplace.config.celery import app
from production.parsing.report import Examined
from production.services import elements
from production.services.wishes import Wishes
from tests.helpers.sandbox import Running

PASSWORD = "five lines and a short one"
GOOD_CARD = "4000000000000077"  # pays, and the money is available at once
SHOP_TASKS_NOT_RUN = ("production.",)


class Shop:
    """What tests do first: people come, elements are made, licences are bought."""

    def __init__(self) -> None:
        self._number = itertools.count(1)

    def person(self, name: str, *roles: Role) -> User:
        """An account with a party; the e-mail is made of the name."""
        return accounts.sign_up(
            email=f"{name.lower()}@example.org", password=PASSWORD, display_name=name, roles=tuple(roles)
        )

    def creator(self, name: str) -> User:
        """Someone who sells."""
        return self.person(name, Role.CREATOR)

    def client(self, user: User | None) -> Client:
        """A browser signed in as someone (None: a visitor)."""
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    def element(
        self, maker: User, title: str = "Night ferry", *, kind: str = "melody", parents: Any = (), **facts: Any
    ) -> UUID:
        """An element without looking at its bytes; `facts` are what the engine would have found.

        motifs, statistics : what it would have found in the notes
        """
        number = next(self._number)
        tags = facts.pop("tags", ())
        noted = {name: facts.pop(name, None) for name in ("motifs", "statistics")}
        examined = Examined(media="midi", element_kinds=(kind,), facts={"duration_s": 8.0, **facts}, **noted)
        made = elements.create_element(
            actor_id=maker.party_id,
            wishes=Wishes(title=title, tags=tuple(tags), parents=tuple(parents)),
            body=elements.Body(data=f"{title} {number}".encode(), examined=examined),
            key=f"test:{number}:{uuid7()}",
        )
        return made.element_id

    def offer(self, maker: User, element_id: UUID, price_minor: int = 1200, **more: Any) -> Listing:
        """Publish: `licence` and `shares` (pairs of person or party and ppm; all of it to the maker by default)."""
        licence = more.pop("licence", "standard")
        shares = more.pop("shares", None) or [(maker, 1_000_000)]
        catalogue.publish(
            element_id=element_id,
            actor_id=maker.party_id,
            offers=[catalogue.Offer(licence_kind=licence, currency="EUR", price_minor=price_minor)],
            shares=[Share(party_id=party_of(who), role="producer", share_ppm=ppm) for who, ppm in shares],
            **more,
        )
        return Listing.objects.get(entry_id=element_id, licence_kind=licence, status__in=("waiting", "on_sale"))

    def on_sale(self, maker: User, title: str = "Night ferry", price_minor: int = 1200, **more: Any) -> Listing:
        """A new element and one offer of it."""
        offer = {name: more.pop(name) for name in ("licence", "shares", "upstream_ppm") if name in more}
        return self.offer(maker, self.element(maker, title, **more), price_minor, **offer)

    def place(self, buyer: User, *listings: Listing) -> Order:
        """An order that waits at the payment page."""
        return checkout.place(buyer_id=buyer.party_id, listing_ids=[one.id for one in listings])

    def buy(self, sandbox: Running, buyer: User, *listings: Listing, card: str = GOOD_CARD) -> Order:
        """An order placed, paid, fulfilled, its fee known."""
        order = self.place(buyer, *listings)
        sandbox.pay(order.session_id, card)
        order = checkout.confirm_from_processor(order_id=order.id)
        self.work("settle_charge")
        order.refresh_from_db()
        return order

    def work(self, only: str = "") -> int:
        """Run every open job and outbox row whose task has `only` in its name; failures come out. How many ran."""
        done = 0
        for work_id, name in dispatch.due():
            if only in name and not name.startswith(SHOP_TASKS_NOT_RUN):
                app.tasks[name](str(work_id))
                dispatch.mark([work_id])
                done += 1
        return done


def party_of(who: User | UUID) -> UUID:
    """The party of a person, or the party itself."""
    return who if isinstance(who, UUID) else who.party_id


def upstream(element_id: UUID, ppm: int) -> Parent:
    """A declared parent."""
    return Parent(element_id=element_id, upstream_ppm=ppm)


def day(text: str) -> dt.datetime:
    """A day of the story, at noon UTC."""
    return dt.datetime.fromisoformat(text).replace(hour=12, tzinfo=dt.UTC)


@pytest.fixture
def shop(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A site in one process: files in a temporary folder, no broker, tasks run when the test says so."""
    app.loader.import_default_modules()
    settings.VAR_DIR = tmp_path / "var"
    settings.CREDENTIALS_DIR = tmp_path / "var" / "keys" / "credentials"
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "var" / "content")},
        }
    }
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"

    def away(task: str, work_id: UUID) -> None:
        raise ConnectionError

    monkeypatch.setattr(dispatch, "enqueue", away)
    cache.clear()
    yield Shop()
    cache.clear()
