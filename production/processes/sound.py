"""Sound on its way through a process: the stretch that is wanted, and what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from engine.arrays import Signal

Tell: TypeAlias = Callable[[float, str], None]
PRE_ROLL_S = 2.0
"""What is heard before a section decides how filters, gates and rooms stand when it begins."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A recording, and the stretch of it that is worked on.

    signal : (channels, samples), the whole
    start, stop : the stretch in samples; the whole when it is applied
    extras : further files that the process was given
    """

    signal: Signal
    sample_rate_hz: int
    start: int
    stop: int
    extras: tuple[bytes, ...] = ()

    @property
    def stretch(self) -> Signal:
        """(channels, samples) of the stretch."""
        return self.signal[:, self.start : self.stop]

    @property
    def lead(self) -> int:
        """Samples of run-up there are before the stretch, at most `PRE_ROLL_S`."""
        return min(self.start, int(PRE_ROLL_S * self.sample_rate_hz))

    def with_lead(self) -> Signal:
        """The stretch with its run-up; whoever uses it drops the first `lead` samples of the answer."""
        return self.signal[:, self.start - self.lead : self.stop]

    def samples_of(self, region: tuple[float, float]) -> tuple[int, int]:
        """A region in seconds as samples within the recording."""
        last = self.signal.shape[1]
        start, stop = (min(max(round(one * self.sample_rate_hz), 0), last) for one in region)
        return start, stop


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """What became of the stretch.

    residual : what was taken away, where that can be heard on its own
    weights : name -> hash of each network that was used
    """

    signal: Signal
    residual: Signal | None = None
    sample_rate_hz: int | None = None
    weights: Mapping[str, str] = dataclasses.field(default_factory=dict)
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
