"""Publishing: an element goes on sale once every party with an account has accepted its split."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Value
from django.utils import timezone

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.events import LicenceKind
from ledger.domain.ids import uuid7
from ledger.services import append, clock, documents, rights
from marketplace.catalogue import contributions, pictures, split_letters
from marketplace.catalogue.deriving import check_sellable, declare_parents
from marketplace.catalogue.errors import CannotPublishError, NotForSaleError
from marketplace.catalogue.models import Entry, Listing
from marketplace.catalogue.originality import check_original
from marketplace.licensing import terms
from production import selectors as production

PRICE_MINOR_MAX = 10_000_00
UPSTREAM_PPM_DEFAULT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A licence kind and its price; a free licence costs 0 and nothing else does."""

    licence_kind: LicenceKind
    currency: str
    price_minor: int


def publish(
    *,
    element_id: UUID,
    actor_id: UUID,
    offers: Sequence[Offer],
    shares: Sequence[events.Share],
    upstream_ppm: int = UPSTREAM_PPM_DEFAULT,
    deriving: rights.TermsWanted | None = None,
    parent_ids: Sequence[UUID] = (),
) -> Entry:
    """Offer an element: propose its split (the proposer's answer is yes) and open listings that wait for the others.

    `deriving` are the terms of building on it (None: `upstream_ppm`, fixed); `parent_ids` what it is made from, beyond
    what was declared before.

    Raises
    ------
    CannotPublishError
        If the actor did not make it, it has no preview yet, an offer makes no sense, or a right is missing.
    ledger.domain.errors.RightsError
        If shares or terms break a rule.
    """
    element = production.element(element_id)
    if element.creator_id != actor_id:
        raise CannotPublishError("Only who made an element can put it on sale.")
    deriving = deriving or rights.TermsWanted.fixed(upstream_ppm)
    for offer in offers:
        _check_offer(offer)
        if offer.licence_kind == "remix" and "derive" not in deriving.allowed_uses:
            raise CannotPublishError("A remix licence is for building on it: allow that, or leave its price empty.")
    with transaction.atomic():
        _lock_listings(element_id)
        entry = refresh_entry(element_id=element_id, upstream_ppm=deriving.upstream_ppm)
        declare_parents(element_id=element_id, parent_ids=parent_ids, actor_id=actor_id)
        check_original(element_id)
        if not entry.listings.filter(status=Listing.Status.ON_SALE).exists():
            check_sellable(element_id)
        rights.publish_terms(element_id=element_id, wanted=deriving, actor_id=actor_id)
        _propose(element_id, shares, actor_id)
        for offer in offers:
            _open_listing(entry, offer)
        go_on_sale_if_ready(element_id=element_id, actor_id=actor_id)
    return entry


def _check_offer(offer: Offer) -> None:
    free = offer.licence_kind == "free"
    if free != (offer.price_minor == 0):
        raise CannotPublishError("A free licence costs nothing, and every other licence costs something.")
    if not 0 <= offer.price_minor <= PRICE_MINOR_MAX:
        raise CannotPublishError("The price must lie between 0 and 10,000.00.")
    if offer.price_minor and offer.price_minor < 50:
        raise CannotPublishError("The least price is 0.50: below it the processor's fee eats the sale.")


def _lock_listings(element_id: UUID) -> None:
    """Rows before the log's lock, always: a sale of this element takes them in the same order."""
    list(Listing.objects.select_for_update().filter(entry_id=element_id).order_by("id"))


def _propose(element_id: UUID, shares: Sequence[events.Share], actor_id: UUID) -> None:
    """Propose a split, unless it is in force already or the very same waits for answers."""
    wanted = sorted((str(share.party_id), share.role, share.share_ppm) for share in shares)
    proposal, in_force = ledger.open_proposal(element_id), ledger.splits_in_force(element_id)
    waits = sorted((one["party_id"], one["role"], one["share_ppm"]) for one in proposal.shares) if proposal else []
    stands = sorted((str(one.party_id), one.role, one.share_ppm) for one in in_force)
    if wanted not in (stands, waits):
        key = f"split.proposed:{uuid7()}"
        propose_split(element_id=element_id, shares=shares, actor_id=actor_id, key=key)


