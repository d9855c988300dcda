"""What a process is: its name, its parameters as forms and the ledger know them, and what it makes."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias
from uuid import UUID

from ledger.domain.events import Role
from production.errors import BadParameterError

ParameterKind: TypeAlias = Literal["number", "choice", "toggle", "region", "json", "version", "element"]
Makes: TypeAlias = Literal["sound", "draft", "file", "element", "stages", "figures"]
JSON_CHARACTERS_MAX = 60_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a parameter that is picked from a list; `hint` says in one sentence what it does."""

    value: str
    words: str
    hint: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing to set.

    kind : number (a slider), choice, toggle, region (two times in seconds, or none), json (made by a control of its
        own), version (a number of the same element), element (another that the party may use, see `takes`)
    curve : how a slider's way is spread over the range: "linear", or "log" for frequencies and times
    """

    name: str
    words: str
    kind: ParameterKind = "number"
    hint: str = ""
    unit: str = ""
    least: float = 0.0
    most: float = 1.0
    step: float = 0.01
    curve: str = "linear"
    default: Any = None
    choices: tuple[Choice, ...] = ()
    takes: tuple[str, ...] = ()
    media: tuple[str, ...] = ()

    def read(self, value: Any) -> Any:
        """A form's or the ledger's value as the engine takes it; nothing at all is the default.

        Raises
        ------
        BadParameterError
            If it is of another type, outside the range, or none of the choices.
        """
        if value is None or value == "":
            return self.default
        return _READERS[self.kind](self, value)

    def written(self, value: Any) -> Any:
        """For the ledger, which holds no floats: numbers and regions as text, JSON as text."""
        if self.kind == "number":
            return None if value is None else _text(value)
        if self.kind == "region":
            return None if value is None else [_text(one) for one in value]
        if self.kind == "json":
            return None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return value


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Something the engine can do.

    name : dotted and stable: it stands in the ledger
    room : which adapter does it
    takes : kinds of element; media : kinds of file, all if empty
    makes : sound or file (the next version; of what is not one's own, an element derived), element (derived always),
        stages (an element derived, each stage a version of it), draft (notes to review), figures (it only measures)
    has_audition : whether a section can be heard (or, of notes, seen) before it is applied
    stages : names under which the ledger knows what its stages made, where they are not the process's own
    control : what its parameters are set with on the page
    ending, role : what a derived element is called after its source's title, and as what its maker is credited
    """

    name: str
    room: str
    title: str
    words: str
    takes: tuple[str, ...] = ("wave", "sound")
    media: tuple[str, ...] = ("wav", "aiff", "flac", "ogg", "mp3")
    makes: Makes = "sound"
    parameters: tuple[Parameter, ...] = ()
    has_audition: bool = True
    has_residual: bool = False
    stages: tuple[str, ...] = ()
    control: str = "form"
    ending: str = "worked on"
    role: Role = "audio_engineer"

    @property
    def makes_notes(self) -> bool:
        """Whether its audition is notes to see, not sound to compare."""
        return self.makes in ("draft", "stages")

    def read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter, checked; what is not named takes its default.

        Raises
        ------
        BadParameterError
            If a value does not fit, or names no parameter of this process.
        """
        unknown = set(values) - {one.name for one in self.parameters}
        if unknown:
            raise BadParameterError(f"“{min(unknown)}” is nothing that can be set here.")
        return {one.name: one.read(values.get(one.name)) for one in self.parameters}

    def written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Checked parameters as the ledger holds them."""
        return {one.name: one.written(values[one.name]) for one in self.parameters}

    def suits(self, *, kind: str, media: str) -> bool:
        """Whether an element of this kind and file can be worked on."""
        return kind in self.takes and (not self.media or media in self.media)


def _text(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _number(parameter: Parameter, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadParameterError(f"“{parameter.words}” is a number.") from error
    if isinstance(value, bool) or not math.isfinite(number) or not parameter.least <= number <= parameter.most:
        raise BadParameterError(
            f"“{parameter.words}” lies between {parameter.least:g} and {parameter.most:g} {parameter.unit}".strip()
            + "."
        )
    return number


def _choice(parameter: Parameter, value: Any) -> str:
    if value not in {one.value for one in parameter.choices}:
        raise BadParameterError(f"“{parameter.words}” is one of: {', '.join(c.words for c in parameter.choices)}.")
    return str(value)


def _toggle(parameter: Parameter, value: Any) -> bool:
    if value in (True, "true", "on", "1"):
        return True
    if value in (False, "false", "off", "0"):
        return False
    raise BadParameterError(f"“{parameter.words}” is on or off.")


def _region(parameter: Parameter, value: Any) -> tuple[float, float] | None:
    if isinstance(value, str):
        value = [part for part in value.replace(",", " ").split() if part]
    try:
        start_s, end_s = (float(one) for one in value) if value else (0.0, 0.0)
    except (TypeError, ValueError) as error:
        raise BadParameterError(f"“{parameter.words}” is two times in seconds.") from error
    if start_s == end_s == 0.0:
        return None
    if not (math.isfinite(start_s) and math.isfinite(end_s) and 0 <= start_s < end_s):
        raise BadParameterError(f"“{parameter.words}” begins before it ends.")
    return start_s, end_s


def _json(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > JSON_CHARACTERS_MAX:
            raise BadParameterError(f"“{parameter.words}” is longer than one call may be.")
        try:
            value = json.loads(value)
        except ValueError as error:
            raise BadParameterError(f"“{parameter.words}” could not be read.") from error
    return value


def _version(parameter: Parameter, value: Any) -> int:
    number = _number(parameter, value)
    if number != int(number):
        raise BadParameterError(f"“{parameter.words}” is a whole number.")
    return int(number)


def _element(parameter: Parameter, value: Any) -> str:
    try:
        return str(UUID(str(value)))
    except ValueError as error:
        raise BadParameterError(f"“{parameter.words}” is no element.") from error


_READERS = {
    "number": _number,
    "choice": _choice,
    "toggle": _toggle,
    "region": _region,
    "json": _json,
    "version": _version,
    "element": _element,
}
