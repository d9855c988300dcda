"""Questions about packs: what is in one, what it costs whom, whether it can be sold, and which fit a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from ledger import selectors as ledger
from marketplace.catalogue import selectors as catalogue
from marketplace.catalogue.models import Entry
from marketplace.licensing import terms
from marketplace.packs import faults, pricing
from marketplace.packs.models import Pack, PackMember, PackProposal

SHOWN_MAX = 12
CURRENCY_FIRST = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One element of a pack: what it costs alone, and what of the pack's price is its part."""

    row: catalogue.Row
    owner_id: UUID
    owner: str
    listing_id: UUID | None
    single_minor: int | None
    part_minor: int
    tax_minor: int
    has_already: bool
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackView:
    """A pack in one currency, as one buyer sees it."""

    pack_id: UUID
    title: str
    description: str
    seller_id: UUID
    makers: tuple[tuple[UUID, str], ...]
    licence_kind: str
    licence_name: str
    plain_words: tuple[str, ...]
    terms_hash: str
    status: str
    revision: int
    currency: str
    price_minor: int
    prices: tuple[tuple[str, int], ...]
    members: tuple[Member, ...]
    faults: tuple[faults.Fault, ...]

    @property
    def url(self) -> str:
        """The pack's page."""
        return f"/packs/{self.pack_id}/"

    @property
    def cover_url(self) -> str:
        """Its drawn cover; another revision has another address."""
        return f"/packs/{self.pack_id}/cover/{self.revision}.svg"

    @property
    def first_heard(self) -> catalogue.Row | None:
        """What is played of it in a list: the first of its elements that can be heard."""
        return next((member.row for member in self.members if member.row.preview_url), None)

    @property
    def sellable(self) -> bool:
        """Whether it can be bought now."""
        return self.status == Pack.Status.ON_SALE and not self.faults

    @property
    def singles_minor(self) -> int:
        """What its elements cost one by one."""
        return sum(member.single_minor or 0 for member in self.members)

    @property
    def saving_minor(self) -> int:
        """What the pack saves against that."""
        return self.singles_minor - self.price_minor

    @property
    def wanted(self) -> tuple[Member, ...]:
        """The elements that this buyer has not."""
        return tuple(member for member in self.members if not member.has_already)

    @property
    def had_minor(self) -> int:
        """The parts of what this buyer has already: they are taken off the price."""
        return sum(member.part_minor for member in self.members if member.has_already)

    @property
    def asked_minor(self) -> int:
        """What this buyer pays."""
        return self.price_minor - self.had_minor

    @property
    def wanted_singles_minor(self) -> int:
        """What the elements that this buyer has not cost one by one."""
        return sum(member.single_minor or 0 for member in self.wanted)


def views(
    packs: Sequence[Pack], *, currencies: Sequence[str] = (), buyer_id: UUID | None = None
) -> tuple[PackView, ...]:
    """Packs in full, in their order: the same number of queries however many.

    `currencies` names the currency of each; without, each is shown in its first.
    """
    members = _members(packs)
    ids = {one.element_id for found in members.values() for one in found}
    rows, standing = catalogue.rows_for(list(ids)), faults.standing(ids)
    names = ledger.names_of({one.owner_id for found in members.values() for one in found})
    held = _held(buyer_id)
    chosen = currencies or ["" for _ in packs]
    return tuple(
        _view(pack, members[pack.id], currency, _Known(rows, standing, names, held, buyer_id))
        for pack, currency in zip(packs, chosen, strict=True)
    )


