"""What is asked of a capability as a form shows it: where to start from, its knobs, a seed and how many."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict

from marketplace.workbench.fields import Field, fields_of
from production import selectors as production
from production.errors import BadParameterError
from production.processes.base import Parameter
from production.services.asking import SEED_MAX, Asked

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COUNT_DEFAULT = 3
COUNT_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A request that is about to be made.

    sources : (id, title) of what it can start from, and what one's own references can be
    sounds, references : those that are chosen, in order; strangers : of the references, those of others, with titles
    """

    fields: tuple[Field, ...]
    sources: tuple[tuple[UUID, str], ...]
    element_id: UUID | None
    sounds: tuple[UUID, ...]
    references: tuple[UUID, ...]
    strangers: tuple[tuple[UUID, str], ...]
    given: str
    seed: int
    count: int

    @property
    def counts(self) -> tuple[int, ...]:
        """How many can be asked for."""
        return tuple(range(1, COUNT_MAX + 1))

    @property
    def strangers_text(self) -> str:
        """The references of others as the field takes them."""
        return "\n".join(str(key) for key, _ in self.strangers)

    @property
    def named_sounds(self) -> list[tuple[UUID, str]]:
        """The chosen recordings with their titles."""
        titles = dict(self.sources)
        return [(key, titles.get(key, str(key))) for key in self.sounds]

    @property
    def named_references(self) -> list[tuple[UUID, str]]:
        """The chosen references with their titles."""
        titles = dict(self.sources) | dict(self.strangers)
        return [(key, titles.get(key, str(key))) for key in self.references]


def form_of(capability: production.CapabilityView, asked: Asked, *, element_id: UUID | None, party_id: UUID) -> Form:
    """The form with what was asked before, or with the defaults."""
    taken = Parameter(name="element", words="", kind="element", takes=capability.kinds, media=capability.media)
    sources = tuple(production.usable_elements(taken, party_id))
    mine = {key for key, _ in sources}
    strangers = production.elements([one for one in asked.references if one not in mine])
    return Form(
        fields=tuple(fields_of(capability, production.shown(capability.name, asked.values), party_id=party_id)),
        sources=sources,
        element_id=element_id,
        sounds=asked.sounds or ((element_id,) if element_id and capability.is_of_sound else ()),
        references=asked.references,
        strangers=tuple((one.id, one.title) for one in strangers),
        given=asked.given,
        seed=asked.seed,
        count=asked.count,
    )


def sent(capability: production.CapabilityView, post: QueryDict) -> tuple[Asked, UUID | None]:
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
        values=production.values_of(capability.name, post.dict()),
        given=post.get("given", ""),
        sounds=ids_in(post.getlist("sounds")) if capability.is_of_sound else (),
        references=ids_in([*post.getlist("references"), post.get("strangers", "")]) if capability.is_of_sound else (),
    )
    return asked, element_in(post.dict())


def ids_in(texts: Iterable[str]) -> tuple[UUID, ...]:
    """The ids in what was sent, or in addresses that were pasted, each once."""
    found = (UUID(one) for text in texts for one in _ID.findall(text.lower()))
    return tuple(dict.fromkeys(found))


def element_in(sent: Mapping[str, str]) -> UUID | None:
    """The element that an address or a form names; none where it is no id."""
    try:
        return UUID(sent["element"]) if sent.get("element") else None
    except ValueError:
        return None


def changed_setting(post: Mapping[str, str], before: Mapping[str, Any]) -> Any:
    """The setting that a form holds: whole, or of a chain its plugins alone, in place of those it was made with."""
    if "plugins" not in post:
        return post.get("setting", "")
    try:
        plugins = json.loads(post["plugins"])
    except ValueError as error:
        raise BadParameterError("The chain could not be read.") from error
    return {**before, "plugins": plugins}


def whole(text: Any, what: str, default: int) -> int:
    """A whole number that was typed; nothing is the default."""
    text = str(text).strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise BadParameterError(f"{what} is a whole number from 0.")
    return int(text)
