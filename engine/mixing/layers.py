"""The few layers that the networks of mixing and mastering are made of, in plain arrays."""

from collections.abc import Mapping

import numpy as np

from engine.arrays import Floats


def linear(weights: Mapping[str, Floats], name: str, values: Floats) -> Floats:
    """`values`, (..., inputs), through the layer `name`: (..., outputs)."""
    return np.asarray(values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"], dtype=np.float32)


def bent(weights: Mapping[str, Floats], names: tuple[str, ...], values: Floats) -> Floats:
    """Layers one after the other, each with everything below 0 cut off."""
    for name in names:
        values = np.maximum(linear(weights, name, values), 0)
    return values
