"""What is asked of a capability as a form shows it: where to start from, its knobs, a seed and how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.workbench.fields import Field, fields_of
from production import selectors as production
from production.errors import BadParameterError
from production.processes.base import Parameter
from production.services.asking import SEED_MAX, Asked

COUNT_DEFAULT = 3
COUNT_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A request that is about to be made.

    sources : (id, title) of what it can start from
    """

    fields: tuple[Field, ...]
    sources: tuple[tuple[UUID, str], ...]
    element_id: UUID | None
    given: str
    seed: int
    count: int

    @property
    def counts(self) -> tuple[int, ...]:
        """How many can be asked for."""
        return tuple(range(1, COUNT_MAX + 1))


def form_of(capability: production.CapabilityView, asked: Asked, *, element_id: UUID | None, party_id: UUID) -> Form:
    """The form with what was asked before, or with the defaults."""
    taken = Parameter(name="element", words="", kind="element", takes=capability.kinds)
    return Form(
        fields=tuple(fields_of(capability, production.shown(capability.name, asked.values), party_id=party_id)),
        sources=tuple(production.usable_elements(taken, party_id)),
        element_id=element_id,
        given=asked.given,
        seed=asked.seed,
        count=asked.count,
    )


def sent(capability: production.CapabilityView, post: Mapping[str, str]) -> tuple[Asked, UUID | None]:
    """What a form asks for, and of which element.

    Raises
    ------
    BadParameterError
        If something that was set does not fit.
    """
    asked = Asked(
        capability=capability.name,
        seed=min(whole(post.get("more") or post.get("seed", ""), "The seed", 1), SEED_MAX),
        count=whole(post.get("count", ""), "The number of proposals", COUNT_DEFAULT),
        values=production.values_of(capability.name, post),
        given=post.get("given", ""),
    )
    return asked, element_in(post)


def element_in(sent: Mapping[str, str]) -> UUID | None:
    """The element that an address or a form names; none where it is no id."""
    try:
        return UUID(sent["element"]) if sent.get("element") else None
    except ValueError:
        return None


def whole(text: Any, what: str, default: int) -> int:
    """A whole number that was typed; nothing is the default."""
    text = str(text).strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise BadParameterError(f"{what} is a whole number from 0.")
    return int(text)
