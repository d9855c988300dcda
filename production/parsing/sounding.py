"""What a recording sounds like: a vector for near neighbours, and its instrument family where that is plain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.analysis import embedding
from engine.io.recording import open_recording

HEARD_S = 120
SURE = 0.5
"""A family less sure than this is not told."""


def sound_of(source: bytes | Path) -> dict[str, Any]:
    """{"model", "vector", "family" or None} of the first two minutes; empty for silence."""
    with open_recording(source) as recording:
        stop = min(recording.frames, HEARD_S * recording.sample_rate_hz)
        mono = np.concatenate([block.mean(axis=0) for block in recording.blocks(stop=stop)])
        found = embedding.of_signal(mono.astype(np.float32), sample_rate_hz=recording.sample_rate_hz)
    if found is None:
        return {}
    family = found.family if found.confidence >= SURE else None
    return {"model": embedding.MODEL, "vector": found.vector, "family": family}
