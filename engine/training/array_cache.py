"""Arrays kept in a file between two runs of a trainer, as long as what they were read from stays as it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file


def read(path: Path, state: str) -> dict[str, NDArray[Any]] | None:
    """The arrays by name; None if there is no such file, or it was written for another `state`."""
    try:
        with safe_open(path, framework="numpy") as kept:
            if kept.metadata().get("state") != state:
                return None
            return {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError):
        return None


def write(path: Path, state: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep `arrays`, which were made while their source was in `state` (such as a hash of it)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f"{path.name}.part")  # a run that is stopped while writing leaves no half file
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, whole, {"state": state})
    whole.replace(path)
