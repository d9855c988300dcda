"""Questions about accounts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from ledger import selectors as ledger
from marketplace.accounts.models import LabelMembership, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Whether money can reach a person."""

    party_id: UUID
    connected: bool
    payouts_enabled: bool


def signed_in(request: HttpRequest) -> User:
    """The user of a request that a permission has already let in."""
    assert isinstance(request.user, User)
    return request.user


def invited(email: str) -> UUID | None:
    """The party invited by this address that has no account yet."""
    party = ledger.party_by_email(email)
    return party.party_id if party is not None and not party.claimed else None


def payee(user: User) -> Payee:
    """The payout side of an account."""
    party = ledger.party(user.party_id)
    return Payee(
        party_id=user.party_id,
        connected=bool(party and party.stripe_account_id),
        payouts_enabled=bool(party and party.payouts_enabled),
    )


def works_for(user: User, label_id: UUID) -> bool:
    """Whether this person is one of a label's own people."""
    return LabelMembership.objects.filter(user=user, label_id=label_id).exists()


def labels_of(user: User) -> list[str]:
    """The names of the labels this person works for."""
    ids = LabelMembership.objects.filter(user=user).values_list("label_id", flat=True)
    names = ledger.names_of(ids)
    return sorted(names.values())
