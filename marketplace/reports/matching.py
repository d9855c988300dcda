"""Which element a report speaks of: by what names it exactly, by what somebody said before, by a title like it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger import selectors as ledger
from marketplace.catalogue import selectors as catalogue
from marketplace.reports.errors import UnknownElementError
from marketplace.reports.models import RememberedMatch, ReportGroup

BATCH = 500
State = ReportGroup.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The element behind a group, and by what it was recognised."""

    element_id: UUID
    by: str


def exact(groups: Sequence[ReportGroup], *, source_id: UUID) -> dict[UUID, Found]:
    """Group id -> what its identifiers name, or what somebody confirmed for this source before."""
    ours = ledger.elements(UUID(group.our_id) for group in groups if group.our_id)
    named = {
        scheme: ledger.elements_identified(scheme, [getattr(group, scheme) for group in groups])
        for scheme in ("isrc", "iswc")
    }
    remembered = dict(
        RememberedMatch.objects.filter(source_id=source_id, key__in={group.key for group in groups}).values_list(
            "key", "element_id"
        )
    )
    found = {}
    for group in groups:
        if group.our_id and UUID(group.our_id) in ours:
            found[group.id] = Found(element_id=UUID(group.our_id), by="our_id")
        elif group.isrc in named["isrc"]:
            found[group.id] = Found(element_id=named["isrc"][group.isrc], by="isrc")
        elif group.iswc in named["iswc"]:
            found[group.id] = Found(element_id=named["iswc"][group.iswc], by="iswc")
        elif group.key in remembered:
            found[group.id] = Found(element_id=remembered[group.key], by="remembered")
    return found


def match_all(groups: Sequence[ReportGroup], *, source_id: UUID) -> None:
    """Set element, suggestion and state of fresh groups; the caller saves them."""
    for start in range(0, len(groups), BATCH):
        batch = groups[start : start + BATCH]
        found = exact(batch, source_id=source_id)
        likely = catalogue.likest(group.title for group in batch if group.title and group.id not in found)
        for group in batch:
            if group.id in found:
                group.element_id, group.matched_by = found[group.id].element_id, found[group.id].by
                group.state = State.MATCHED
            elif group.title in likely:
                group.suggestion_id, group.likeness_ppm = likely[group.title]
                group.state = State.SUGGESTED


def remember(groups: Iterable[ReportGroup], *, source_id: UUID, actor_id: UUID) -> None:
    """What somebody said of these holds for the source's next reports, too: which element each is, or that it is none.

    What nothing names is never remembered.
    """
    groups = list(groups)
    none = [group.key for group in groups if group.element_id is None]
    RememberedMatch.objects.filter(source_id=source_id, key__in=none).delete()
    rows = [
        RememberedMatch(source_id=source_id, key=group.key, element_id=group.element_id, confirmed_by=actor_id)
        for group in groups
        if group.element_id is not None and group.key != "unnamed"
    ]
    RememberedMatch.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["source", "key"],
        update_fields=["element_id", "confirmed_by", "confirmed_at"],
    )


def element_from(text: str) -> UUID:
    """The element that staff typed: its id, its address, or an ISRC or ISWC that names it.

    Raises
    ------
    UnknownElementError
        If there is none.
    """
    for part in (text.strip(), *(step for step in text.strip().split("/") if step)):
        try:
            element_id = UUID(part)
        except ValueError:
            continue
        if ledger.element(element_id) is not None:
            return element_id
    for scheme in ("isrc", "iswc"):
        if named := ledger.elements_identified(scheme, [_compact(text)]):
            return next(iter(named.values()))
    raise UnknownElementError(f"“{text[:80]}” is no element’s id, address, ISRC or ISWC.")


def _compact(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())
