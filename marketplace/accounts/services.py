"""What can be done with accounts. Every account is a party in the ledger from its first moment."""

from __future__ import annotations

import datetime as dt
import hashlib
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import Group
from django.core import signing
from django.db import transaction

from ledger import selectors as ledger
from ledger.gateways import payouts
from ledger.services import parties
from marketplace.accounts.models import LabelMembership, User
from marketplace.accounts.permissions import Role

INVITATION_SALT = "marketplace.accounts.invitation"
INVITATION_LIFE = dt.timedelta(days=31 * settings.ESCROW_MONTHS)
"""Not shorter than escrow waits; whoever comes later asks for a new link by signing up."""


@transaction.atomic
def sign_up(
    *,
    email: str,
    password: str | None,
    display_name: str,
    roles: tuple[Role, ...] = (),
    invited_party: UUID | None = None,
) -> User:
    """Open an account.

    `invited_party` comes from a signed invitation link, which proves that the e-mail is theirs: the account becomes
    that party, and what waited in escrow becomes payable. Without the link an invited address gets no such right.
    """
    register_platform()
    user = User.objects.create_user(email, password, display_name=display_name)
    if invited_party is None:
        parties.register(
            party_id=user.party_id, display_name=display_name, email=email, key=f"party.registered:{user.party_id}"
        )
    else:
        user.party_id = invited_party
        user.save(update_fields=["party_id"])
        parties.rename(invited_party, display_name=display_name, email=email)
        parties.claim(invited_party, key=f"party.claimed:{invited_party}")
    set_roles(user=user, roles=roles)
    return user


def register_platform() -> None:
    """The platform takes part, too: it is a party from before the first account."""
    parties.register(
        party_id=settings.PLATFORM_PARTY_ID,
        display_name="Ledgerline",
        party_kind="platform",
        key="party.registered:platform",
    )


def set_roles(*, user: User, roles: tuple[Role, ...]) -> None:
    """Replace the assignable roles of an account."""
    groups = [Group.objects.get_or_create(name=role.value)[0] for role in roles]
    user.groups.set(groups)
    user.__dict__.pop("_roles", None)


def become_creator(*, user: User) -> None:
    """Anyone who signed in may start to publish; nobody has to ask."""
    group, _ = Group.objects.get_or_create(name=Role.CREATOR.value)
    user.groups.add(group)
    user.__dict__.pop("_roles", None)


def join_label(*, user: User, label_id: UUID) -> None:
    """Make an account part of a label's staff."""
    LabelMembership.objects.get_or_create(user=user, label_id=label_id)


def party_for(*, email: str, invited_by: UUID) -> UUID:
    """The party of an address; one that nobody uses here is invited: a party without an account yet."""
    known = ledger.party_by_email(email)
    if known is not None:
        return known.party_id
    name = email.partition("@")[0][:80]
    key = f"party.invited:{hashlib.sha256(email.casefold().encode()).hexdigest()}"
    return parties.register(display_name=name, email=email, claimed=False, actor_id=invited_by, key=key)


def invitation_token(*, party_id: UUID, email: str) -> str:
    """What an invitation link carries: signed, good for the escrow's published expiry."""
    return signing.dumps({"party": str(party_id), "email": email}, salt=INVITATION_SALT, compress=True)


def read_invitation(token: str) -> tuple[UUID, str]:
    """The party and the e-mail of an invitation; `signing.BadSignature` if it is not ours or too old."""
    data = signing.loads(token, salt=INVITATION_SALT, max_age=INVITATION_LIFE)
    return UUID(data["party"]), data["email"]


@transaction.atomic
def rename(*, user: User, display_name: str) -> None:
    """Change the name that credits show; the ledger holds only the party's id, so nothing there changes."""
    user.display_name = display_name
    user.save(update_fields=["display_name"])
    parties.rename(user.party_id, display_name=display_name, email=user.email)


def onboarding_link(*, user: User) -> str:
    """The processor's page where a payee opens or completes their account; links are used once, so each ask is new."""
    party = ledger.party(user.party_id)
    account_id = party.stripe_account_id if party else ""
    if not account_id:
        account_id = payouts.create_account(party_id=user.party_id, email=user.email)
        parties.connect_payouts(user.party_id, stripe_account_id=account_id, payouts_enabled=False)
    return payouts.onboarding_link(
        account_id=account_id,
        return_url=f"{settings.SITE_URL}/account/payouts/returned/",
        refresh_url=f"{settings.SITE_URL}/account/",
    )


def refresh_payout_account(*, user: User) -> bool:
    """Ask the processor whether transfers can reach this payee, and remember the answer."""
    party = ledger.party(user.party_id)
    if party is None or not party.stripe_account_id:
        return False
    status = payouts.account_status(account_id=party.stripe_account_id)
    parties.connect_payouts(
        user.party_id, stripe_account_id=party.stripe_account_id, payouts_enabled=status.transfers_active
    )
    return status.transfers_active
