"""Who works for which label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from ledger.domain.ids import uuid7
from ledger.services import parties
from marketplace.accounts import services as accounts
from marketplace.accounts.models import LabelMembership, User
from marketplace.accounts.permissions import Role


@transaction.atomic
def add(*, user: User, label_id: UUID) -> None:
    """An account becomes one of a label's own people: it sees the label's part, and nothing else of staff's."""
    accounts.join_label(user=user, label_id=label_id)
    group, _made = Group.objects.get_or_create(name=Role.LABEL_MEMBER.value)
    user.groups.add(group)
    user.__dict__.pop("_roles", None)


@transaction.atomic
def add_from(data: Mapping[str, Any], *, actor_id: UUID) -> str:
    """What the operator's form asks for; returns what is wrong with the address, or nothing."""
    user = User.objects.filter(email__iexact=data["email"]).first()
    if user is None:
        return _("Nobody has an account with this address.")
    if data["label"]:
        label_id = UUID(data["label"])
    else:
        label_id = parties.register(
            display_name=data["new_label"], party_kind="company", key=f"party.registered:label:{uuid7()}",
            actor_id=actor_id,
        )  # fmt: skip
    add(user=user, label_id=label_id)
    return ""


@transaction.atomic
def remove(*, membership_id: int) -> None:
    """Somebody works for a label no more; without any label they are no label's people."""
    found = LabelMembership.objects.filter(pk=membership_id).select_related("user").first()
    if found is None:
        return
    user = found.user
    found.delete()
    if not LabelMembership.objects.filter(user=user).exists():
        user.groups.remove(*Group.objects.filter(name=Role.LABEL_MEMBER.value))


def rows() -> list[dict[str, Any]]:
    """Everybody who works for a label, by label and name."""
    found = list(LabelMembership.objects.select_related("user"))
    names = ledger.names_of(one.label_id for one in found)
    shown = [{"id": one.pk, "label": names[one.label_id], "user": one.user} for one in found]
    return sorted(shown, key=lambda one: (one["label"], one["user"].display_name))
