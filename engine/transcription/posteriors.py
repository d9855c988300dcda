"""Pitch posteriors of Basic Pitch: how likely each piano key sounds, and begins to sound, in each frame.

Only the network's ONNX file is used, straight from the installed package, through onnxruntime. Framing is ours: windows
advance by a whole number of frames, so a frame's time is its index times the hop, without the correction that the
package needs for its own windows.

Source: R. Bittner et al., "A lightweight instrument-agnostic model for polyphonic note transcription and multipitch
estimation", ICASSP 2022.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.arrays import Floats, Mono
from engine.errors import MissingModelError

RATE_HZ: Final = 22_050
HOP: Final = 256
KEYS: Final = 88
LOWEST_MIDI: Final = 21
_WINDOW: Final = 43_844  # samples the network takes at once
_EDGE: Final = 15  # frames at either end of a window that see too little of their surroundings
_KEPT: Final = 142  # frames kept of 172
_STEP: Final = _KEPT * HOP
_BATCH: Final = 4
_MODEL: Final = "saved_models/icassp_2022/nmp.onnx"
_INPUT: Final = "serving_default_input_2:0"
_OUTPUTS: Final = tuple(f"StatefulPartitionedCall:{index}" for index in (1, 2, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posteriors:
    """Network outputs 0..1, float32: note and onset (frames, 88), contour (frames, 264), three bins a semitone."""

    note: Floats
    onset: Floats
    contour: Floats

    def __len__(self) -> int:
        return len(self.note)


def posteriors(mono: Mono, *, threads: int = 2) -> Posteriors:
    """Posteriors of a whole signal at `RATE_HZ`, one frame each `HOP` samples, the first centred on sample 0.

    Raises
    ------
    MissingModelError
        If the package basic-pitch is not installed.
    """
    frames = len(mono) // HOP + 1
    parts = [_run(batch, threads) for batch in _batches(mono, frames)]
    note, onset, contour = (np.concatenate([part[kind] for part in parts])[:frames] for kind in range(3))
    return Posteriors(note=note, onset=onset, contour=contour)


def _batches(mono: Mono, frames: int) -> Iterator[Floats]:
    windows = -(-frames // _KEPT)
    lead = _EDGE * HOP
    padded = np.zeros((windows - 1) * _STEP + _WINDOW, np.float32)
    inside = min(len(mono), len(padded) - lead)
    padded[lead : lead + inside] = mono[:inside]
    for first in range(0, windows, _BATCH):
        starts = range(first, min(first + _BATCH, windows))
        yield np.stack([padded[start * _STEP : start * _STEP + _WINDOW] for start in starts])[..., np.newaxis]


def _run(batch: Floats, threads: int) -> list[Floats]:
    outputs = _session(threads).run(list(_OUTPUTS), {_INPUT: batch})
    return [values[:, _EDGE : _EDGE + _KEPT].reshape(-1, values.shape[2]) for values in outputs]


@lru_cache(maxsize=2)
def _session(threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(_model_path()), options, providers=["CPUExecutionProvider"])


def _model_path() -> Path:
    # The package itself is never imported: it would bring numba and look for TensorFlow.
    spec = find_spec("basic_pitch")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / _MODEL
        if path.is_file():
            return path
    raise MissingModelError("polyphonic transcription needs the package basic-pitch, which is not installed")
