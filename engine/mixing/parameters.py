"""What a plugin can be told: the kinds of parameters, and the one place that says no to a wrong value."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Literal, TypeAlias

from engine.errors import OutOfRangeError, UnknownParameterError

Json: TypeAlias = dict[str, Any]
Curve = Literal["linear", "log"]  # how a knob's way is divided: equal steps, or equal ratios
Movement = Literal["none", "step", "sample"]  # held for 32 samples, or a straight line through every sample

AT_S_MAX: Final = 14_400.0
BREAKPOINTS_MAX: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A value on a scale.

    unit : as it is written behind the value; "" for ratios and shares
    movement : whether and how finely it follows automation
    """

    name: str
    title: str
    unit: str = ""
    minimum: float
    maximum: float
    default: float
    curve: Curve = "linear"
    movement: Movement = "none"
    is_whole: bool = False
    text: str = ""

    def as_json(self) -> Json:
        """The property of the published schema."""
        return _described(
            {
                "type": "integer" if self.is_whole else "number",
                "title": self.title,
                "minimum": self.minimum,
                "maximum": self.maximum,
                "default": self.default,
                "unit": self.unit,
                "curve": self.curve,
                "automation": self.movement,
            },
            self.text,
        )

    def check(self, value: Any, where: str) -> float:
        """Return `value`, or refuse it by the plugin's and the parameter's name and its range."""
        fits = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        if not fits or (self.is_whole and value != int(value)):
            kind = "a whole number" if self.is_whole else "a number"
            raise OutOfRangeError(f"{where}: {self.name} is {value!r}; it must be {kind}{self._range()}")
        if not self.minimum <= value <= self.maximum:
            raise OutOfRangeError(f"{where}: {self.name} is {value:g}; it must lie{self._range()}")
        return float(value)

    def _range(self) -> str:
        return f" in {self.minimum:g}..{self.maximum:g}{' ' + self.unit if self.unit else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One word of several."""

    name: str
    title: str
    choices: tuple[str | int, ...]
    default: str | int
    text: str = ""

    def as_json(self) -> Json:
        """The property of the published schema."""
        value = {"title": self.title, "enum": list(self.choices), "default": self.default, "automation": "none"}
        return _described(value, self.text)

    def check(self, value: Any, where: str) -> str | int:
        """Return `value`, or refuse it with the words there are."""
        if isinstance(value, bool) or value not in self.choices:
            words = ", ".join(map(str, self.choices))
            raise OutOfRangeError(f"{where}: {self.name} is {value!r}; it must be one of {words}")
        chosen: str | int = value
        return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """On or off."""

    name: str
    title: str
    default: bool = False
    text: str = ""

    def as_json(self) -> Json:
        """The property of the published schema."""
        value = {"type": "boolean", "title": self.title, "default": self.default, "automation": "none"}
        return _described(value, self.text)

    def check(self, value: Any, where: str) -> bool:
        """Return `value`, or refuse what is neither true nor false."""
        if not isinstance(value, bool):
            raise OutOfRangeError(f"{where}: {self.name} is {value!r}; it must be true or false")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A free name: of a track to listen to, of an impulse response."""

    name: str
    title: str
    default: str
    length_max: int = 120
    text: str = ""

    def as_json(self) -> Json:
        """The property of the published schema."""
        value = {"type": "string", "title": self.title, "maxLength": self.length_max, "default": self.default}
        return _described({**value, "automation": "none"}, self.text)

    def check(self, value: Any, where: str) -> str:
        """Return `value`, or refuse what is no short text."""
        if not isinstance(value, str) or len(value) > self.length_max:
            raise OutOfRangeError(f"{where}: {self.name} must be text of at most {self.length_max} characters")
        return value


Single: TypeAlias = Number | Choice | Switch | Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A list of like entries, as the bands of an equaliser."""

    name: str
    title: str
    entry: str  # name of the entry's definition in the schema
    parameters: tuple[Single, ...]
    required: tuple[str, ...]
    count_max: int
    text: str = ""

    def as_json(self) -> Json:
        """The property of the published schema."""
        value = {"type": "array", "title": self.title, "minItems": 1, "maxItems": self.count_max}
        return _described({**value, "items": {"$ref": f"#/$defs/{self.entry}"}}, self.text)

    def check(self, value: Any, where: str) -> list[Json]:
        """Return the entries with their defaults filled in."""
        if not isinstance(value, list) or not 1 <= len(value) <= self.count_max:
            raise OutOfRangeError(f"{where}: {self.name} must be a list of 1..{self.count_max} entries")
        return [
            filled(row, self.parameters, f"{where}, {self.name}[{index}]", required=self.required)
            for index, row in enumerate(value)
        ]


Parameter: TypeAlias = Single | Rows


def filled(
    given: Any, parameters: tuple[Parameter, ...], where: str, *, required: tuple[str, ...] = (), known: str = ""
) -> Json:
    """Every parameter's value, from `given` or its default, checked; `automation` is kept as it stands.

    known : a further name that may stand in `given` and is dropped

    Raises
    ------
    OutOfRangeError
        If a value breaks its range; the message names plugin, parameter and range.
    UnknownParameterError
        If a name is not known.
    """
    if not isinstance(given, dict):
        raise OutOfRangeError(f"{where}: must be an object with named values")
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names and name not in ("automation", known):
            raise UnknownParameterError(f"{where}: there is no parameter {name!r}; known are {', '.join(names)}")
    for name in required:
        if name not in given:
            raise OutOfRangeError(f"{where}: {name} is missing")
    values: Json = {}
    for parameter in parameters:
        if parameter.name in given:
            values[parameter.name] = parameter.check(given[parameter.name], where)
        elif isinstance(parameter, Rows):
            raise OutOfRangeError(f"{where}: {parameter.name} is missing")
        else:
            values[parameter.name] = parameter.default
    values["automation"] = given.get("automation", {})
    return values


def _described(value: Json, text: str) -> Json:
    return {**value, "description": text} if text else value
