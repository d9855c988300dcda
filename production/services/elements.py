"""Making elements and new versions of them: content first, then rows and events in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from ledger import selectors as ledger
from ledger.domain.events import Contribution, ElementCreated, ElementEdited, Event, Role
from ledger.domain.ids import uuid7
from ledger.services import append, clock, outbox, rights
from production.errors import (
    NoLicenceError,
    NotAnElementError,
    NothingChangedError,
    NotYoursError,
    UnknownElementError,
    WrongKindError,
)
from production.media import MEDIA
from production.models import Element, Fingerprint, SoundPrint, Version, VersionContributor
from production.parsing.report import Examined
from production.services import claims, locks, motifs, pictures, sweeping
from production.services.wishes import Wishes
from production.stores import content

_ROLE_OF_KIND: dict[str, Role] = {
    "midi": "songwriter",
    "progression": "songwriter",
    "melody": "songwriter",
    "wave": "musician",
    "sound": "sound_designer",
    "mix_setting": "audio_engineer",
}
"""What the maker is called where nobody said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came into being."""

    element_id: UUID
    version_id: UUID
    number: int
    content_hash: str
    warnings: tuple[claims.Resemblance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The bytes of a version and what was found in them."""

    data: content.Data
    examined: Examined

    @property
    def media_type(self) -> str:
        """As the ledger and browsers name it."""
        return MEDIA[self.examined.media].media_type


def create_element(
    *,
    actor_id: UUID,
    wishes: Wishes,
    body: Body,
    key: str,
    element_id: UUID | None = None,
    facts: Callable[[UUID, str], Sequence[Event]] = lambda element_id, content_hash: (),
) -> Made:
    """Make a new element of `body`; the same `key` again answers what was made the first time.

    facts : further events about the new element (id, content hash), written after its creation

    Raises
    ------
    WrongKindError
        If these bytes cannot be an element of the wished kind.
    NotAnElementError
        If a contributor is not known to the ledger.
    NoLicenceError
        If a declared parent is neither the actor's nor licensed to them for deriving.
    ledger.domain.errors.RightsError
        If the derivation breaks a rule (cycle, shares over the whole).
    """
    kind = _kind(wishes.kind, body.examined)
    new_id = element_id or uuid7()
    contributors = wishes.contributors or (Contribution(party_id=actor_id, role=_ROLE_OF_KIND[kind]),)
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        if (made := _made_before(new_id)) is not None:
            return made
        _check_contributors(contributors)
        _check_parents(actor_id, wishes)
        locks.hold_store_shared()
        content_hash = _put(body, hashes)
        element = Element.objects.create(
            id=new_id,
            kind=kind,
            title=wishes.title or "Untitled",
            creator_id=actor_id,
            tags=list(wishes.tags),
            description=wishes.description,
        )
        version = _add_rows(element, 1, body, content_hash, contributors, hashes)
        opened, warnings = claims.of(element, version, body.examined, {parent.element_id for parent in wishes.parents})
        created = ElementCreated(
            element_id=new_id,
            element_kind=kind,  # type: ignore[arg-type]  # one of the six, checked by _kind
            content_hash=content_hash,
            media_type=body.media_type,
            contributors=contributors,
        )
        # From here on the log is locked: nothing slow may follow.
        append(created, *facts(new_id, content_hash), *opened, actor_id=actor_id, key=f"{key}:created")
        if wishes.parents:
            rights.record_derivation(
                element_id=new_id, parents=wishes.parents, author_id=actor_id, key=f"{key}:derived"
            )
    return Made(element_id=new_id, version_id=version.id, number=1, content_hash=content_hash, warnings=warnings)


def add_version(
    *,
    actor_id: UUID,
    element_id: UUID,
    body: Body,
    contributors: tuple[Contribution, ...] = (),
    key: str,
    facts: Callable[[int, str], Sequence[Event]] = lambda number, content_hash: (),
) -> Made:
    """Put a new version of an element in place of the one before; the old one stays readable.

    facts : further events about the new version (its number, content hash), written after the edit

    Raises
    ------
    NotYoursError
        If the actor did not make the element.
    WrongKindError
        If these bytes cannot be an element of its kind.
    NothingChangedError
        If not one byte differs.
    """
    with sweeping.kept_or_swept() as hashes, transaction.atomic():
        element = _owned(element_id, actor_id)
        _kind(element.kind, body.examined)
        _check_contributors(contributors)
        before = Version.objects.filter(element=element).latest("number")
        locks.hold_store_shared()
        content_hash = _put(body, hashes)
        if content_hash == before.content_hash:
            raise NothingChangedError
        credited = contributors or tuple(
            Contribution(party_id=c.party_id, role=c.role) for c in before.contributors.all()
        )
        version = _add_rows(element, before.number + 1, body, content_hash, credited, hashes)
        edited = ElementEdited(
            element_id=element.id,
            version=version.number,
            content_hash=content_hash,
            previous_hash=before.content_hash,
            contributors=credited,
        )
        opened, warnings = claims.of(
            element, version, body.examined, {edge.parent_id for edge in ledger.parents_of(element.id)}
        )
        append(edited, *facts(version.number, content_hash), *opened, actor_id=actor_id, key=f"{key}:edited")
    return Made(
        element_id=element.id,
        version_id=version.id,
        number=version.number,
        content_hash=content_hash,
        warnings=warnings,
    )


