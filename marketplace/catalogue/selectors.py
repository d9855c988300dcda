"""Questions of the shop: what is on sale, what fits, what does one page need."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Case, F, Min, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.events import ElementKind
from marketplace.catalogue.models import Entry, Listing
from marketplace.licensing import terms

PAGE_SIZE = 24
LIKENESS_MIN = 0.4
"""Trigram word similarity from which a title counts as found: "nigt fery" finds "Night ferry" (0.47)."""
ORDERS = {"relevance": "", "newest": "-first_listed_at", "price": "price_from", "tempo": "tempo_bpm", "title": "title"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a buyer asked for; empty values ask for nothing."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tempo_min_bpm: float | None = None
    tempo_max_bpm: float | None = None
    key: str = ""
    licence_kind: str = ""
    origin: str = ""  # "human", "assisted", "generated" or all
    order: str = "relevance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One element row of the shop, in the words of `components/element_row.html`."""

    element_id: UUID
    kind: ElementKind
    title: str
    seller_id: UUID
    maker: str
    tags: tuple[str, ...]
    tempo_bpm: float | None
    key: str
    duration_s: float | None
    generated: bool
    assisted: bool
    cover_url: str
    preview_url: str
    peaks: tuple[float, ...]
    currency: str
    price_minor: int | None
    """The least price it can be had for; None while nothing of it is on sale."""

    @property
    def id(self) -> str:
        """The element's id as the player keeps it."""
        return str(self.element_id)

    @property
    def url(self) -> str:
        """The element's page."""
        return f"/elements/{self.element_id}/"

    @property
    def maker_url(self) -> str:
        """The page of who published it."""
        return f"/creators/{self.seller_id}/"

    @property
    def badge(self) -> str:
        """One word about where it comes from, if that is not a person alone."""
        if self.assisted:
            return str(_("AI-assisted"))
        return str(_("Generated")) if self.generated else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of results: `total` counts all of them."""

    rows: tuple[Row, ...]
    total: int
    number: int
    pages: int


def search(filters: Filters, *, page: int = 1) -> Page:
    """The elements on sale that fit, in two queries and one for the sellers' names."""
    found = _on_sale(filters).defer("cover_svg", "search")
    with _forgiving(filters.text):
        total = found.count()
        pages = max(1, -(-total // PAGE_SIZE))
        page = min(max(1, page), pages)
        entries = list(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    return Page(rows=rows_of(entries), total=total, number=page, pages=pages)


@contextlib.contextmanager
def _forgiving(text: str) -> Iterator[None]:
    """Within the block a title is like the words asked for in spite of a wrong or missing letter in each.

    The index's operator reads its threshold from the session: of the default, 0.6, short words with a typo fall short.
    """
    if not text:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LIKENESS_MIN)])
        yield


def entries_on_sale(filters: Filters) -> QuerySet[Entry]:
    """The entries with an offer that these filters let in."""
    return _on_sale(filters)


def without_text(filters: Filters) -> Filters:
    """The same filters, asking for no words."""
    return replace(filters, text="")


def _on_sale(filters: Filters) -> QuerySet[Entry]:
    on_sale = Q(listings__status=Listing.Status.ON_SALE)
    if filters.licence_kind:
        on_sale &= Q(listings__licence_kind=filters.licence_kind)
    found = Entry.objects.filter(on_sale).annotate(
        price_from=Min("listings__price_minor", filter=on_sale), currency=Min("listings__currency", filter=on_sale)
    )
    if filters.kinds:
        found = found.filter(kind__in=filters.kinds)
    if filters.tags:
        found = found.filter(tags__contains=list(filters.tags))
    if filters.tempo_min_bpm is not None:
        found = found.filter(tempo_bpm__gte=filters.tempo_min_bpm)
    if filters.tempo_max_bpm is not None:
        found = found.filter(tempo_bpm__lte=filters.tempo_max_bpm)
    if filters.key:
        found = found.filter(key__iexact=filters.key)
    if filters.origin == "human":
        found = found.filter(generated=False)
    elif filters.origin in ("assisted", "generated"):
        found = found.filter(generated=True, assisted=filters.origin == "assisted")
    order = ORDERS.get(filters.order, "")
    if filters.text:
        query = SearchQuery(filters.text, search_type="websearch", config="simple")
        found = found.annotate(
            rank=SearchRank(F("search"), query) + TrigramWordSimilarity(filters.text, "title")
        ).filter(Q(search=query) | Q(title__trigram_word_similar=filters.text))
        return found.order_by(order or "-rank", "element_id")
    return found.order_by(order or "-first_listed_at", "element_id")


