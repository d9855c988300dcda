"""Elements that the site itself writes, as for a demo: looked at and rendered in this process, without a queue.

Only for bytes that come from our own code. What comes from outside goes through `uploads` and `imports`.
"""

from __future__ import annotations

from uuid import UUID

from ledger.domain.events import Contribution
from production.parsing.apart import run_here
from production.parsing.report import Examined
from production.services import elements, previews
from production.services.elements import Body, Made
from production.services.wishes import Wishes


def keep(*, actor_id: UUID, data: bytes, wishes: Wishes, element_id: UUID, key: str) -> Made:
    """Make an element; the same `element_id` again answers what was made the first time.

    Raises
    ------
    RefusedFileError, WrongKindError, NoLicenceError, NotAnElementError
        As an import would.
    """
    body = Body(data=data, examined=Examined.from_json(run_here("examine", data).values))
    return elements.create_element(actor_id=actor_id, wishes=wishes, body=body, element_id=element_id, key=key)


def revise(*, actor_id: UUID, element_id: UUID, data: bytes, contributors: tuple[Contribution, ...], key: str) -> Made:
    """Put a new version in place, made by `contributors`.

    Raises
    ------
    NotYoursError, WrongKindError, NotAnElementError
        As a new version that is uploaded would.
    """
    body = Body(data=data, examined=Examined.from_json(run_here("examine", data).values))
    return elements.add_version(actor_id=actor_id, element_id=element_id, body=body, contributors=contributors, key=key)


def render(version_id: UUID) -> None:
    """Make what is heard of a version now; the worker that comes later finds it done."""
    previews.make(version_id, run=lambda work, data: run_here(work, data))
