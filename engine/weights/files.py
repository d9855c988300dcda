"""Weights on disk: an uncompressed archive of plain arrays, the same bytes for the same arrays on any day."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip archive can hold; the clock has no business in a hash


def path_of(model: str) -> Path:
    """Where the weights of `model` lie; their card lies beside them with the suffix .md."""
    return FOLDER / f"{model}.npz"


def hash_of(model: str) -> str:
    """SHA-256 of the weights file, hexadecimal."""
    return hashlib.sha256(path_of(model).read_bytes()).hexdigest()


def read(model: str) -> dict[str, NDArray[Any]]:
    """The arrays by name. Nothing in the file is ever executed: pickled objects are refused."""
    with np.load(path_of(model), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Write the arrays in order of name and return the SHA-256 of the file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), member.getvalue())
    path.write_bytes(buffer.getvalue())
    return hashlib.sha256(buffer.getvalue()).hexdigest()
