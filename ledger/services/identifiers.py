"""Which ISRC and ISWC name which element, which ISNI and IPI name which party."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from ledger.domain import events
from ledger.domain.errors import IdentifierError, NotAllowedError, WrongStateError
from ledger.domain.identifiers import ELEMENT_SCHEMES, ElementScheme, normalise, pretty
from ledger.domain.ids import uuid7
from ledger.models import Element, ElementIdentifier, PartyIdentity
from ledger.services import log
from ledger.services.append import append


def identify(*, element_id: UUID, scheme: ElementScheme, text: str, actor_id: UUID) -> str:
    """From now on this identifier names the element; returns its kept form. Said again, nothing happens.

    Raises
    ------
    IdentifierError
        If it is malformed, names another element, or the element has another of its scheme.
    WrongStateError
        If there is no such element.
    """
    if scheme not in ELEMENT_SCHEMES:
        raise IdentifierError(f"{scheme!r} names no elements")
    value = normalise(scheme, text)
    with transaction.atomic():
        log.lock_head()  # nobody may give the same identifier away between looking and writing
        if not Element.objects.filter(element_id=element_id).exists():
            raise WrongStateError(f"there is no element {element_id}")
        named = ElementIdentifier.objects.filter(scheme=scheme, value=value).first()
        if named is not None and named.element_id == element_id:
            return value
        if named is not None:
            raise IdentifierError(f"{scheme.upper()} {pretty(scheme, value)} names another element already")
        if other := ElementIdentifier.objects.filter(scheme=scheme, element_id=element_id).first():
            words = f"this element has the {scheme.upper()} {pretty(scheme, other.value)}: take that away first"
            raise IdentifierError(words)
        fact = events.ElementIdentified(element_id=element_id, scheme=scheme, value=value)
        append(fact, actor_id=actor_id, key=f"identify:{uuid7()}")
    return value


def withdraw(*, element_id: UUID, scheme: ElementScheme, value: str, actor_id: UUID) -> None:
    """The identifier was a mistake and names the element no longer. What was booked by it stays.

    Raises
    ------
    WrongStateError
        If it does not name the element.
    """
    with transaction.atomic():
        log.lock_head()
        if not ElementIdentifier.objects.filter(scheme=scheme, value=value, element_id=element_id).exists():
            raise WrongStateError(f"{scheme.upper()} {value} does not name this element")
        fact = events.ElementIdentifierWithdrawn(element_id=element_id, scheme=scheme, value=value)
        append(fact, actor_id=actor_id, key=f"identify:{uuid7()}")


def identify_party(*, party_id: UUID, isni: str, ipi: str, actor_id: UUID) -> None:
    """The ISNI and the IPI name number of oneself (empty: none). Personal: they can be forgotten, no fact holds them.

    Raises
    ------
    IdentifierError
        If one is malformed, or names another party.
    NotAllowedError
        If it is somebody else.
    """
    if party_id != actor_id:
        raise NotAllowedError("only a party itself says by which numbers it is known")
    values = {scheme: normalise(scheme, text) if text else "" for scheme, text in (("isni", isni), ("ipi", ipi))}
    with transaction.atomic():
        log.lock_head()
        for scheme, value in values.items():
            if value and PartyIdentity.objects.filter(**{scheme: value}).exclude(party_id=party_id).exists():
                raise IdentifierError(f"{scheme.upper()} {pretty(scheme, value)} names somebody else already")
        PartyIdentity.objects.filter(party_id=party_id).update(**values)