def _open_listing(entry: Entry, offer: Offer) -> Listing:
    wording = terms.current(offer.licence_kind)
    documents.keep(wording.text.encode(), media_type="text/plain")
    listing, created = Listing.objects.get_or_create(
        entry=entry,
        licence_kind=offer.licence_kind,
        currency=offer.currency,
        status__in=(Listing.Status.WAITING, Listing.Status.ON_SALE),
        defaults={"terms_hash": wording.terms_hash, "price_minor": offer.price_minor},
    )
    if not created and listing.price_minor != offer.price_minor:
        reprice(listing_id=listing.id, price_minor=offer.price_minor, actor_id=entry.seller_id)
    return listing


def ensure_entry(*, element_id: UUID) -> None:
    """An element that was never offered gets a page too, which only its people see."""
    if not Entry.objects.filter(pk=element_id).exists():
        refresh_entry(element_id=element_id)


def refresh_entry(*, element_id: UUID, upstream_ppm: int | None = None) -> Entry:
    """Copy what the shop shows from the element: title, tempo, key, cover, words to search."""
    element = production.element(element_id)
    facts, authorship = element.version.facts, production.authorship(element_id, element.version.content_hash)
    entry, _ = Entry.objects.update_or_create(
        element_id=element_id,
        defaults={
            "kind": element.kind,
            "title": element.title,
            "description": element.description,
            "seller_id": element.creator_id,
            "tags": list(element.tags),
            "tempo_bpm": facts.get("tempo_bpm"),
            "key": facts.get("key") or "",
            "duration_s": facts.get("duration_s"),
            "content_hash": element.version.content_hash,
            "generated": authorship != "human",
            "assisted": authorship == "assisted",
            "preview_url": element.version.preview_url or "",
            **pictures.of_element(element),
            **({} if upstream_ppm is None else {"upstream_ppm": upstream_ppm}),
        },
    )
    tags = " ".join([*element.tags, element.kind.replace("_", " ")])
    weighed = [("A", element.title), ("B", tags), ("C", element.description)]
    first, *others = (SearchVector(Value(words), weight=weight, config="simple") for weight, words in weighed)
    Entry.objects.filter(pk=entry.pk).update(search=sum(others, start=first))
    return entry


def show_new_previews(*, limit: int = 50) -> int:
    """Entries that were listed before a worker had rendered their preview get it now; returns how many did."""
    silent = Entry.objects.filter(preview_url="").order_by("-updated_at").values_list("element_id", flat=True)[:limit]
    ready = [element.id for element in production.elements(silent) if element.version.preview_url]
    for element_id in ready:
        refresh_entry(element_id=element_id)
    return len(ready)


def go_on_sale_if_ready(*, element_id: UUID, actor_id: UUID) -> bool:
    """Put waiting listings on sale if a split is in force and none of its answers is missing."""
    if not ledger.splits_in_force(element_id) or ledger.open_proposal(element_id) is not None:
        return False
    if ledger.parents_not_sellable(element_id):
        return False
    if ledger.open_contest(element_id) is not None or ledger.departs_from_settled(element_id):
        return False
    if contributions.heard_until(element_id) is not None:
        return False
    waiting = Listing.objects.select_for_update().select_related("entry")
    for listing in waiting.filter(entry_id=element_id, status=Listing.Status.WAITING).order_by("id"):
        listing.status = Listing.Status.ON_SALE
        listing.save(update_fields=["status"])
        append(
            events.ListingPublished(
                listing_id=listing.id,
                element_id=element_id,
                content_hash=listing.entry.content_hash,
                licence_kind=listing.licence_kind,  # type: ignore[arg-type]
                terms_hash=listing.terms_hash,
                currency=listing.currency,
                price_minor=listing.price_minor,
            ),
            actor_id=actor_id,
            key=f"listing.published:{listing.id}",
        )
        Entry.objects.filter(pk=element_id, first_listed_at=None).update(first_listed_at=timezone.now())
    return True


