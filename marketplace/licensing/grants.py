"""One way to grant a licence: what its text allows, on the derivation terms that the buyer saw."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from ledger import selectors as ledger
from ledger.domain import events
from ledger.services import clock
from marketplace.licensing import terms

DERIVING: frozenset[events.Use] = frozenset({"derive", "sell_derivative"})


def granted(
    *,
    licence_id: UUID,
    element_id: UUID,
    content_hash: str,
    holder_id: UUID,
    licence_kind: str,
    terms_hash: str,
    order_id: UUID | None = None,
    line_id: UUID | None = None,
    derivation_terms_id: UUID | None = None,
) -> events.LicenceGranted:
    """The fact of a grant. `derivation_terms_id` None: the terms in force now."""
    allows = allowed_by(terms_hash)
    on = _terms(element_id, derivation_terms_id) if DERIVING & set(allows) else None
    if on is not None:
        allows = tuple(use for use in allows if use not in DERIVING or use in on.allowed_uses)
    days = on.expires_after_days if on else None
    return events.LicenceGranted(
        licence_id=licence_id,
        element_id=element_id,
        content_hash=content_hash,
        holder_id=holder_id,
        licence_kind=licence_kind,  # type: ignore[arg-type]  # one of the four
        terms_hash=terms_hash,
        order_id=order_id,
        line_id=line_id,
        allows=allows,
        derivation_terms_id=on.terms_id if on else None,
        expires_at=clock.now() + dt.timedelta(days=days) if days is not None else None,
    )


def _terms(element_id: UUID, terms_id: UUID | None) -> ledger.DerivationTerms | None:
    if terms_id is None:
        return ledger.derivation_terms(element_id)
    return ledger.derivation_terms_by_id([terms_id]).get(terms_id)


def allowed_by(terms_hash: str) -> tuple[events.Use, ...]:
    """What the text with this hash permits; nothing beyond its own words for a text that is not ours."""
    try:
        return terms.by_hash(terms_hash).allows
    except KeyError:
        return ()
