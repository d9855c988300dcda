"""Filling the shelves: who made what of what, for which licences and prices, and who has a share in it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ledger import selectors as ledger
from ledger.domain.events import Parent, Share
from ledger.domain.ids import uuid7
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Entry, Listing
from marketplace.demo.cast import Cast
from production.samples import keeping
from production.samples.making import Ready
from production.samples.plan import Sample

COPY_SLUG = "night-fly"
WAITING_SLUG = "lady-edmontons"
EXCLUSIVE_SLUG = "chorale-253-pad"
FREE_SLUGS = frozenset({"pretty-peggy", "brown-thorn", "two-lamps", "small-room"})
DOLLAR_MAKER = 4
UPSTREAM_PPM = {"mix_setting": 80_000, "melody": 200_000}
UPSTREAM_PPM_ELSE = 150_000
PRICES_MINOR = {
    "melody": (299, 399, 499),
    "midi": (499, 599, 799),
    "progression": (199, 299),
    "wave": (699, 899, 1299),
    "sound": (1499, 1999, 2499),
    "mix_setting": (399, 599),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One licence to be had."""

    listing_id: UUID
    slug: str
    element_id: UUID
    seller_id: UUID
    licence_kind: str
    currency: str
    price_minor: int


@dataclass(slots=True)
class Shelves:
    """What is in the shop so far."""

    offers: list[Offered] = field(default_factory=list)
    element: dict[str, UUID] = field(default_factory=dict)

    def offer(self, slug: str, *licence_kinds: str) -> Offered:
        """The first offer of an element with one of these licences."""
        by_kind = {one.licence_kind: one for one in self.offers if one.slug == slug}
        return next(by_kind[kind] for kind in licence_kinds if kind in by_kind)


def maker_of(sample: Sample, place: int) -> int:
    """Which creator a sample is given to: children of a family go to others than their parents."""
    if sample.slug == COPY_SLUG:
        return 7
    if sample.slug == "fire-fly":
        return 0
    if sample.slug == WAITING_SLUG:
        return 2
    depth = {"-band": 3, "-recording": 5}
    for ending, step in depth.items():
        if sample.slug.endswith(ending):
            return (place + step) % 8
    if len(sample.made_of) == 2:
        return (place + 1) % 8
    return (place + 6) % 8 if sample.made_of else place % 8


def put(
    sample: Sample, *, ready: Ready, maker: int, cast: Cast, shelves: Shelves, at: dt.datetime, rng: random.Random
) -> None:
    """Upload an element and publish it; every account in its split says yes (but for one)."""
    maker_id = cast.creators[maker]
    element_id = uuid7()
    entries = Entry.objects.in_bulk([shelves.element[slug] for slug in sample.made_of])
    parents = tuple(Parent(element_id=key, upstream_ppm=entry.upstream_ppm) for key, entry in entries.items())
    keeping.keep(
        ready=ready, maker_id=maker_id, title=sample.title, kind=sample.kind, tags=sample.tags,
        description=sample.description, parents=parents, element_id=element_id, at=at,
    )  # fmt: skip
    shelves.element[sample.slug] = element_id
    catalogue.publish(
        element_id=element_id,
        actor_id=maker_id,
        offers=_offers(sample, maker, rng),
        shares=_shares(sample, maker, cast),
        upstream_ppm=UPSTREAM_PPM.get(sample.kind, UPSTREAM_PPM_ELSE),
    )
    if sample.slug != WAITING_SLUG:
        _accepted_by_all(element_id)
    dated(element_id, at)
    shelves.offers += [
        Offered(
            listing_id=row.id, slug=sample.slug, element_id=element_id, seller_id=maker_id,
            licence_kind=row.licence_kind, currency=row.currency, price_minor=row.price_minor,
        )
        for row in Listing.objects.filter(entry_id=element_id, status=Listing.Status.ON_SALE).order_by("id")
    ]  # fmt: skip


def _offers(sample: Sample, maker: int, rng: random.Random) -> list[catalogue.Offer]:
    currency = "USD" if maker == DOLLAR_MAKER else "EUR"
    if sample.slug in FREE_SLUGS:
        return [catalogue.Offer(licence_kind="free", currency=currency, price_minor=0)]
    price = rng.choice(PRICES_MINOR[sample.kind])
    offers = [
        catalogue.Offer(licence_kind="standard", currency=currency, price_minor=price),
        catalogue.Offer(licence_kind="remix", currency=currency, price_minor=price * 2 + 1),
    ]
    if sample.slug == EXCLUSIVE_SLUG or (sample.kind == "wave" and rng.random() < 0.5):
        offers.append(catalogue.Offer(licence_kind="exclusive", currency=currency, price_minor=price * 15 + 15))
    return offers


def _shares(sample: Sample, maker: int, cast: Cast) -> tuple[Share, ...]:
    """Most elements are their maker's alone; some are shared, one with a person who has no account yet."""
    me, creators = cast.creators[maker], cast.creators
    if sample.slug == WAITING_SLUG:
        return (_share(me, "songwriter", 600_000), _share(creators[0], "arranger", 400_000))
    if sample.slug == "liverpool-jacks":
        return (_share(me, "songwriter", 700_000), _share(cast.invited_id, "musician", 300_000))
    if sample.slug.endswith("-recording"):
        other = creators[(maker + 4) % 8]
        return (_share(me, "producer", 650_000), _share(other, "audio_engineer", 350_000))
    if sample.slug in ("chorale-302", "chorale-260"):
        others = (creators[(maker + 2) % 8], creators[(maker + 5) % 8])
        return (
            _share(me, "arranger", 500_000),
            _share(others[0], "producer", 333_333),
            _share(others[1], "editor", 166_667),
        )
    role = {"wave": "producer", "sound": "sound_designer", "mix_setting": "audio_engineer"}.get(
        sample.kind, "songwriter"
    )
    return (_share(me, role, 1_000_000),)


def _share(party_id: UUID, role: str, ppm: int) -> Share:
    return Share(party_id=party_id, role=role, share_ppm=ppm)  # type: ignore[arg-type]  # one of the ledger's roles


def _accepted_by_all(element_id: UUID) -> None:
    proposal = ledger.open_proposal(element_id)
    for party_id in sorted(proposal.waiting_for) if proposal else ():
        catalogue.answer_split(proposal_id=proposal.proposal_id, party_id=party_id, accept=True)  # type: ignore[union-attr]


def dated(element_id: UUID, at: dt.datetime) -> None:
    """The shop's own rows say when as the ledger does."""
    Listing.objects.filter(entry_id=element_id).update(created_at=at)
    Entry.objects.filter(pk=element_id).exclude(first_listed_at=None).update(first_listed_at=at)


def parents_first(samples: Sequence[Sample]) -> dict[str, int]:
    """slug -> how many levels lie below it (0: made of nothing else)."""
    depth: dict[str, int] = {}
    for sample in samples:
        depth[sample.slug] = 1 + max((depth[parent] for parent in sample.made_of), default=-1)
    return depth
