"""What every recommendation of notes shares: knobs to steer it, proposals to choose from, one way to be called.

A capability is a module with one function, `propose`, and one value, `CAPABILITY`, that declares it. The site, the
command line and the programs that score models find it by its name in `registry`. The same weights, notes, seed and
values give the same proposals: that is what the ledger records of a generated element, and what a replay checks.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, Protocol

from engine.errors import OutOfRangeError
from engine.score import Score

SEED_MAX: Final = (1 << 63) - 1
COUNT_MAX: Final = 8
Value = int | str
Takes = Literal["notes", "melody", "chords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One thing to steer a recommendation by. All are whole numbers or names, since the ledger holds no floats.

    name, words, hint : its name in the ledger, the words beside it, one sentence on what it does
    unit : as in the field ("bars", "bpm", "" for none); `milli` counts thousandths of it
    least, most, step : the range of a number, bounds included
    choices : (name, words) of a choice; empty for a number
    default : what stands where nothing is said
    """

    name: str
    words: str
    hint: str = ""
    unit: str = ""
    milli: bool = False
    least: int = 0
    most: int = 0
    step: int = 1
    choices: tuple[tuple[str, str], ...] = ()
    default: Value = 0

    def read(self, value: Value | None) -> Value:
        """The value to work with, `default` for None.

        Raises
        ------
        OutOfRangeError
            If it is none of the choices, or a number outside the range; the message says what is possible.
        """
        if value is None:
            return self.default
        if self.choices:
            names = [name for name, _ in self.choices]
            if value not in names:
                raise OutOfRangeError(f"{self.name} is {value!r}; it can be {', '.join(names)}")
            return value
        if isinstance(value, str) or not self.least <= value <= self.most:
            raise OutOfRangeError(f"{self.name} is {value!r}; it must lie in {self.least}..{self.most}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One thing to hear, see, edit and keep.

    score : the notes, in the tempo, meter and key of what was given
    chords : (onset in quarter notes, symbol) wherever the chord changes, where the capability knows them
    log_likelihood_milli : 1000 ln P of what was drawn under the model; nearer 0 is likelier
    remarks : plain sentences on what was done and why, for a person
    """

    score: Score
    chords: tuple[tuple[Fraction, str], ...] = ()
    log_likelihood_milli: int = 0
    remarks: tuple[str, ...] = ()


class Tell(Protocol):
    """Told how far the work is, 0..1, and what is done; raises whatever should stop the work."""

    def __call__(self, share: float, words: str) -> None:  # noqa: D102 - the class says it
        ...


def silent(share: float, words: str) -> None:
    """A `Tell` that tells nobody."""


class Propose(Protocol):
    """The function of a capability: proposals one after another, the first as soon as it is there."""

    def __call__(  # noqa: D102 - the class says it
        self, given: Score, *, seed: int, count: int, values: Mapping[str, Value], tell: Tell = silent
    ) -> Iterator[Proposal]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What every recommendation declares, of notes (`Capability`) and of sound (`AudioCapability`).

    name : stable; it stands in the ledger, on the command line and in addresses
    title, words : for a person: what is asked for, and in one sentence what comes
    model : name of the weights, whose card lies beside them; weights_hash : their SHA-256, worked out when asked
    schema : grows whenever the same weights would give something else
    knobs : in the order a person meets them
    ending, role : what a kept element is called after its source's title, and what its maker is credited as
    """

    name: str
    title: str
    words: str
    model: str
    weights_hash: Callable[[], str]
    schema: int
    knobs: tuple[Knob, ...] = field(default=())
    ending: str = "recommended"
    role: str = "arranger"

    def read(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Every knob's value, checked; what is not named stands at its default.

        Raises
        ------
        OutOfRangeError
            If a value does not fit, or names no knob of this capability.
        """
        unknown = set(values) - {knob.name for knob in self.knobs}
        if unknown:
            raise OutOfRangeError(f"{self.name} has no knob {min(unknown)!r}")
        return {knob.name: knob.read(values.get(knob.name)) for knob in self.knobs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability(Declared):
    """What the engine can recommend for notes.

    takes : what it must be given: any notes, one line, or chords (notes whose chords are named, or a progression)
    """

    takes: Takes
    propose: Propose


def check_call(*, seed: int, count: int) -> None:
    """Refuse a seed or a number of proposals that is out of range.

    Raises
    ------
    OutOfRangeError
        If seed is not in 0..2**63 - 1 or count not in 1..8.
    """
    for name, value, low, high in (("seed", seed, 0, SEED_MAX), ("count", count, 1, COUNT_MAX)):
        if not low <= value <= high:
            raise OutOfRangeError(f"{name} is {value}; it must lie in {low}..{high}")
