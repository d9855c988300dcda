"""Why a pack cannot be sold: what is the matter with which of its elements, for many packs at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger import selectors as ledger
from marketplace.catalogue.models import Listing

Cause = Literal["sold", "withdrawn", "waiting", "hold", "claim", "dearer"]

WORDS: Mapping[Cause, Promise] = {
    "sold": _("was sold exclusively: nobody else can license it any more"),
    "withdrawn": _("is not on sale with this licence in this currency"),
    "waiting": _("waits for answers to its split"),
    "hold": _("is on hold"),
    "claim": _("is disputed: a claim on it is open"),
    "dearer": _("The pack costs no less than its elements one by one."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One reason; without an element it is the pack's own."""

    cause: Cause
    element_id: UUID | None = None
    title: str = ""

    @property
    def words(self) -> str:
        """A sentence."""
        return f"“{self.title}” {WORDS[self.cause]}." if self.element_id else str(WORDS[self.cause])


@dataclass(frozen=True, slots=True)
class Standing:
    """How elements stand: their open offers, and what keeps some of them back."""

    listings: dict[tuple[UUID, str, str], Listing] = field(default_factory=dict)
    sold: set[UUID] = field(default_factory=set)
    waiting: set[tuple[UUID, str, str]] = field(default_factory=set)
    held: set[UUID] = field(default_factory=set)
    claimed: set[UUID] = field(default_factory=set)

    def listing(self, element_id: UUID, licence_kind: str, currency: str) -> Listing | None:
        """The offer on sale of this licence in this currency."""
        return self.listings.get((element_id, licence_kind, currency))

    def cause(self, element_id: UUID, licence_kind: str, currency: str) -> Cause | None:
        """What keeps an element from being sold so; None if nothing does."""
        if element_id in self.sold:
            return "sold"
        if element_id in self.held:
            return "hold"
        if element_id in self.claimed:
            return "claim"
        key = (element_id, licence_kind, currency)
        if key in self.listings:
            return None
        return "waiting" if key in self.waiting else "withdrawn"


def standing(element_ids: Iterable[UUID]) -> Standing:
    """How these elements stand: three queries, however many."""
    ids = set(element_ids)
    found = Standing()
    if not ids:
        return found
    for listing in Listing.objects.filter(entry_id__in=ids).exclude(status=Listing.Status.WITHDRAWN):
        key = (listing.entry_id, listing.licence_kind, listing.currency)
        if listing.status == Listing.Status.ON_SALE:
            found.listings[key] = listing
        elif listing.status == Listing.Status.WAITING:
            found.waiting.add(key)
        else:
            found.sold.add(listing.entry_id)
    found.held.update(hold.element_id for hold in ledger.holds_on_elements(ids) if hold.element_id)
    found.claimed.update(ledger.elements_claimed(ids))
    return found
