"""A process's parameters as fields of a form: made from what the process declares, read back from what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from production import selectors as production


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One parameter with its present value; `options` are (value, words, hint)."""

    parameter: Any
    value: Any
    options: tuple[tuple[str, str, str], ...] = ()

    @property
    def name(self) -> str:
        """Of the input."""
        return str(self.parameter.name)

    @property
    def id(self) -> str:
        """Of the input, for its label."""
        return f"set-{self.name}"

    @property
    def region(self) -> tuple[str, str]:
        """Start and end of a region, empty where there is none."""
        return (f"{self.value[0]:g}", f"{self.value[1]:g}") if self.value else ("", "")


def fields_of(process: Any, values: Mapping[str, Any], *, party_id: UUID) -> list[Field]:
    """Every parameter with a field; `values` are those to begin with, where they differ from the defaults."""
    return [
        Field(
            parameter=one,
            value=values.get(one.name, one.default),
            options=_options(one, party_id),
        )
        for one in process.parameters
        if one.kind != "version"
    ]


def _options(parameter: Any, party_id: UUID) -> tuple[tuple[str, str, str], ...]:
    if parameter.kind == "element":
        return tuple((str(key), title, "") for key, title in production.usable_elements(parameter, party_id))
    return tuple((one.value, one.words, one.hint) for one in parameter.choices)


def sent(process: Any, post: Mapping[str, str]) -> dict[str, Any]:
    """The parameters in a form that was sent; production checks them."""
    found: dict[str, Any] = {}
    for one in process.parameters:
        if one.kind == "region":
            start, end = post.get(f"{one.name}_start", ""), post.get(f"{one.name}_end", "")
            if start and end:
                found[one.name] = [start, end]
        elif one.kind == "toggle":
            found[one.name] = one.name in post
        elif one.name in post:
            found[one.name] = post[one.name]
    return found
