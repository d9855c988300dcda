"""The permission table is what the documents say and what every address of the site does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from marketplace.accounts.models import User
from marketplace.accounts.permissions import PERMISSIONS, Role, markdown_table
from marketplace.config.production_doors import PERMISSION_OF
from production import urls as production_urls
from tests.helpers.shop import Shop

ROOT = Path(__file__).resolve().parents[3]

OPEN_TO_ALL = {
    "healthz": "a machine asks whether the site lives; it tells nothing else",
    "stripe_webhook": "the processor has no account: its signature over the raw body is checked instead",
    "ledger:checkpoint": "whoever keeps a receipt checks the log without us",
    "ledger:tile": "as above",
    "ledger:consistency": "as above",
    "ledger:key": "as above",
    "ledger:verifier": "as above",
}

NOBODY = UUID(int=1)
SAMPLES: dict[str, Any] = {"UUIDConverter": NOBODY, "IntConverter": 0}
TOLD_ELSEWHERE = {
    ("connect_payouts", "post"): "calls the processor",
    ("become_creator", "post"): "gives the role that the rest of the walk would then be made with",
    ("production:download", "get"): "the link itself is the permission, and a made-up one is refused",
    ("production:proposal", "get"): "as above",
    ("production:audition-sound", "get"): "as above",
}


def every_address(resolver: Any = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in (resolver or get_resolver("marketplace.config.urls")).url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from every_address(one, inner)
        else:
            yield f"{namespace}{one.name}", one


ADDRESSES = dict(every_address())
GUARDED = sorted(name for name in ADDRESSES if name not in OPEN_TO_ALL)


def url_of(name: str) -> str:
    converters = ADDRESSES[name].pattern.converters
    return reverse(name, kwargs={field: SAMPLES.get(type(one).__name__, "x") for field, one in converters.items()})


def permission_of(name: str) -> str:
    permission: str = ADDRESSES[name].callback.permission
    return permission


@pytest.fixture
def people(shop: Shop) -> dict[Role, User | None]:
    return {
        Role.VISITOR: None,
        Role.BUYER: shop.person("Bea"),
        Role.CREATOR: shop.person("Cem", Role.CREATOR),
        Role.LABEL_MEMBER: shop.person("Mel", Role.LABEL_MEMBER),
        Role.LABEL_STAFF: shop.person("Lea", Role.LABEL_STAFF),
        Role.OPERATOR: shop.person("Oto", Role.OPERATOR),
    }


def test_the_document_prints_the_table_that_is_enforced() -> None:
    text = (ROOT / "docs" / "permissions.md").read_text()

    assert text.endswith(markdown_table()), "print markdown_table() of marketplace.accounts.permissions into it again"


def test_every_address_is_guarded_or_has_a_reason_to_be_open() -> None:
    bare = [
        name
        for name, pattern in ADDRESSES.items()
        if name not in OPEN_TO_ALL and getattr(pattern.callback, "permission", None) not in PERMISSIONS
    ]

    assert len(ADDRESSES) > 60
    assert bare == []
    assert OPEN_TO_ALL.keys() <= ADDRESSES.keys(), "an exception for an address that is gone"


def test_every_permission_guards_something() -> None:
    used = {permission_of(name) for name in GUARDED}

    assert PERMISSIONS.keys() - used == {"api.status"}, "the one behind healthz has no view of its own"


def test_every_door_of_production_was_thought_about() -> None:
    assert PERMISSION_OF.keys() == {pattern.name for pattern in production_urls.urlpatterns}


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_each_role_enters_where_the_table_lets_it_and_nowhere_else(
    people: dict[Role, User | None], shop: Shop, role: Role
) -> None:
    held = {role} if role is Role.VISITOR else {role, Role.BUYER}
    wrong, tried = [], 0
    for name in GUARDED:
        client = shop.client(people[role])  # anew: one of the doors signs out
        allowed = bool(PERMISSIONS[permission_of(name)][0] & held)
        for method in ("get", "post"):
            if allowed and (name, method) in TOLD_ELSEWHERE:
                continue
            answer = getattr(client, method)(url_of(name))
            if answer.status_code == 405:
                continue  # a door for the other method
            tried += 1
            if was_sent_away(answer) == allowed:
                wrong.append((name, method, answer.status_code))

    assert wrong == []
    assert tried >= len(GUARDED)


def was_sent_away(answer: Any) -> bool:
    """Closed by the table: to the sign-in page, or refused. (404 and 422 come from behind an open door.)"""
    if answer.status_code == 302:
        return bool(answer.headers["Location"].startswith("/sign-in/?next="))
    return answer.status_code in (401, 403)
