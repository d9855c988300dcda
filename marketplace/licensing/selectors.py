"""Questions about licences: what a certificate says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from ledger import selectors as ledger
from marketplace.catalogue import selectors as catalogue
from marketplace.licensing import terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Everything a licence certificate shows; the holder's name is for the holder and staff alone."""

    licence_id: UUID
    element_id: UUID
    title: str
    row: catalogue.Row | None
    content_hash: str
    licence_kind: str
    licence_name: str
    plain_words: tuple[str, ...]
    terms: terms.Terms
    holder_id: UUID
    holder_name: str
    granted_at: dt.datetime
    position: int
    event_id: UUID
    order_id: UUID | None
    pack_id: UUID | None
    """The pack that it was bought in, if any."""
    revoked_at: dt.datetime | None
    revoked_reason: str
    makers: tuple[tuple[str, str], ...]  # name, roles
    allows: tuple[str, ...]
    building: ledger.DerivationTerms | None
    builds_until: dt.datetime | None


def certificate(licence_id: UUID) -> Certificate | None:
    """The certificate of a licence, or None if there is no such licence."""
    licence = ledger.licence(licence_id)
    if licence is None:
        return None
    row = catalogue.rows_for([licence.element_id]).get(licence.element_id)
    wording = terms.by_hash(licence.terms_hash)
    contributors = ledger.contributors(licence.element_id)
    names = ledger.names_of([licence.holder_id, *(one.party_id for one in contributors)])
    granted = ledger.event_at(licence.position)
    revoked = ledger.event_at(licence.revoked_position) if licence.revoked_position is not None else None
    assert granted is not None, licence
    roles: dict[UUID, list[str]] = {}
    for one in contributors:
        roles.setdefault(one.party_id, []).append(one.role.replace("_", " "))
    return Certificate(
        licence_id=licence.licence_id,
        element_id=licence.element_id,
        title=row.title if row else "",
        row=row,
        content_hash=licence.content_hash,
        licence_kind=licence.licence_kind,
        licence_name=wording.name,
        plain_words=wording.plain_words,
        terms=wording,
        holder_id=licence.holder_id,
        holder_name=names[licence.holder_id],
        granted_at=licence.granted_at,
        position=licence.position,
        event_id=granted.event_id,
        order_id=licence.order_id,
        pack_id=_pack(licence),
        revoked_at=revoked.at if revoked else None,
        revoked_reason=licence.revoked_reason,
        allows=tuple(licence.allows),
        building=_building(licence),
        builds_until=licence.expires_at,
        makers=tuple((names[party], ", ".join(words)) for party, words in roles.items()),
    )


def _pack(licence: ledger.Licence) -> UUID | None:
    order = ledger.order(licence.order_id) if licence.order_id else None
    return next((line.pack_id for line in order.lines if line.line_id == licence.line_id), None) if order else None


def _building(licence: ledger.Licence) -> ledger.DerivationTerms | None:
    """The terms of building on it that the licence was granted on."""
    terms_id = licence.derivation_terms_id
    return ledger.derivation_terms_by_id([terms_id]).get(terms_id) if terms_id else None
