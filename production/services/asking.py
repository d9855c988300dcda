"""What is asked of a capability: checked before anything is promised, and the same in forms, jobs and the ledger."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

from ledger.domain.events import Role
from production import limits
from production.errors import BadParameterError, NotAnElementError, UnknownProcessError

if TYPE_CHECKING:
    from engine.recommend.audio_capability import AudioCapability
    from engine.recommend.capability import Capability

SEED_MAX = 2**53 - 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    seed : 0..2**53 - 1; count : how many proposals, 1..8; values : what is said of the capability's knobs
    given : a progression as text ("C | Am | F | G"), where nothing is taken from an element
    sounds, references : elements that a capability of sound works on, and those it is to come near to
    """

    capability: str
    seed: int = 1
    count: int = 3
    values: Mapping[str, int | str] = dataclasses.field(default_factory=dict)
    given: str = ""
    sounds: tuple[UUID, ...] = ()
    references: tuple[UUID, ...] = ()

    def call(self) -> dict[str, Any]:
        """Arguments of the work in the confined process."""
        return {
            "capability": self.capability,
            "seed": self.seed,
            "count": self.count,
            "values": dict(self.values),
        }

    def parameters(self) -> dict[str, Any]:
        """For the ledger, which has the seed in a place of its own."""
        said = {"capability": self.capability, "count": self.count, "values": dict(self.values)}
        return said | ({"given": self.given} if self.given else {})

    def as_arguments(self) -> dict[str, Any]:
        """A job's arguments."""
        named = {"sounds": self.sounds, "references": self.references}
        elements = {name: [str(one) for one in ids] for name, ids in named.items() if ids}
        return {**self.parameters(), **elements, "seed": self.seed}

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> Asked:
        """The inverse; a job of the time before there were capabilities asked for chorales."""
        if "capability" not in arguments:
            return cls(capability="chorale", seed=int(arguments["seed"]), count=int(arguments["variants"]))
        return cls(
            capability=arguments["capability"],
            seed=arguments["seed"],
            count=arguments["count"],
            values=arguments["values"],
            given=arguments.get("given", ""),
            sounds=tuple(UUID(one) for one in arguments.get("sounds", ())),
            references=tuple(UUID(one) for one in arguments.get("references", ())),
        )


def capability(name: str) -> Capability | AudioCapability:
    """What the engine can recommend under this name.

    Raises
    ------
    UnknownProcessError
        If there is nothing.
    """
    from engine.recommend import registry  # late: whoever only serves pages need not load the engine

    if name not in registry.MODULES:
        raise UnknownProcessError("There is no such recommendation here.")
    return registry.capability(name)


def is_of_sound(name: str) -> bool:
    """Whether a capability works on recordings, not on notes."""
    from engine.recommend import registry

    return name in registry.SOUND


def of_sound(name: str) -> AudioCapability:
    """A capability of sound.

    Raises
    ------
    UnknownProcessError
        If there is none of this name.
    """
    from engine.recommend import registry

    if name not in registry.SOUND:
        raise UnknownProcessError("There is no such recommendation here.")
    return registry.of_sound(name)


_ROLES: dict[str, Role] = {
    "composer": "songwriter",
    "performer": "musician",
    "mastering engineer": "audio_engineer",
    "mixing engineer": "audio_engineer",
}
"""The ledger's words for the engine's, where they differ."""


def role_of(found: Capability | AudioCapability) -> Role:
    """As what the ledger credits whoever keeps a proposal."""
    named = _ROLES.get(found.role, found.role)
    return named if named in get_args(Role) else "arranger"  # type: ignore[return-value]  # one of the ledger's words


def checked(asked: Asked, *, from_element: bool) -> Asked:
    """The same, every knob at a value and the progression in its plain form.

    Raises
    ------
    UnknownProcessError
        If there is no such capability.
    NotAnElementError
        If the seed or the number of proposals is out of range.
    BadParameterError
        If a value does not fit, or the progression cannot be read; the message says what and where.
    """
    from engine.errors import EngineError

    found = capability(asked.capability)
    if not 0 <= asked.seed <= SEED_MAX or not 1 <= asked.count <= limits.GENERATE_VARIANTS_MAX:
        raise NotAnElementError(
            f"A seed is 0 to {SEED_MAX}, and there are 1 to {limits.GENERATE_VARIANTS_MAX} proposals."
        )
    try:
        values = found.read(asked.values)
    except EngineError as error:
        raise BadParameterError(f"{error.message[:1].upper()}{error.message[1:]}.") from error
    if is_of_sound(found.name):
        return dataclasses.replace(asked, values=values, given="")
    return dataclasses.replace(asked, values=values, given="" if from_element else typed(asked.given, found))


def typed(text: str, found: Capability | AudioCapability) -> str:
    """A typed progression in its plain form: chords, bar lines and nothing else.

    Raises
    ------
    BadParameterError
        If the capability takes no chords, or the text is no progression.
    """
    from engine.errors import EngineError
    from engine.io import progression

    if found.takes not in ("notes", "chords"):
        raise BadParameterError("This starts from a melody: choose an element that has one.")
    if not 0 < len(text.strip()) <= limits.GIVEN_CHARACTERS_MAX:
        raise BadParameterError(f"Type a progression of at most {limits.GIVEN_CHARACTERS_MAX} letters: C | Am | F | G.")
    try:
        chords = progression.parse(text).chords
    except EngineError as error:
        raise BadParameterError(f"This progression cannot be read: {error.message}.") from error
    if len(chords) < 2:
        raise BadParameterError("Type two chords or more: C | Am | F | G.")
    bars = (bar.replace(",", " ").split() for bar in re.split(r"[|\n;]+", text))
    return " | ".join(" ".join(words) for words in bars if words)


def digest(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def element_of(arguments: Mapping[str, Any]) -> UUID | None:
    """Which element a job's proposals are made of, if any."""
    return UUID(str(arguments["element_id"])) if arguments.get("element_id") else None
