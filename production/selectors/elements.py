"""Questions about elements, their versions, pictures and links."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from production import downloads
from production.errors import UnknownElementError
from production.media import of_type
from production.models import Element, ElementKind, Rendition, Version
from production.stores import content, midi, mix, sounds, wave
from production.stores._store import Overview


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """A party and what it did."""

    party_id: UUID
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version. The addresses are None until the worker has made what they lead to.

    facts : what the engine found: duration_s, tempo_bpm, key, time_signature, integrated_lufs, note_count, ...
    forms : what `download_url` can give besides `original`
    """

    id: UUID
    element_id: UUID
    number: int
    content_hash: str
    media_type: str
    media_words: str
    size_bytes: int
    created_at: dt.datetime
    facts: Mapping[str, Any]
    contributors: tuple[Contributor, ...]
    preview_url: str | None
    picture_url: str | None
    peaks_url: str | None
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementView:
    """An element with its newest version."""

    id: UUID
    kind: str
    kind_words: str
    title: str
    creator_id: UUID
    created_at: dt.datetime
    tags: tuple[str, ...]
    description: str
    version: VersionView


def element(element_id: UUID) -> ElementView:
    """The element with its newest version.

    Raises
    ------
    UnknownElementError
        If there is none.
    """
    found = elements([element_id])
    if not found:
        raise UnknownElementError
    return found[0]


def elements(element_ids: Iterable[UUID]) -> list[ElementView]:
    """Those of the elements that exist, in the order asked for; four queries however many."""
    wanted = list(dict.fromkeys(element_ids))
    newest = {version.element_id: version for version in _versions().filter(element_id__in=wanted).order_by("number")}
    rows = {row.id: row for row in Element.objects.filter(id__in=list(newest))}
    return [_element_view(rows[key], newest[key]) for key in wanted if key in rows]


def my_elements(party_id: UUID, *, limit: int = 200) -> list[ElementView]:
    """What a party made, newest first."""
    ids = Element.objects.filter(creator_id=party_id).order_by("-id").values_list("id", flat=True)[:limit]
    return elements(ids)


def versions(element_id: UUID) -> list[VersionView]:
    """Every version, newest first."""
    return [_version_view(version) for version in _versions().filter(element_id=element_id).order_by("-number")]


def newest_version_ids(element_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Element -> its newest version."""
    rows = Version.objects.filter(element_id__in=element_ids).order_by("number").values_list("element_id", "id")
    return dict(rows)


def peaks(version_id: UUID) -> dict[str, Any] | None:
    """Pairs of least and greatest sample, for the waveform."""
    return _drawing(version_id, Rendition.Purpose.PEAKS)


def roll(version_id: UUID, party_id: UUID) -> dict[str, Any] | None:
    """Every note exactly, for a party that made the element or holds a licence.

    Raises
    ------
    NoLicenceError
        For everybody else.
    """
    blob = downloads.find(version_id=version_id, party_id=party_id, form="roll")
    return read_json(blob.content_hash)


def preview_url(version_id: UUID) -> str | None:
    """Where at most 30 s of lossy audio are heard; None until rendered, or if there is nothing to hear."""
    rendition = Rendition.objects.filter(version_id=version_id, purpose=Rendition.Purpose.PREVIEW_AUDIO).first()
    return downloads.public_url(rendition) if rendition else None


def download_url(*, version_id: UUID, party_id: UUID, form: str = downloads.ORIGINAL) -> str:
    """A signed link to full bytes, good for five minutes; see `downloads.sign` for forms and refusals."""
    return downloads.sign(version_id=version_id, party_id=party_id, form=form)


def stores() -> list[Overview]:
    """How much each of the four stores holds."""
    return [module.STORE.overview() for module in (midi, wave, sounds, mix)]


def _versions() -> Any:
    public = Rendition.objects.exclude(purpose=Rendition.Purpose.ROLL)
    return Version.objects.prefetch_related("contributors", Prefetch("renditions", queryset=public))


def _element_view(row: Element, version: Version) -> ElementView:
    return ElementView(
        id=row.id,
        kind=row.kind,
        kind_words=str(ElementKind(row.kind).label),
        title=row.title,
        creator_id=row.creator_id,
        created_at=row.created_at,
        tags=tuple(row.tags),
        description=row.description,
        version=_version_view(version),
    )


def _version_view(version: Version) -> VersionView:
    made = {rendition.purpose: rendition for rendition in version.renditions.all()}

    def url(purpose: str) -> str | None:
        return downloads.public_url(made[purpose]) if purpose in made else None

    return VersionView(
        id=version.id,
        element_id=version.element_id,
        number=version.number,
        content_hash=version.content_hash,
        media_type=version.media_type,
        media_words=of_type(version.media_type).words,
        size_bytes=version.size_bytes,
        created_at=version.created_at,
        facts=version.description,
        contributors=tuple(Contributor(party_id=c.party_id, role=c.role) for c in version.contributors.all()),
        preview_url=url(Rendition.Purpose.PREVIEW_AUDIO),
        picture_url=url(Rendition.Purpose.PICTURE),
        peaks_url=url(Rendition.Purpose.PEAKS),
        forms=tuple(form for form, purpose in downloads.CONVERSIONS.items() if purpose in made),
    )


def _drawing(version_id: UUID, purpose: str) -> dict[str, Any] | None:
    content_hash = (
        Rendition.objects.filter(version_id=version_id, purpose=purpose).values_list("content_hash", flat=True).first()
    )
    return read_json(content_hash) if content_hash else None


def read_json(content_hash: str) -> dict[str, Any]:
    """A blob of JSON."""
    values: dict[str, Any] = json.loads(content.get(content_hash))
    return values
