"""Weights as safetensors: plain numbers with names, stored as float16, the same bytes for the same numbers."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import load_file, save

from engine.arrays import Floats
from engine.weights.files import FOLDER

if TYPE_CHECKING:
    from torch import Tensor


def path_of(model: str) -> Path:
    """Where the weights of `model` lie; their card lies beside them with the suffix .md."""
    return FOLDER / f"{model}.safetensors"


def hash_of(model: str) -> str:
    """SHA-256 of the weights file, hexadecimal."""
    return hashlib.sha256(path_of(model).read_bytes()).hexdigest()


def read(model: str) -> dict[str, Floats]:
    """The arrays by name, as float32. Nothing in the file is ever executed."""
    return read_file(path_of(model))


def read_file(path: Path) -> dict[str, Floats]:
    """The arrays of one file by name, as float32."""
    return {name: values.astype(np.float32) for name, values in load_file(path).items()}


def write(path: Path, state: Mapping[str, "Tensor"]) -> str:
    """Write a network's state in half precision and return the SHA-256 of the file."""
    data = save({name: state[name].numpy().astype(np.float16) for name in sorted(state)})
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()
