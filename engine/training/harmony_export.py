"""From trained float32 weights to the whole numbers that `engine.recommend.chorale_network` computes with."""

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.recommend.chorale_network import ACTIVATION_UNITS, TANH_ENTRIES, TANH_UNITS, WEIGHT_UNITS
from engine.recommend.draws import exponential_tables
from engine.training.harmony_network import HarmonyNetwork


def as_arrays(network: HarmonyNetwork) -> dict[str, NDArray[Any]]:
    """Every weight as int16 in 1/4096, clipped to +-8, and the tables of tanh and exp."""
    arrays: dict[str, NDArray[Any]] = {
        name: np.clip(np.rint(values.numpy().astype(np.float64) * WEIGHT_UNITS), -32768, 32767).astype(np.int16)
        for name, values in network.state_dict().items()
    }
    coarse, fine = exponential_tables()
    return arrays | {"table.tanh": tanh_table(), "table.coarse": coarse, "table.fine": fine}


def tanh_table() -> NDArray[np.int32]:
    """tanh(index / 2048) in 1/65536; worked out in decimals, so that it is the same wherever it is made."""
    entries = []
    for index in range(TANH_ENTRIES):
        squared = (Decimal(-2 * index) / TANH_UNITS).exp()
        entries.append(int((ACTIVATION_UNITS * (1 - squared) / (1 + squared)).to_integral_value()))
    return np.array(entries, np.int32)
