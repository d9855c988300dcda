"""Credits: who did what in which role, with the share where it is public, of an element or of a person."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger import selectors as ledger
from ledger.domain.events import Role
from marketplace.catalogue.models import Entry

FORMAT = "ledgerline credits 1"
ROLES: dict[Role, Promise] = {
    "producer": _("Producer"),
    "songwriter": _("Songwriter"),
    "arranger": _("Arranger"),
    "musician": _("Musician"),
    "singer": _("Singer"),
    "audio_engineer": _("Audio engineer"),
    "editor": _("Editor"),
    "distributor": _("Distributor"),
    "sound_designer": _("Sound designer"),
}
COLUMNS = ("element_id", "title", "kind", "isrc", "iswc", "party_id", "name", "isni", "ipi", "role", "share_ppm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One person of one element: their roles, and (of an element that was ever on sale) their share."""

    element_id: UUID
    party_id: UUID
    name: str
    roles: tuple[str, ...]
    share_ppm: int | None
    isni: str
    ipi: str

    @property
    def role_words(self) -> tuple[str, ...]:
        """The roles as people read them."""
        return tuple(role_word(role) for role in self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """An element with everybody who is credited on it, or (of a person's credits) that person alone."""

    element_id: UUID
    title: str
    kind: str
    url: str
    isrc: str
    iswc: str
    credits: tuple[Credit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody found by name or role, with how often they were what."""

    party_id: UUID
    name: str
    roles: tuple[tuple[str, int], ...]
    elements: int


def role_word(role: str) -> str:
    """A role as people read it."""
    return str(ROLES.get(role, _("Model") if role == "model" else role))  # type: ignore[call-overload]


def of_elements(element_ids: Sequence[UUID], *, only: UUID | None = None) -> list[Credited]:
    """The credits of elements that are in the shop, in this order; with `only`, of one person on them."""
    entries = Entry.objects.defer("cover_svg", "search").in_bulk(list(element_ids))
    named = ledger.contributors_of(entries)
    shares = {key: _shares(key) for key, entry in entries.items() if entry.first_listed_at is not None}
    parties = {one.party_id for credits in named.values() for one in credits}
    names = ledger.names_of(parties)
    numbers = {party_id: ledger.party_identifiers(party_id) for party_id in ({only} if only else parties)}
    found = []
    for element_id in element_ids:
        if (entry := entries.get(element_id)) is None:
            continue
        roles: dict[UUID, list[str]] = {}
        for one in named.get(element_id, ()):
            if only is None or one.party_id == only:
                roles.setdefault(one.party_id, []).append(one.role)
        schemes = {one.scheme: one.value for one in ledger.identifiers_of(element_id)}
        credits = tuple(
            Credit(
                element_id=element_id,
                party_id=party_id,
                name=names[party_id],
                roles=tuple(words),
                share_ppm=shares[element_id].get(party_id, 0) if element_id in shares else None,
                isni=numbers[party_id].isni,
                ipi=numbers[party_id].ipi,
            )
            for party_id, words in roles.items()
        )
        found.append(
            Credited(
                element_id=element_id,
                title=entry.title,
                kind=entry.kind,
                url=f"/elements/{element_id}/",
                isrc=schemes.get("isrc", ""),
                iswc=schemes.get("iswc", ""),
                credits=credits,
            )
        )
    return found


def _shares(element_id: UUID) -> dict[UUID, int]:
    """Party -> its part of the own portion, by the split in force: what the page of the element shows, too."""
    found: dict[UUID, int] = {}
    for one in ledger.splits_in_force(element_id):
        found[one.party_id] = found.get(one.party_id, 0) + one.share_ppm
    return found


def of_person(party_id: UUID, *, role: str = "") -> list[Credited]:
    """What somebody is publicly credited for, newest first; with `role`, as that alone."""
    listed = Entry.objects.exclude(first_listed_at=None)
    ids = ledger.elements_credited(party_id)
    public = set(listed.filter(pk__in=ids).values_list("pk", flat=True))
    found = of_elements([one for one in ids if one in public], only=party_id)
    return [one for one in found if one.credits and (not role or role in one.credits[0].roles)]


def people(*, name: str = "", role: str = "") -> list[Person]:
    """Those with a public credit whose name holds these letters and who were ever this role, by name."""
    credited = ledger.people_credited(name=name, role=role)
    ids = {element_id for credits in credited.values() for element_id, _role in credits}
    public = set(Entry.objects.filter(pk__in=ids).exclude(first_listed_at=None).values_list("pk", flat=True))
    names = ledger.names_of(credited)
    found = []
    for party_id, credits in credited.items():
        counts: dict[str, int] = {}
        for element_id, one in credits:
            if element_id in public:
                counts[one] = counts.get(one, 0) + 1
        if counts and (not role or role in counts):
            most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            elements = len({element_id for element_id, _role in credits if element_id in public})
            found.append(Person(party_id=party_id, name=names[party_id], roles=tuple(most), elements=elements))
    return sorted(found, key=lambda one: (one.name.casefold(), one.party_id))


def roles_with_words(roles: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """(words, count) of counted roles."""
    return [(role_word(role), count) for role, count in roles]


# ------------------------------------------------------------------------------------------------------- files
def as_json(credited: Sequence[Credited]) -> bytes:
    """Credits as one JSON document: a recording's people and roles, as a RIN message groups them, in plain words."""
    document = {
        "format": FORMAT,
        "source": settings.SITE_URL,
        "elements": [
            {
                "element_id": str(one.element_id),
                "title": one.title,
                "kind": one.kind,
                "url": settings.SITE_URL + one.url,
                "identifiers": {name: value for name, value in (("isrc", one.isrc), ("iswc", one.iswc)) if value},
                "contributors": [_contributor(credit) for credit in one.credits],
            }
            for one in credited
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _contributor(credit: Credit) -> dict[str, Any]:
    numbers = {name: value for name, value in (("isni", credit.isni), ("ipi", credit.ipi)) if value}
    return {
        "party_id": str(credit.party_id),
        "name": credit.name,
        "identifiers": numbers,
        "roles": list(credit.roles),
        "share_ppm": credit.share_ppm,
    }


def as_csv(credited: Sequence[Credited]) -> bytes:
    """Credits as a table, a row for each person and role; a person's share stands in each of their rows."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in credited:
        for credit in one.credits:
            share = "" if credit.share_ppm is None else credit.share_ppm
            for role in credit.roles:
                words = (one.title, one.kind, one.isrc, one.iswc, credit.party_id, credit.name, credit.isni, credit.ipi)
                writer.writerow([one.element_id, *(_plain(str(cell)) for cell in words), role, share])
    return text.getvalue().encode()


def _plain(cell: str) -> str:
    """A title that begins like a formula must not become one in a spreadsheet."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
