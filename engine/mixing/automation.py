"""Values that move with time: breakpoints in seconds, read at steps of 32 samples."""

from itertools import pairwise
from typing import Any, Final

import numpy as np

from engine.arrays import Doubles
from engine.errors import OutOfRangeError, UnknownParameterError
from engine.mixing.parameters import AT_S_MAX, BREAKPOINTS_MAX, Json, Number, Parameter

STEP: Final = 32  # samples between two values of an automated parameter


class Values:
    """One plugin's (or one band's) values, fixed or moving.

    A moving value runs straight from breakpoint to breakpoint on the parameter's own curve (equal ratios for "log"),
    and stands still before the first and after the last.
    """

    def __init__(self, filled: Json, parameters: tuple[Parameter, ...], *, where: str, sample_rate_hz: int) -> None:
        self._fixed = filled
        self._rate = sample_rate_hz
        self._lines = _lines(filled["automation"], parameters, where)
        self.delay_samples = 0  # by how much what the plugin hears is late

    def __getitem__(self, name: str) -> Any:
        """The fixed value."""
        return self._fixed[name]

    def number(self, name: str) -> float:
        """The fixed value of a number."""
        return float(self._fixed[name])

    @property
    def is_moving(self) -> bool:
        """Whether any value is automated."""
        return bool(self._lines)

    def moves(self, name: str) -> bool:
        """Whether `name` is automated."""
        return name in self._lines

    def steps(self, name: str, first: int, count: int) -> Doubles:
        """Values at `count` steps from step `first` on: (count,) float64, or one value, (1,), if it does not move."""
        if name not in self._lines:
            return np.array([self._fixed[name]], dtype=np.float64)
        at_s, values, is_log = self._lines[name]
        now = (np.arange(first, first + count) * STEP - self.delay_samples) / self._rate
        line = np.interp(now, at_s, np.log(values) if is_log else values)
        return np.asarray(np.exp(line) if is_log else line, dtype=np.float64)


def to_samples(values: Doubles) -> Doubles:
    """A straight line through every sample: (steps + 1,) values to (steps * 32,); one value stays one."""
    if len(values) == 1:
        return values
    way = np.arange(STEP) / STEP
    return np.asarray((values[:-1, np.newaxis] + np.diff(values)[:, np.newaxis] * way).reshape(-1))


def held(values: Doubles) -> Doubles:
    """Each value for 32 samples: (steps,) to (steps * 32,); one value stays one."""
    return values if len(values) == 1 else np.repeat(values, STEP)


def _lines(given: Any, parameters: tuple[Parameter, ...], where: str) -> dict[str, tuple[Doubles, Doubles, bool]]:
    if not isinstance(given, dict):
        raise OutOfRangeError(f"{where}: automation must be an object of breakpoint lists")
    by_name = {parameter.name: parameter for parameter in parameters}
    lines = {}
    for name, points in given.items():
        parameter = by_name.get(name)
        if not isinstance(parameter, Number) or parameter.movement == "none":
            raise UnknownParameterError(f"{where}: {name!r} cannot be automated")
        at_s, values = _points(points, parameter, f"{where}, automation")
        lines[name] = (at_s, values, parameter.curve == "log" and parameter.minimum > 0)
    return lines


def _points(points: Any, parameter: Number, where: str) -> tuple[Doubles, Doubles]:
    if not isinstance(points, list) or not 1 <= len(points) <= BREAKPOINTS_MAX:
        raise OutOfRangeError(f"{where}: {parameter.name} must be a list of 1..{BREAKPOINTS_MAX} breakpoints")
    time = Number(name="at_s", title="Time", unit="s", minimum=0, maximum=AT_S_MAX, default=0)
    at_s, values = [], []
    for point in points:
        if not isinstance(point, dict) or set(point) != {"at_s", "value"}:
            raise OutOfRangeError(f"{where}: each breakpoint of {parameter.name} has at_s and value")
        at_s.append(time.check(point["at_s"], where))
        values.append(parameter.check(point["value"], where))
    if any(later < earlier for earlier, later in pairwise(at_s)):
        raise OutOfRangeError(f"{where}: the breakpoints of {parameter.name} are not in order of time")
    return np.array(at_s), np.array(values)
