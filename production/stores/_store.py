"""What the four stores have in common: which kinds they hold, and the questions that can be asked of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum

from production.models import Element, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How much a store holds."""

    name: str
    elements: int
    versions: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One of the paper's four database groups.

    name : of the group
    kinds : element kinds it holds
    media : kinds of file it takes, as `engine.io.sniff` calls them
    """

    name: str
    kinds: tuple[str, ...]
    media: tuple[str, ...]

    def versions(self) -> QuerySet[Version]:
        """Every version here."""
        return Version.objects.filter(element__kind__in=self.kinds)

    def current(self) -> QuerySet[Version]:
        """The newest version of each element here, newest element first."""
        newest = (
            Version.objects.filter(element_id=OuterRef("element_id"))
            .values("element_id")
            .annotate(newest=Max("number"))
            .values("newest")
        )
        return self.versions().filter(number=Subquery(newest)).select_related("element").order_by("-element_id")

    def elements(self, *, creator_id: UUID | None = None, tags: Sequence[str] = ()) -> QuerySet[Element]:
        """Elements here, of one creator or of all, that carry every one of `tags`."""
        found = Element.objects.filter(kind__in=self.kinds)
        if creator_id is not None:
            found = found.filter(creator_id=creator_id)
        return found.filter(tags__contains=list(tags)) if tags else found

    def overview(self) -> Overview:
        """Counts and bytes; the same bytes in two versions count twice, for both are held."""
        row = self.versions().aggregate(
            versions=Count("id"), elements=Count("element_id", distinct=True), size=Sum("size_bytes")
        )
        return Overview(
            name=self.name, elements=row["elements"], versions=row["versions"], size_bytes=int(row["size"] or 0)
        )
