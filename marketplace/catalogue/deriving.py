"""Saying what an element is made from: what may be built on, what flows back, and words for what may not."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain import events
from ledger.domain.ids import uuid7
from ledger.services import clock, rights
from marketplace.catalogue import contributions
from marketplace.catalogue.errors import CannotPublishError, NoRightError
from marketplace.catalogue.models import Entry
from marketplace.templatetags.ledgerline import ppm as percent

PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something to build on: whether one may, what flows back of it, and what is missing."""

    element_id: UUID
    title: str
    maker: str
    upstream_ppm: int
    owner: bool
    terms: ledger.DerivationTerms | None
    missing: str = ""

    @property
    def url(self) -> str:
        """Its page, where licences are sold."""
        return f"/elements/{self.element_id}/"

    def weighed(self, figures: Mapping[UUID, int]) -> Source:
        """The same with the share that measured or settled figures give it, within its terms."""
        if self.element_id not in figures:
            return self
        least, most = (self.terms.upstream_ppm_min, self.terms.upstream_ppm_max) if self.terms else (0, PPM)
        return dataclasses.replace(self, upstream_ppm=min(max(figures[self.element_id], least), most))


@transaction.atomic
def declare_parents(*, element_id: UUID, parent_ids: Sequence[UUID], actor_id: UUID) -> None:
    """Say what an element is made from; each parent receives the upstream share that its terms ask.

    Raises
    ------
    NoRightError
        If the actor owns a parent not, and holds no licence for it that allows building on it.
    CannotPublishError
        If a parent is not known, or the shares together pass the whole: the message shows the stack by title.
    ledger.domain.errors.RightsError
        If the element would be made from itself.
    """
    known = {edge.parent_id for edge in ledger.parents_of(element_id)}
    wanted = [parent_id for parent_id in dict.fromkeys(parent_ids) if parent_id not in known]
    if not wanted:
        return
    weighed = contributions.upstream_weighed(element_id)
    found = {one.element_id: one.weighed(weighed) for one in sources(wanted, party_id=actor_id)}
    for parent_id in wanted:
        if parent_id not in found:
            raise CannotPublishError(_("One of the elements it is made from is not known."))
        check_right(found[parent_id])
    check_stack(element_id, [found[parent_id] for parent_id in wanted])
    parents = [events.Parent(element_id=one, upstream_ppm=found[one].upstream_ppm) for one in wanted]
    rights.record_derivation(
        element_id=element_id, parents=parents, author_id=actor_id, key=f"element.derived:{uuid7()}"
    )


def sources(element_ids: Sequence[UUID], *, party_id: UUID) -> list[Source]:
    """What this party may build on, or not, of these elements; unknown ones are left out."""
    entries = Entry.objects.in_bulk(list(element_ids))
    elements = ledger.elements(element_ids)
    names = ledger.names_of(element.creator_id for element in elements.values())
    found = []
    for element_id in element_ids:
        if element_id not in elements or element_id not in entries:
            continue
        entry = entries[element_id]
        right = ledger.rights_to_derive(party_id=party_id, element_id=element_id, at=clock.now())
        first = right.rights[0] if right.rights else None
        terms = first.terms if first else ledger.derivation_terms(element_id)
        found.append(
            Source(
                element_id=element_id,
                title=entry.title,
                maker=names[elements[element_id].creator_id],
                upstream_ppm=terms.upstream_ppm if terms else entry.upstream_ppm,
                owner=bool(first and first.owner),
                terms=terms,
                missing=right.refusal,
            )
        )
    return found


def check_right(source: Source) -> None:
    """Refuse a source that the party may not build on, and say where the right is to be had."""
    if not source.missing:
        return
    words = {
        "none": _("You hold no licence for “%(title)s”. Its remix licence allows building on it."),
        "use": _("Your licence for “%(title)s” is for your own music only. Its remix licence allows building on it."),
        "expired": _("The time in which your licence let you build on “%(title)s” is over."),
    }[source.missing]
    raise NoRightError(words % {"title": source.title}, url=source.url, action=_("See its licences"))


def check_stack(element_id: UUID, added: Sequence[Source]) -> None:
    """Refuse shares that together pass the whole, naming each by title."""
    before = ledger.parents_of(element_id)
    titles = dict(Entry.objects.filter(pk__in=[edge.parent_id for edge in before]).values_list("element_id", "title"))
    stack = [(titles.get(edge.parent_id, _("an element")), edge.upstream_ppm) for edge in before]
    stack += [(one.title, one.upstream_ppm) for one in added]
    total = sum(ppm for _title, ppm in stack)
    if total > PPM:
        words = ", ".join(f"“{title}” {percent(ppm)}" for title, ppm in stack)
        raise CannotPublishError(
            _("What flows back passes the whole: %(stack)s; together %(total)s. Take one of them out.")
            % {"stack": words, "total": percent(total)}
        )


def check_sellable(element_id: UUID) -> None:
    """Refuse to sell what rests on a licence that let its author build, but not sell, or that was revoked."""
    refused = ledger.parents_not_sellable(element_id)
    if not refused:
        return
    entry = Entry.objects.filter(pk=refused[0]).first()
    title = entry.title if entry else _("an element")
    raise NoRightError(
        _("It is made from “%(title)s”, and no standing licence lets you sell what you build on that.")
        % {"title": title},
        url=f"/elements/{refused[0]}/",
        action=_("See its licences"),
    )
