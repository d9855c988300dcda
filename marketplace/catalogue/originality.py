"""What a model made is not sold while it holds a passage of somebody else's that is not declared."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from ledger import selectors as ledger
from marketplace.catalogue.errors import CannotPublishError, UndeclaredError
from marketplace.templatetags.ledgerline import duration
from production import selectors as production


def check_original(element_id: UUID) -> None:
    """Refuse to sell what was generated and copies more than the published threshold; who writes by hand may quote.

    Raises
    ------
    UndeclaredError
        If the passage stands in an element of the catalogue: declared as what this is made from, it may be sold.
    CannotPublishError
        If it stands in music that a model learned from, which nobody here can license.
    """
    if ledger.generation(element_id) is None:
        return
    copies = [one for one in production.likeness(element_id) if one.is_copy]
    if not copies:
        return
    first = next((one for one in copies if one.element_id is None), copies[0])
    said = {
        "notes": first.notes,
        "start": duration(first.start_s),
        "stop": duration(first.stop_s),
        "title": first.name,
    }
    if first.element_id is not None:
        raise UndeclaredError(
            _(
                "%(notes)d notes in a row of it, from %(start)s to %(stop)s, stand in “%(title)s”. Declare that it is "
                "made from it, and its makers share in what this earns; or change these bars at the workbench."
            )
            % said,
            element_id=first.element_id,
        )
    raise CannotPublishError(
        _(
            "%(notes)d notes in a row of it, from %(start)s to %(stop)s, stand in %(title)s, which the model learned "
            "from and nobody here can license. Change these bars at the workbench, or draw another proposal."
        )
        % said
    )
