"""Putting a ready sample into the stores as its maker's element, at the time the story says."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from ledger.domain.events import Parent
from production.models import Element, Rendition, Version
from production.samples.making import Ready
from production.services import elements, previews
from production.services.elements import Body, Made
from production.services.wishes import Wishes


@transaction.atomic
def keep(
    *, ready: Ready, maker_id: UUID, title: str, kind: str, tags: tuple[str, ...], description: str,
    parents: tuple[Parent, ...], element_id: UUID, at: dt.datetime,
) -> Made:  # fmt: skip
    """Create the element with its preview; the rows are dated `at`, the events by the ledger's clock.

    Raises
    ------
    NoLicenceError, NotAnElementError
        As `elements.create_element`.
    """
    wishes = Wishes(title=title, kind=kind, tags=tags, description=description, parents=parents)
    body = Body(data=ready.data, examined=ready.examined)
    made = elements.create_element(
        actor_id=maker_id, wishes=wishes, body=body, element_id=element_id, key=f"demo:element:{element_id}"
    )
    previews.keep(Version.objects.get(id=made.version_id), ready.rendered)
    Element.objects.filter(id=element_id).update(created_at=at)
    Version.objects.filter(element_id=element_id).update(created_at=at)
    Rendition.objects.filter(version_id=made.version_id).update(created_at=at)
    return made