def rows_of(entries: Sequence[Entry]) -> tuple[Row, ...]:
    """Rows for entries annotated with `price_from` and `currency` (absent: not on sale)."""
    names = ledger.names_of(entry.seller_id for entry in entries)
    return tuple(
        Row(
            element_id=entry.element_id,
            kind=entry.kind,  # type: ignore[arg-type]
            title=entry.title,
            seller_id=entry.seller_id,
            maker=names.get(entry.seller_id, ""),
            tags=tuple(entry.tags),
            tempo_bpm=entry.tempo_bpm,
            key=entry.key,
            duration_s=entry.duration_s,
            generated=entry.generated,
            assisted=entry.assisted,
            cover_url=f"/elements/{entry.element_id}/cover/{entry.content_hash[:16]}.svg",
            preview_url=entry.preview_url,
            peaks=tuple(entry.peaks),
            currency=getattr(entry, "currency", None) or "",
            price_minor=getattr(entry, "price_from", None),
        )
        for entry in entries
    )


def rows_for(element_ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Rows by id, on sale or not, for libraries and lists."""
    on_sale = Q(listings__status=Listing.Status.ON_SALE)
    entries = Entry.objects.filter(pk__in=element_ids).annotate(
        price_from=Min("listings__price_minor", filter=on_sale), currency=Min("listings__currency", filter=on_sale)
    )
    return {row.element_id: row for row in rows_of(list(entries))}


def titled(text: str, *, limit: int) -> tuple[Row, ...]:
    """What was ever listed, on sale or not, with `text` in its title; what begins with it first."""
    on_sale = Q(listings__status=Listing.Status.ON_SALE)
    found = Entry.objects.filter(title__icontains=text).annotate(
        price_from=Min("listings__price_minor", filter=on_sale), currency=Min("listings__currency", filter=on_sale)
    )
    begins = Case(When(title__istartswith=text, then=0), default=1)
    return rows_of(list(found.defer("cover_svg", "search").order_by(begins, "title", "element_id")[:limit]))


def usable_as_parent(party_id: UUID, *, child_id: UUID) -> list[Row]:
    """What this party may derive from: its own offered elements, and those it holds a licence for."""
    licensed = [one.element_id for one in ledger.licences_of(party_id) if one.standing]
    own = Entry.objects.filter(seller_id=party_id).values_list("element_id", flat=True)
    rows = rows_for([element_id for element_id in dict.fromkeys([*licensed, *own]) if element_id != child_id])
    return sorted(rows.values(), key=lambda row: row.title.casefold())


def is_public(party_id: UUID) -> bool:
    """Whether a party has a public page: it made, or earns from, something that was ever on sale."""
    named = {*ledger.elements_credited(party_id), *ledger.elements_shared(party_id)}
    listed = Entry.objects.exclude(first_listed_at=None)
    return listed.filter(Q(pk__in=named) | Q(seller_id=party_id)).exists()


def by_seller(seller_id: UUID) -> tuple[Row, ...]:
    """Everything one creator has on sale, newest first."""
    return rows_of(list(_on_sale(Filters()).filter(seller_id=seller_id)))


def newest(limit: int) -> tuple[Row, ...]:
    """What came in last."""
    return rows_of(list(_on_sale(Filters())[:limit]))


def newest_by_kind(kinds: Sequence[str], each: int) -> dict[str, tuple[Row, ...]]:
    """Kind -> what came in last of it, at most `each`; kinds of which nothing is on sale are left out."""
    entries = [entry for kind in kinds for entry in _on_sale(Filters(kinds=(kind,)))[:each]]
    rows = rows_of(entries)
    by_kind = {kind: tuple(row for row in rows if row.kind == kind) for kind in kinds}
    return {kind: found for kind, found in by_kind.items() if found}


def ids_on_sale() -> set[UUID]:
    """Every element on sale."""
    return set(Listing.objects.filter(status=Listing.Status.ON_SALE).values_list("entry_id", flat=True))


def kinds_on_sale() -> dict[str, int]:
    """Kind -> how many elements of it are on sale."""
    kinds = Entry.objects.filter(listings__status=Listing.Status.ON_SALE).values_list("kind", "element_id").distinct()
    counts: dict[str, int] = {}
    for kind, _element_id in kinds:
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def common_tags(limit: int = 16) -> list[str]:
    """The tags that most elements on sale carry."""
    counts: dict[str, int] = {}
    rows = Entry.objects.filter(listings__status=Listing.Status.ON_SALE).values_list("element_id", "tags").distinct()
    for _element_id, tags in rows:
        for tag in tags:
            counts[tag] = counts.get(tag, 0) + 1
    return sorted(counts, key=lambda tag: (-counts[tag], tag))[:limit]


def keys_on_sale() -> list[str]:
    """The keys that elements on sale are in."""
    on_sale = Entry.objects.filter(listings__status=Listing.Status.ON_SALE).exclude(key="")
    return sorted(set(on_sale.values_list("key", flat=True)))


LIKEST_SQL = """
    select asked.title, entry.element_id, entry.likeness
      from unnest(%s::text[]) as asked(title) cross join lateral (
        select element_id, similarity(e.title, asked.title) as likeness
          from catalogue_entry e where e.title %% asked.title order by likeness desc, element_id limit 1
      ) as entry
"""


def likest(titles: Iterable[str]) -> dict[str, tuple[UUID, int]]:
    """Title -> the element whose title is most like it, and how much in ppm (whole percents); others are left out."""
    with connection.cursor() as cursor:
        cursor.execute(LIKEST_SQL, [sorted(set(titles))])
        return {title: (key, round(likeness * 100) * 10_000) for title, key, likeness in cursor.fetchall()}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One licence on offer, in words."""

    listing_id: UUID
    licence_kind: str
    name: str
    plain_words: tuple[str, ...]
    terms_hash: str
    currency: str
    price_minor: int
    status: str
    reserved: bool


def offers(element_id: UUID) -> tuple[OfferView, ...]:
    """Every open offer of an element, cheapest first."""
    return offers_of([element_id]).get(element_id, ())


def offers_of(element_ids: Sequence[UUID]) -> dict[UUID, tuple[OfferView, ...]]:
    """The open offers of many elements, each cheapest first, in one query."""
    moment = timezone.now()
    listings = Listing.objects.filter(
        entry_id__in=element_ids, status__in=(Listing.Status.WAITING, Listing.Status.ON_SALE)
    ).order_by("price_minor", "id")
    found: dict[UUID, tuple[OfferView, ...]] = {}
    for listing in listings:
        found[listing.entry_id] = (*found.get(listing.entry_id, ()), _offer_view(listing, moment))
    return found


def _offer_view(listing: Listing, moment: dt.datetime) -> OfferView:
    return OfferView(
        listing_id=listing.id,
        licence_kind=listing.licence_kind,
        name=str(terms.NAMES[listing.licence_kind]),  # type: ignore[index]
        plain_words=tuple(str(words) for words in terms.PLAIN_WORDS[listing.licence_kind]),  # type: ignore[index]
        terms_hash=listing.terms_hash,
        currency=listing.currency,
        price_minor=listing.price_minor,
        status=listing.status,
        reserved=bool(listing.reserved_until and listing.reserved_until > moment),
    )