@transaction.atomic
def sell_what_was_heard() -> None:
    """Put on sale what waited only for those named in its measured contribution, and whose time to contest is over."""
    measured = ledger.elements_measured(before=clock.now() - dt.timedelta(hours=settings.CONTRIBUTION_HEARING_HOURS))
    waiting = Listing.objects.filter(entry_id__in=measured, status=Listing.Status.WAITING)
    for element_id, seller_id in sorted(set(waiting.values_list("entry_id", "entry__seller_id"))):
        go_on_sale_if_ready(element_id=element_id, actor_id=seller_id)


@transaction.atomic
def reprice(*, listing_id: UUID, price_minor: int, actor_id: UUID) -> None:
    """Change a price for orders from now on."""
    listing = _own_listing(listing_id, actor_id)
    _check_offer(Offer(licence_kind=listing.licence_kind, currency=listing.currency, price_minor=price_minor))  # type: ignore[arg-type]
    listing.price_minor = price_minor
    listing.save(update_fields=["price_minor"])
    if listing.status == Listing.Status.ON_SALE:
        append(
            events.ListingRepriced(listing_id=listing.id, currency=listing.currency, price_minor=price_minor),
            actor_id=actor_id,
            key=f"listing.repriced:{listing.id}:{uuid7()}",
        )


@transaction.atomic
def withdraw(*, listing_id: UUID, actor_id: UUID) -> None:
    """Take an offer off sale; licences granted before stay."""
    listing = _own_listing(listing_id, actor_id)
    was_on_sale = listing.status == Listing.Status.ON_SALE
    if listing.status not in (Listing.Status.WAITING, Listing.Status.ON_SALE):
        raise NotForSaleError("This offer has ended already.")
    listing.status = Listing.Status.WITHDRAWN
    listing.save(update_fields=["status"])
    if was_on_sale:
        append(
            events.ListingWithdrawn(listing_id=listing.id, reason="seller"),
            actor_id=actor_id,
            key=f"listing.withdrawn:{listing.id}",
        )


def _own_listing(listing_id: UUID, actor_id: UUID) -> Listing:
    listing = Listing.objects.select_for_update().select_related("entry").filter(pk=listing_id).first()
    if listing is None or listing.entry.seller_id != actor_id:
        raise NotForSaleError("There is no such offer of yours.")
    return listing


@transaction.atomic
def answer_split(*, proposal_id: UUID, party_id: UUID, accept: bool) -> None:
    """A party's yes or no; the last yes puts the split in force and waiting offers on sale."""
    if not accept:
        rights.refuse_split(proposal_id, party_id=party_id)
        return
    proposal = ledger.split_proposal(proposal_id)
    if proposal is not None:
        _lock_listings(proposal.element_id)
    if rights.accept_split(proposal_id, party_id=party_id) and proposal is not None:
        go_on_sale_if_ready(element_id=proposal.element_id, actor_id=party_id)


@transaction.atomic
def propose_split(*, element_id: UUID, shares: Sequence[events.Share], actor_id: UUID, key: str) -> UUID:
    """Propose a split and write to everyone whose answer is missing; waiting offers go on sale if none is."""
    _lock_listings(element_id)
    proposal_id = rights.propose_split(element_id=element_id, shares=tuple(shares), actor_id=actor_id, key=key)
    split_letters.send(proposal_id)
    go_on_sale_if_ready(element_id=element_id, actor_id=actor_id)
    return proposal_id


@transaction.atomic
def withdraw_split(*, proposal_id: UUID, actor_id: UUID) -> None:
    """Whoever proposed takes it back; offers that waited go on sale with the split in force, if there is one."""
    proposal = ledger.split_proposal(proposal_id)
    if proposal is not None:
        _lock_listings(proposal.element_id)
    rights.withdraw_split(proposal_id, actor_id=actor_id)
    if proposal is not None:
        go_on_sale_if_ready(element_id=proposal.element_id, actor_id=actor_id)
