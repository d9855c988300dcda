"""Who may do what: one table, enforced by `requires`, printed in docs/permissions.md, tested for every URL."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeAlias

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from marketplace.accounts.models import User

P = ParamSpec("P")


class Role(enum.StrEnum):
    """What a person is to the site. Everyone is a visitor; everyone who signed in is a buyer, too."""

    VISITOR = "visitor"
    BUYER = "buyer"
    CREATOR = "creator"
    LABEL_MEMBER = "label_member"
    LABEL_STAFF = "label_staff"
    OPERATOR = "operator"


ASSIGNABLE = (Role.CREATOR, Role.LABEL_MEMBER, Role.LABEL_STAFF, Role.OPERATOR)
"""Roles kept as Django groups; the other two follow from being signed in or not."""

_EVERYONE = frozenset(Role)
_SIGNED_IN = _EVERYONE - {Role.VISITOR}
_CREATORS = frozenset({Role.CREATOR, Role.OPERATOR})
_STAFF = frozenset({Role.LABEL_STAFF, Role.OPERATOR})
_LABELS = _STAFF | {Role.LABEL_MEMBER}

PERMISSIONS: dict[str, tuple[frozenset[Role], str]] = {
    "shop.browse": (_EVERYONE, "Search, listen to previews, read listings, provenance, terms and help pages"),
    "proof.verify": (_EVERYONE, "Read checkpoints and tiles, download receipts, verify a certificate by its link"),
    "account.sign_up": (_EVERYONE, "Open an account, sign in, ask for a new password"),
    "account.manage": (_SIGNED_IN, "Change one's own name, password and payout account"),
    "order.place": (_SIGNED_IN, "Buy licences and subscribe"),
    "order.read": (_SIGNED_IN, "Read one's own orders (staff: every order)"),
    "order.refund": (_STAFF, "Refund an order"),
    "library.read": (_SIGNED_IN, "Download what one holds a standing licence for"),
    "element.upload": (_CREATORS, "Upload elements, see the list of one's own jobs"),
    "element.publish": (_CREATORS, "Set splits, price and licence of one's own elements; withdraw them"),
    "element.generate": (
        _SIGNED_IN,
        "Ask for recommendations from an element one owns or has a licence for; follow and cancel one's own jobs",
    ),
    "element.process": (
        _SIGNED_IN,
        "Work on elements one made, or has a licence to build on: try, apply, transcribe, put versions back",
    ),
    "split.answer": (
        _SIGNED_IN,
        "Accept or refuse a split one is named in; propose others for elements one has a share in",
    ),
    "credit.correct": (
        _SIGNED_IN,
        "Propose corrections of the credits of elements one is of, and answer those that concern oneself",
    ),
    "contribution.answer": (
        _SIGNED_IN,
        "Read what was measured of elements one is named in, contest it, and agree on other figures",
    ),
    "earnings.read": (_SIGNED_IN, "Read one's own earnings and statements (staff: every statement)"),
    "claim.answer": (_SIGNED_IN, "Read claims on elements one made, and state one's view of them"),
    "claim.decide": (_STAFF, "Decide claims"),
    "report.import": (_STAFF, "Import sales reports of others, match and book them, see what waits"),
    "element.identify": (_CREATORS | _STAFF, "Give one's own elements an ISRC and ISWC (staff: every element)"),
    "model.register": (_STAFF, "Say who trained a model, and which share of what it makes is theirs"),
    "settlement.read": (_STAFF, "Read settlement runs, dry runs and the journal"),
    "settlement.prepare": (_STAFF, "Calculate, discard and approve a run"),
    "settlement.release": (_STAFF, "Release a run that another person approved"),
    "label.read": (
        _LABELS,
        "Read one's own label's contracts and runs, keep its groups, advances, costs and conditions "
        "(staff: every label's, and contracts and payees' terms)",
    ),
    "label.members": (frozenset({Role.OPERATOR}), "Open labels and say who works for them"),
    "site.operate": (frozenset({Role.OPERATOR}), "The design catalogue, the status of services, roles of accounts"),
    "mail.read": (_EVERYONE, "Read outgoing mail on a machine of one's own (only while no mail server is set)"),
    "api.status": (_EVERYONE, "Health and version of the site"),
}
"""Permission -> (roles that have it, what it lets them do). Object-level rules ("one's own") are in the services."""


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """The roles of whoever makes a request."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset({Role.VISITOR})
    cached: frozenset[Role] | None = getattr(user, "_roles", None)
    if cached is None:
        names = set(user.groups.values_list("name", flat=True))
        cached = frozenset({Role.BUYER} | {role for role in ASSIGNABLE if role.value in names})
        user._roles = cached  # type: ignore[attr-defined]
    return cached


def may(user: User | AnonymousUser, permission: str) -> bool:
    """Whether any role of `user` has `permission`; an unknown name is a programmer's error."""
    return bool(PERMISSIONS[permission][0] & roles_of(user))


Door: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(permission: str) -> Callable[[Door[P]], Door[P]]:
    """Guard a view: visitors are sent to sign in, others without the permission get 403."""
    assert permission in PERMISSIONS, permission

    def guard(view: Door[P]) -> Door[P]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request.user, permission):
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                raise PermissionDenied(f"This needs the permission “{permission}”.")
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return guard


def markdown_table() -> str:
    """The permission table as docs/permissions.md prints it."""
    head = ["permission", *(role.value.replace("_", " ") for role in Role), "lets them"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, (roles, words) in PERMISSIONS.items():
        marks = ["yes" if role in roles else "" for role in Role]
        lines.append("| " + " | ".join([f"`{name}`", *marks, words]) + " |")
    return "\n".join(lines) + "\n"