def describe_anew(
    *, actor_id: UUID, element_id: UUID, title: str, tags: Sequence[str] = (), description: str = ""
) -> None:
    """Change an element's words. They are no facts and do not enter the ledger."""
    words = Wishes.from_json({"title": title, "tags": list(tags), "description": description})
    with transaction.atomic():
        element = _owned(element_id, actor_id)
        element.title = words.title or element.title
        element.tags = list(words.tags)
        element.description = words.description
        element.save(update_fields=["title", "tags", "description"])


def check_owner(*, actor_id: UUID, element_id: UUID) -> None:
    """Refuse whoever did not make the element."""
    if not Element.objects.filter(id=element_id, creator_id=actor_id).exists():
        raise NotYoursError


def _owned(element_id: UUID, actor_id: UUID) -> Element:
    try:
        element = Element.objects.select_for_update().get(id=element_id)
    except Element.DoesNotExist as error:
        raise UnknownElementError from error
    if element.creator_id != actor_id:
        raise NotYoursError
    return element


def _kind(wished: str | None, examined: Examined) -> str:
    """The wished kind, if these bytes can be of it; else the likeliest."""
    if wished is None:
        return examined.element_kinds[0]
    if wished not in examined.element_kinds:
        words = MEDIA[examined.media].words
        raise WrongKindError(
            f"A {words} file can be: {', '.join(examined.element_kinds)}. It cannot be a {wished} element."
        )
    return wished


def _made_before(element_id: UUID) -> Made | None:
    version = Version.objects.filter(element_id=element_id, number=1).first()
    if version is None:
        return None
    return Made(element_id=element_id, version_id=version.id, number=1, content_hash=version.content_hash)


def _check_contributors(contributors: Collection[Contribution]) -> None:
    party_ids = {contribution.party_id for contribution in contributors}
    if len(ledger.parties(party_ids)) != len(party_ids):
        raise NotAnElementError("One of the contributors is not known here. Invite them first.")


def _check_parents(actor_id: UUID, wishes: Wishes) -> None:
    for parent in wishes.parents:
        check_may_derive(actor_id, parent.element_id)


def check_may_derive(actor_id: UUID, element_id: UUID) -> ledger.DerivationRight:
    """The party's first right to build on an element, as the ledger will ask for it when it is recorded.

    Raises
    ------
    UnknownElementError
        If there is no such element.
    NoLicenceError
        If the party neither owns it nor holds a licence that allows deriving now; the message says what is missing.
    """
    element = Element.objects.filter(id=element_id).first()
    if element is None:
        raise UnknownElementError("One of the parents is not known.")
    found = ledger.rights_to_derive(party_id=actor_id, element_id=element_id, at=clock.now())
    if found.refusal:
        raise NoLicenceError(_MISSING[found.refusal].format(title=element.title))
    return found.rights[0]


_MISSING = {
    "none": "You need a licence to build on “{title}”. Its page offers those that allow it.",
    "use": "No licence that you hold for “{title}” allows building on it. The remix licence does: see its page.",
    "expired": "The time in which your licence let you build on “{title}” is over. Its page offers a new one.",
}


def _put(body: Body, hashes: list[str]) -> str:
    content_hash = content.put(body.data)
    hashes.append(content_hash)
    return content_hash


def _add_rows(
    element: Element,
    number: int,
    body: Body,
    content_hash: str,
    contributors: tuple[Contribution, ...],
    hashes: list[str],
) -> Version:
    version = Version.objects.create(
        element=element,
        number=number,
        content_hash=content_hash,
        media_type=body.media_type,
        size_bytes=len(body.data),
        description=body.examined.facts,
    )
    VersionContributor.objects.bulk_create(
        VersionContributor(version=version, party_id=c.party_id, role=c.role) for c in contributors
    )
    if body.examined.fingerprint:
        Fingerprint.objects.create(
            version=version, kind=body.examined.fingerprint_kind, hashes=list(body.examined.fingerprint)
        )
    if body.examined.sound:
        SoundPrint.objects.create(version=version, model=body.examined.sound_model, vector=body.examined.sound)
    motifs.keep(version, body.examined)
    hashes.extend(pictures.keep_drawn(version, body.examined))
    outbox.put(task="production.make_previews", payload={"version_id": str(version.id)})
    return version
