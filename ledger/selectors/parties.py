"""Questions about who takes part. Names come from the one table that can forget."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from uuid import UUID

from ledger import models

__all__ = [
    "Party",
    "companies",
    "names_of",
    "parties",
    "party",
    "party_by_email",
]

FORGOTTEN = "Someone who left"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party with its name of today; `email` is None for one that has none or was forgotten."""

    party_id: UUID
    party_kind: str
    claimed: bool
    display_name: str
    email: str | None
    stripe_account_id: str
    payouts_enabled: bool
    position: int


def party(party_id: UUID) -> Party | None:
    """The party with this id."""
    return next(iter(parties([party_id])), None)


def parties(party_ids: Iterable[UUID]) -> list[Party]:
    """Those of these parties that are known, in order of registration."""
    wanted = list(party_ids)
    identities = models.PartyIdentity.objects.in_bulk(wanted)
    rows = models.Party.objects.filter(party_id__in=wanted).order_by("position")
    return [_of(row, identities.get(row.party_id)) for row in rows]


def companies() -> list[UUID]:
    """Every company, in order of registration: labels are among them."""
    rows = models.Party.objects.filter(party_kind="company").order_by("position")
    return list(rows.values_list("party_id", flat=True))


def party_by_email(email: str) -> Party | None:
    """The party with this address, as of an invitation."""
    identity = models.PartyIdentity.objects.filter(email__iexact=email).first()
    return party(identity.party_id) if identity else None


def names_of(party_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Display names; parties without one are shown as someone who left."""
    wanted = set(party_ids)
    found = dict(models.PartyIdentity.objects.filter(party_id__in=wanted).values_list("party_id", "display_name"))
    return {party_id: found.get(party_id) or FORGOTTEN for party_id in wanted}


def _of(row: models.Party, identity: models.PartyIdentity | None) -> Party:
    return Party(
        party_id=row.party_id,
        party_kind=row.party_kind,
        claimed=row.claimed,
        display_name=(identity.display_name if identity else "") or FORGOTTEN,
        email=identity.email if identity else None,
        stripe_account_id=identity.stripe_account_id if identity else "",
        payouts_enabled=identity.payouts_enabled if identity else False,
        position=row.position,
    )
