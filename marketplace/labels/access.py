"""Who sees which label, and who may write what.

Platform staff keep every label's papers. A label's own people see their label only: they keep its catalogue groups,
advances, costs and conditions, for artists it has signed. What takes a share from somebody, or changes how somebody is
paid, is written by platform staff, who have seen the signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from ledger import selectors as ledger
from marketplace.accounts.models import LabelMembership, User
from marketplace.accounts.permissions import may
from marketplace.accounts.selectors import signed_in

STAFF_ONLY = frozenset({"contract", "terms"})
"""Papers that a label's own people read and do not write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label as the person who looks may see it."""

    label_id: UUID
    name: str
    staff: bool
    """Whether the person is of the platform's staff: sees more than the label's own part."""

    def may_write(self, what: str) -> bool:
        """Whether the person may write a paper of this kind."""
        return self.staff or what not in STAFF_ONLY


def is_staff(user: User) -> bool:
    """Whether a person keeps the papers of every label."""
    return may(user, "settlement.prepare")


def labels_for(user: User) -> list[Label]:
    """The labels a person may open, by name."""
    staff = is_staff(user)
    own = LabelMembership.objects.filter(user=user).values_list("label_id", flat=True)
    ids = set(ledger.companies()) if staff else set(own)
    names = ledger.names_of(ids)
    return sorted((Label(label_id=one, name=names[one], staff=staff) for one in ids), key=lambda one: one.name)


def label_or_404(request: HttpRequest, label_id: UUID) -> Label:
    """The label of a page; one that the person has nothing to do with does not exist for them."""
    for one in labels_for(signed_in(request)):
        if one.label_id == label_id:
            return one
    raise Http404


def need_write(label: Label, what: str) -> None:
    """Stop somebody who may read a paper and not write it."""
    if not label.may_write(what):
        raise PermissionDenied(_("The platform’s staff write this, once they have seen it signed."))