def view(pack: Pack, *, currency: str = "", buyer_id: UUID | None = None) -> PackView:
    """One pack in full."""
    return views([pack], currencies=[currency], buyer_id=buyer_id)[0]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the views of several packs share."""

    rows: dict[UUID, catalogue.Row]
    standing: faults.Standing
    names: dict[UUID, str]
    held: set[tuple[UUID, str]]
    buyer_id: UUID | None


def _members(packs: Sequence[Pack]) -> dict[UUID, list[PackMember]]:
    found: dict[UUID, list[PackMember]] = {pack.id: [] for pack in packs}
    for one in PackMember.objects.filter(pack__in=packs).order_by("place"):
        found[one.pack_id].append(one)
    return found


def _held(buyer_id: UUID | None) -> set[tuple[UUID, str]]:
    """(element, licence kind) of every standing licence."""
    licences = ledger.licences_of(buyer_id) if buyer_id else []
    return {(one.element_id, one.licence_kind) for one in licences if one.standing}


def _view(pack: Pack, members: Sequence[PackMember], currency: str, known: _Known) -> PackView:
    prices = {one.currency: one.price_minor for one in pack.prices.all()}
    if currency not in prices:
        currency = CURRENCY_FIRST if CURRENCY_FIRST in prices else min(prices, default=CURRENCY_FIRST)
    price = prices.get(currency, 0)
    listings = [known.standing.listing(one.element_id, pack.licence_kind, currency) for one in members]
    singles = [listing.price_minor if listing else 0 for listing in listings]
    parts = pricing.parts_of(price, singles) if any(singles) else [0] * len(members)
    taxes = pricing.taxes_of(parts) if any(parts) else parts
    found = []
    for one, listing, part, tax in zip(members, listings, parts, taxes, strict=True):
        cause = known.standing.cause(one.element_id, pack.licence_kind, currency)
        found.append(
            Member(
                row=known.rows[one.element_id],
                owner_id=one.owner_id,
                owner=known.names[one.owner_id],
                listing_id=listing.id if listing else None,
                single_minor=listing.price_minor if listing else None,
                part_minor=part,
                tax_minor=tax,
                has_already=one.owner_id == known.buyer_id or (one.element_id, pack.licence_kind) in known.held,
                fault=str(faults.WORDS[cause]) if cause else "",
            )
        )
    wording = terms.current(pack.licence_kind)  # type: ignore[arg-type]
    return PackView(
        pack_id=pack.id,
        title=pack.title,
        description=pack.description,
        seller_id=pack.seller_id,
        makers=tuple({one.owner_id: (one.owner_id, one.owner) for one in found}.values()),
        licence_kind=pack.licence_kind,
        licence_name=wording.name,
        plain_words=wording.plain_words,
        terms_hash=wording.terms_hash,
        status=pack.status,
        revision=pack.revision,
        currency=currency,
        price_minor=price,
        prices=tuple(sorted(prices.items())),
        members=tuple(found),
        faults=tuple(_faults(pack, members, currency, price, sum(singles), known)),
    )


def _faults(
    pack: Pack, members: Sequence[PackMember], currency: str, price: int, singles: int, known: _Known
) -> Iterable[faults.Fault]:
    broken = False
    for one in members:
        if cause := known.standing.cause(one.element_id, pack.licence_kind, currency):
            broken = True
            yield faults.Fault(cause=cause, element_id=one.element_id, title=known.rows[one.element_id].title)
    if not broken and price >= singles:
        yield faults.Fault(cause="dearer")


# ------------------------------------------------------------------------------------------------------- shop
def _on_sale() -> QuerySet[Pack]:
    return Pack.objects.filter(status=Pack.Status.ON_SALE).prefetch_related("prices").order_by("-first_listed_at", "id")


def newest(limit: int) -> tuple[PackView, ...]:
    """The newest packs that can be bought."""
    return tuple(one for one in views(list(_on_sale()[: limit * 2])) if one.sellable)[:limit]


def search(filters: catalogue.Filters, limit: int = SHOWN_MAX) -> tuple[PackView, ...]:
    """Packs on sale that fit: by their words or their elements', with an element that the other filters let in."""
    if filters.licence_kind not in ("", "standard", "remix"):
        return ()
    found = _on_sale()
    if filters.licence_kind:
        found = found.filter(licence_kind=filters.licence_kind)
    if filters.text:
        query = SearchQuery(filters.text, search_type="websearch", config="simple")
        found = found.filter(Q(search=query) | Q(title__icontains=filters.text))
    others = catalogue.entries_on_sale(catalogue.without_text(filters))
    found = found.filter(members__element_id__in=others.values("element_id")).distinct()
    return tuple(one for one in views(list(found[: limit * 2])) if one.sellable)[:limit]


def with_element(element_id: UUID, limit: int = 6) -> tuple[PackView, ...]:
    """The packs that hold an element and can be bought."""
    found = _on_sale().filter(members__element_id=element_id)
    return tuple(one for one in views(list(found[: limit * 2])) if one.sellable)[:limit]


def by_owner(party_id: UUID) -> tuple[PackView, ...]:
    """The packs on sale in which something is this party's."""
    found = _on_sale().filter(members__owner_id=party_id).distinct()
    return tuple(one for one in views(list(found[:50])) if one.sellable)


def packs_of(party_id: UUID) -> tuple[PackView, ...]:
    """Every pack in which something is this party's, on sale or not, newest first."""
    mine = Q(members__owner_id=party_id) | Q(seller_id=party_id)
    found = Pack.objects.filter(mine).prefetch_related("prices").distinct().order_by("-created_at")
    return views(list(found[:200]))


def proposals_for(party_id: UUID) -> list[PackProposal]:
    """Open proposals that name this party, newest first."""
    found = PackProposal.objects.filter(state="open", owner_ids__contains=[party_id]).select_related("pack")
    return list(found.order_by("-created_at"))


def titles(pack_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of packs."""
    return dict(Pack.objects.filter(pk__in=set(pack_ids)).values_list("id", "title"))


def packable(party_id: UUID) -> tuple[Entry, ...]:
    """What somebody may put into a pack: their own elements with a standard or remix licence on sale."""
    found = Entry.objects.filter(
        listings__status="on_sale", listings__licence_kind__in=("standard", "remix"), seller_id=party_id
    )
    return tuple(found.distinct().order_by("title", "element_id"))
