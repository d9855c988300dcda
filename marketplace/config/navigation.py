"""Where the site's menus lead: one list, read by the masthead and by the command palette."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.accounts.permissions import may


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page that a menu can name; only those with `permission` see it."""

    label: str | Promise
    path: str
    permission: str = "shop.browse"
    masthead: bool = True


PLACES = (
    Place(label=_("Browse"), path="/"),
    Place(label=_("Packs"), path="/packs/", masthead=False),
    Place(label=_("Plans"), path="/plans/", masthead=False),
    Place(label=_("Credits"), path="/credits/", masthead=False),
    Place(label=_("My packs"), path="/packs/mine/", permission="element.publish", masthead=False),
    Place(label=_("Library"), path="/library/", permission="library.read"),
    Place(label=_("Upload"), path="/upload/", permission="element.upload"),
    Place(label=_("Create"), path="/create/", permission="element.generate"),
    Place(label=_("My elements"), path="/elements/", permission="element.upload"),
    Place(label=_("Earnings"), path="/earnings/", permission="earnings.read"),
    Place(label=_("Settlements"), path="/settlements/", permission="settlement.read"),
    Place(label=_("Labels"), path="/label/", permission="label.read"),
    Place(label=_("Sales reports"), path="/reports/", permission="report.import"),
    Place(label=_("Claims"), path="/claims/", permission="claim.decide"),
    Place(label=_("Contested figures"), path="/contests/", permission="claim.decide", masthead=False),
    Place(label=_("Claims and holds on my work"), path="/claims/mine/", permission="claim.answer", masthead=False),
    Place(label=_("Notes and chords"), path="/tuner/"),
    Place(label=_("How it works"), path="/how-it-works/"),
    Place(label=_("Search"), path="/search/", masthead=False),
    Place(label=_("Search by notes"), path="/search/notes/", masthead=False),
    Place(label=_("Cart"), path="/cart/", permission="order.place", masthead=False),
    Place(label=_("Orders"), path="/orders/", permission="order.read", masthead=False),
    Place(label=_("Jobs"), path="/jobs/", permission="element.upload", masthead=False),
    Place(label=_("Verify a certificate"), path="/verify/", masthead=False),
    Place(label=_("Where a file comes from"), path="/credentials/", masthead=False),
    Place(label=_("Money that waits"), path="/reports/waiting/", permission="report.import", masthead=False),
    Place(label=_("ISNI and IPI"), path="/account/identifiers/", permission="account.manage", masthead=False),
    Place(label=_("Figures"), path="/earnings/figures/", permission="earnings.read", masthead=False),
    Place(label=_("Paid out, by year"), path="/earnings/years/", permission="earnings.read", masthead=False),
    Place(
        label=_("Subscriptions, two ways"),
        path="/settlements/subscriptions/",
        permission="settlement.read",
        masthead=False,
    ),
    Place(label=_("Rates of exchange"), path="/settlements/rates/", permission="settlement.prepare", masthead=False),
    Place(label=_("Account"), path="/account/", permission="account.manage", masthead=False),
    Place(label=_("Outgoing mail"), path="/mail/", permission="site.operate", masthead=False),
    Place(label=_("People of labels"), path="/label/members/", permission="label.members", masthead=False),
    Place(label=_("Models"), path="/models/", masthead=False),
    Place(label=_("Status"), path="/status/", permission="site.operate", masthead=False),
    Place(label=_("Design catalogue"), path="/design/", permission="site.operate", masthead=False),
)


@cache
def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def places_for(user: User | AnonymousUser) -> list[Place]:
    """The pages this person may open, in menu order."""
    return [place for place in PLACES if _exists(place.path) and may(user, place.permission)]


def current_path(path: str, places: list[Place]) -> str:
    """The path of the place that `path` lies in: the longest that begins it; the home page only when it is meant."""
    within = [place.path for place in places if place.path != "/" and path.startswith(place.path)]
    return max(within, key=len, default="/" if path == "/" else "")
