"""What a model or a process made is not sold while it holds something of somebody else's that is not declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from marketplace.catalogue import selectors
from marketplace.catalogue.errors import CannotPublishError, UndeclaredError
from marketplace.templatetags.ledgerline import duration, ppm
from production import selectors as production


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Something known that holds the same, in words. url : its page, empty where it has none that may be seen"""

    how: str
    words: str
    name: str
    url: str
    is_copy: bool


def check_original(element_id: UUID) -> None:
    """Refuse to sell what was generated or processed and copies more than the published threshold.

    What a person wrote or recorded is theirs to answer for: claims watch over that.

    Raises
    ------
    UndeclaredError
        If it stands in an element of the catalogue: declared as what this is made from, it may be sold.
    CannotPublishError
        If it stands in music that a model learned from, which nobody here can license.
    """
    generated = ledger.generation(element_id) is not None
    if not generated and not ledger.processings(element_id):
        return
    # A process works on sound that was there; notes that a person moved are that person's.
    copies = [one for one in production.likeness(element_id) if one.is_copy and (generated or one.how == "sound")]
    if not copies:
        return
    first = next((one for one in copies if one.element_id is None), copies[0])
    said = {"what": _what(asdict(first)), "title": first.name}
    if first.element_id is not None:
        raise UndeclaredError(
            _(
                "%(what)s of it stand in “%(title)s”. Declare that it is made from it, and its makers share in what "
                "this earns; or change it at the workbench."
            )
            % said,
            element_id=first.element_id,
        )
    raise CannotPublishError(
        _(
            "%(what)s of it stand in %(title)s, which the model learned from and nobody here can license. Change these "
            "bars at the workbench, or draw another proposal."
        )
        % said
    )


def is_copied(element_id: UUID) -> bool:
    """Whether it could not be sold as it is."""
    try:
        check_original(element_id)
    except CannotPublishError:
        return True
    return False


def neighbours(found: Iterable[Mapping[str, Any]], party_id: UUID) -> list[Neighbour]:
    """The nearest of each kind, as a page shows them; what is not on sale is named to nobody.

    found : likenesses as JSON values, the nearest first
    """
    said = list(found)
    ids = [UUID(str(one["element_id"])) for one in said if one["element_id"]]
    rows = selectors.rows_for(ids)
    shown = []
    for one in said:
        row = rows.get(UUID(str(one["element_id"]))) if one["element_id"] else None
        seen = row is not None and (row.price_minor is not None or row.seller_id == party_id)
        name = one["name"] if seen or not one["element_id"] else _("an element that is not on sale")
        shown.append(
            Neighbour(
                how=one.get("how", "melody"),
                words=_what(one),
                name=name,
                url=row.url if row is not None and seen else "",
                is_copy=bool(one["is_copy"]),
            )
        )
    return shown


def neighbours_of(element_id: UUID, party_id: UUID) -> list[Neighbour]:
    """The nearest to an element, for its maker."""
    return neighbours((asdict(one) for one in production.likeness(element_id)), party_id)


def _what(one: Mapping[str, Any]) -> str:
    """What agrees, in words that begin a sentence."""
    how = one.get("how", "melody")
    if how == "sound":
        return _("%(share)s of its sound") % {"share": ppm(round(one["alike_ppm"], -4))}
    if how == "chords":
        return _("%(count)d chords in a row, from bar %(bar)d,") % {"count": one["notes"], "bar": one["bar"]}
    if how == "rhythm":
        return _("The rhythm of %(count)d notes in a row") % {"count": one["notes"]}
    return _("%(count)d notes in a row, from %(start)s to %(stop)s,") % {
        "count": one["notes"],
        "start": duration(one["start_s"]),
        "stop": duration(one["stop_s"]),
    }
