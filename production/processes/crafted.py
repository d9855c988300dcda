"""What a process makes when it is applied: files, one a stage, or notes to review."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One file of a process that makes several on its way.

    process : the call that made it, as the ledger names it
    weights : name -> hash of each network that was used
    keys : what the recording that it was heard in is found by from now on, as of `Heard`; none if nothing was heard
    """

    process: str
    data: bytes
    weights: Mapping[str, str] = dataclasses.field(default_factory=dict)
    keys: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Notes to review.

    notes : [onset_s, duration_s, pitch_midi, velocity, confidence 0..1, part]
    facts : tempo_bpm, beats_s, key, chords [[onset_s, symbol], ...], drums, seconds
    keys : what the recording is found by from now on: {motifs, statistics, key, chords}
    """

    notes: list[list[float]]
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    weights: Mapping[str, str] = dataclasses.field(default_factory=dict)
    keys: Mapping[str, Any] = dataclasses.field(default_factory=dict)
