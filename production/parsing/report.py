"""What looking into a file brings back."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the engine found in one file; plain JSON values, so that it can cross from one process to another.

    media : what the bytes are, as `engine.io.sniff` calls it
    element_kinds : what an element of these bytes can be, likeliest first
    facts : duration_s, tempo_bpm, key, time_signature, integrated_lufs, note_count, ... null where unknown
    peaks : of sound, {"peaks": [[least, greatest], ...]} in -1..1
    picture : the coarse drawing that everybody may see, as SVG
    roll : of notes, every note exactly, for who holds a licence
    sound : of recordings, a vector that lies near those of what sounds alike; only equal `sound_model` compare
    fingerprint : hashes of small pieces, sorted, without repeats, below 2**53; only equal kinds compare
    motifs : of notes, what is searched of them, as `engine.analysis.motifs.Motifs`
    statistics : of notes, as `engine.analysis.statistics.Statistics`
    """

    media: str
    element_kinds: tuple[str, ...]
    facts: dict[str, Any]
    peaks: dict[str, Any] | None = None
    picture: str | None = None
    roll: dict[str, Any] | None = None
    fingerprint_kind: str = ""
    fingerprint: tuple[int, ...] = ()
    sound_model: str = ""
    sound: tuple[float, ...] = ()
    motifs: dict[str, Any] | None = None
    statistics: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Examined:
        """The inverse of `as_json`."""
        return cls(
            **values
            | {
                "element_kinds": tuple(values["element_kinds"]),
                "fingerprint": tuple(values["fingerprint"]),
                "sound": tuple(values.get("sound") or ()),
            }
        )
