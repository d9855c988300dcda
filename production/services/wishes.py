"""What an uploader says of an element to be: checked before any work starts."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any
from uuid import UUID

from ledger.domain.events import Contribution, Parent, Role
from production import limits
from production.errors import NotAnElementError, WrongKindError
from production.models import ElementKind

ROLES: frozenset[str] = frozenset(typing.get_args(Role)) - {"model"}
"""As what people are credited."""
WHOLE_PPM = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Words, contributors and parents; `element_id` is set where a new version of an element is uploaded."""

    title: str = ""
    kind: str | None = None
    tags: tuple[str, ...] = ()
    description: str = ""
    contributors: tuple[Contribution, ...] = ()
    parents: tuple[Parent, ...] = ()
    element_id: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse what no element may be."""
        _check_words(self)
        _check_parties(self)

    def titled(self, title: str) -> Wishes:
        """The same with `title`, where none was given."""
        return self if self.title else dataclasses.replace(self, title=title)

    def as_json(self) -> dict[str, Any]:
        """JSON values, for the row that waits."""
        return {
            "title": self.title,
            "kind": self.kind,
            "tags": list(self.tags),
            "description": self.description,
            "contributors": [{"party_id": str(c.party_id), "role": c.role} for c in self.contributors],
            "parents": [{"element_id": str(p.element_id), "upstream_ppm": p.upstream_ppm} for p in self.parents],
            "element_id": str(self.element_id) if self.element_id else None,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Wishes:
        """The inverse of `as_json`; also what the API takes.

        Raises
        ------
        NotAnElementError, WrongKindError
            If anything is missing, too long, unknown or of another type.
        """
        try:
            return cls(
                title=str(values.get("title") or "").strip(),
                kind=values.get("kind") or None,
                tags=_tags(values.get("tags") or ()),
                description=str(values.get("description") or "").strip(),
                contributors=tuple(
                    Contribution(party_id=UUID(str(c["party_id"])), role=c["role"])
                    for c in values.get("contributors") or ()
                ),
                parents=tuple(
                    Parent(element_id=UUID(str(p["element_id"])), upstream_ppm=_ppm(p["upstream_ppm"]))
                    for p in values.get("parents") or ()
                ),
                element_id=UUID(str(values["element_id"])) if values.get("element_id") else None,
            )
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise NotAnElementError("Something about this element is missing or of the wrong type.") from error


def _tags(values: Any) -> tuple[str, ...]:
    """Lower case, one blank between words, each once, in the order given."""
    if isinstance(values, str):
        values = values.split(",")
    words = (" ".join(str(value).lower().split()) for value in values)
    return tuple(dict.fromkeys(word for word in words if word))


def _ppm(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("upstream_ppm is a whole number")
    return value


def _check_words(wishes: Wishes) -> None:
    if wishes.kind is not None and wishes.kind not in ElementKind.values:
        raise WrongKindError(f"There is no kind of element called {wishes.kind!r}.")
    if len(wishes.title) > limits.TITLE_CHARACTERS_MAX:
        raise NotAnElementError(f"A title may have {limits.TITLE_CHARACTERS_MAX} characters.")
    if len(wishes.description) > limits.DESCRIPTION_CHARACTERS_MAX:
        raise NotAnElementError(f"A description may have {limits.DESCRIPTION_CHARACTERS_MAX} characters.")
    if len(wishes.tags) > limits.TAGS_MAX or any(len(tag) > limits.TAG_CHARACTERS_MAX for tag in wishes.tags):
        raise NotAnElementError(
            f"An element may have {limits.TAGS_MAX} tags of {limits.TAG_CHARACTERS_MAX} characters each."
        )
    if "\x00" in wishes.title + wishes.description + "".join(wishes.tags):
        raise NotAnElementError("Titles, tags and descriptions are plain text.")


def _check_parties(wishes: Wishes) -> None:
    if len(wishes.contributors) > limits.CONTRIBUTORS_MAX or len(wishes.parents) > limits.PARENTS_MAX:
        raise NotAnElementError("An element may have 64 contributors and 64 parents.")
    if any(contribution.role not in ROLES for contribution in wishes.contributors):
        raise NotAnElementError(f"A role is one of: {', '.join(sorted(ROLES))}.")
    if len(set(wishes.contributors)) != len(wishes.contributors):
        raise NotAnElementError("A contributor is named twice in the same role.")
    if any(not 0 < parent.upstream_ppm <= WHOLE_PPM for parent in wishes.parents):
        raise NotAnElementError("A parent's share is more than nothing and at most the whole.")
    if sum(parent.upstream_ppm for parent in wishes.parents) > WHOLE_PPM:
        raise NotAnElementError("The shares of all parents together pass the whole.")
    if len({parent.element_id for parent in wishes.parents}) != len(wishes.parents):
        raise NotAnElementError("A parent is named twice.")
