"""What can be recommended, in words for pages: one list, made from what the engine declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from production.errors import BadParameterError, UnknownProcessError
from production.processes.base import Choice, Parameter
from production.services import asking, sounds

if TYPE_CHECKING:
    from engine.recommend.capability import Declared, Knob

_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "melody": ("melody", "midi"),
    "notes": ("midi", "melody", "progression"),
    "chords": ("progression", "midi", "melody"),
    "sound": sounds.KINDS,
    "stems": sounds.KINDS,
}
_MILLI: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityView:
    """A capability as its page shows it.

    kinds : of elements it can start from; types : whether a progression can be typed instead
    sounds_max, references_max : how many recordings it takes, and how many to come near to; 0 where it takes notes
    """

    name: str
    title: str
    words: str
    model: str
    takes: str
    kinds: tuple[str, ...]
    types: bool
    parameters: tuple[Parameter, ...]
    sounds_max: int = 0
    references_max: int = 0

    @property
    def is_of_sound(self) -> bool:
        """Whether it works on recordings."""
        return self.sounds_max > 0

    @property
    def media(self) -> tuple[str, ...]:
        """Kinds of file it can start from; all if empty."""
        return sounds.MEDIA if self.is_of_sound else ()


def capabilities() -> list[CapabilityView]:
    """Everything that can be asked for, by name."""
    from engine.recommend import registry

    return [capability(name) for name in registry.names()]


def capability(name: str) -> CapabilityView:
    """One of them.

    Raises
    ------
    UnknownProcessError
        If there is none.
    """
    found = asking.capability(name)
    return CapabilityView(
        name=found.name,
        title=found.title,
        words=found.words,
        model=found.model,
        takes=found.takes,
        kinds=_KINDS[found.takes],
        types=found.takes in ("notes", "chords"),
        parameters=tuple(_parameter(knob) for knob in found.knobs),
        sounds_max=getattr(found, "sounds_max", 0),
        references_max=getattr(found, "references_max", 0),
    )


def capabilities_for(kind: str) -> list[CapabilityView]:
    """What can be made of an element of this kind."""
    return [one for one in capabilities() if kind in one.kinds]


def ending(name: str) -> str:
    """What follows the source's title in the name of what is kept; plain words where the capability is gone."""
    try:
        return asking.capability(name).ending
    except UnknownProcessError:
        return "recommended"


def values_of(name: str, sent: Mapping[str, Any]) -> dict[str, int | str]:
    """What a form says of a capability's knobs, as the ledger holds it; what it leaves out stands at its default.

    Raises
    ------
    BadParameterError
        If something that was set does not fit.
    """
    found = asking.capability(name)
    said = {knob.name: _read(knob, sent[knob.name]) for knob in found.knobs if sent.get(knob.name) not in (None, "")}
    return _checked(found, said)


def shown(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The ledger's values as a form shows them."""
    knobs = {knob.name: knob for knob in asking.capability(name).knobs}
    return {key: _shown(knobs[key], value) for key, value in values.items() if key in knobs}


def _checked(found: Declared, said: dict[str, int | str]) -> dict[str, int | str]:
    from engine.errors import EngineError

    try:
        return found.read(said)
    except EngineError as error:
        raise BadParameterError(f"{error.message[:1].upper()}{error.message[1:]}.") from error


def _parameter(knob: Knob) -> Parameter:
    scale = _MILLI if knob.milli else 1
    return Parameter(
        name=knob.name,
        words=knob.words,
        kind="choice" if knob.choices else "number",
        hint=knob.hint,
        unit=knob.unit,
        least=_shown(knob, knob.least) if not knob.choices else 0,
        most=_shown(knob, knob.most) if not knob.choices else 0,
        step=knob.step / scale if knob.milli else knob.step,
        default=_shown(knob, knob.default),
        choices=tuple(Choice(value=value, words=words) for value, words in knob.choices),
    )


def _shown(knob: Knob, value: Any) -> Any:
    return value / _MILLI if knob.milli and not knob.choices else value


def _read(knob: Knob, value: Any) -> int | str:
    """A form's text, or the API's number, as a whole number or a name."""
    if knob.choices:
        return str(value)
    try:
        number = float(value) * (_MILLI if knob.milli else 1)
    except (TypeError, ValueError) as error:
        raise BadParameterError(f"“{knob.words}” is a number.") from error
    if number != number or abs(number) > 1e15 or abs(number - round(number)) > 1e-6:
        raise BadParameterError(f"“{knob.words}” is a whole number" + (" of thousandths." if knob.milli else "."))
    return round(number)
