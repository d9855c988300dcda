"""The trained map of timbres: where a tone lies on it, what sounds at a place, and who else lives there."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.arrays import Floats
from engine.errors import MissingModelError
from engine.timbre.general_midi import PITCHED
from engine.timbre.tone import SPREAD_MAX, TIMES_S, Tone, of_sheet
from engine.weights import tensors

if TYPE_CHECKING:
    from engine.timbre.timbre_network import TimbreNetwork

MODEL: Final = "timbre-map-1"
SCHEMA: Final = 1
BANKS: Final = ("FluidR3", "MuseScore")  # in the order of the weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An instrument on the map.

    name : General MIDI's; program : 0..111; bank : whose recording of it
    x, y : -1..1 on the plane that shows most of what differs
    latent : (16,) where it lies
    """

    name: str
    program: int
    bank: str
    x: float
    y: float
    latent: Floats


def weights_hash() -> str:
    """SHA-256 of the weights."""
    return tensors.hash_of(MODEL)


@cache
def places() -> tuple[Place, ...]:
    """General MIDI's pitched instruments as each bank plays them."""
    found = _arrays()
    latent, plane = found["map_latent"], found["map_plane"]
    return tuple(
        Place(
            name=PITCHED[program],
            program=program,
            bank=BANKS[bank],
            x=float(plane[bank, program, 0]),
            y=float(plane[bank, program, 1]),
            latent=latent[bank, program],
        )
        for bank in range(latent.shape[0])
        for program in range(latent.shape[1])
    )


def nearest(latent: Floats, count: int = 5) -> list[Place]:
    """The instruments that lie nearest, the first the nearest."""
    return sorted(places(), key=lambda place: float(((place.latent - latent) ** 2).sum()))[:count]


def encode(tone: Tone, *, level_db: float, velocity: int) -> Floats:
    """(16,) where a tone of this level lies, played with this velocity."""
    import torch

    from engine.timbre.timbre_network import scaled

    sheet = torch.from_numpy(tone.sheet() - np.float32(level_db))[None]
    with torch.inference_mode():
        mean, _ = _network().encode(scaled(sheet), _condition(tone.pitch_midi, velocity))
    return np.asarray(mean[0].numpy(), np.float32)


def decode(latent: Floats, *, pitch_midi: float, velocity: int) -> Tone:
    """The tone at a place, its level about 0 dBFS."""
    import torch

    from engine.timbre.timbre_network import unscaled

    with torch.inference_mode():
        sheets, spreads = _network().decode(
            torch.from_numpy(np.asarray(latent, np.float32))[None], _condition(pitch_midi, velocity)
        )
        sheet = unscaled(sheets[0]).numpy()
    spread = float(np.clip(float(spreads[0]) / 1000, 0.0, SPREAD_MAX))
    return of_sheet(sheet, pitch_midi=pitch_midi, spread=spread, duration_s=float(TIMES_S[-1]))


def _condition(pitch_midi: float, velocity: int) -> "torch.Tensor":  # type: ignore[name-defined] # noqa: F821
    import torch

    from engine.timbre.timbre_network import condition_of

    return condition_of(torch.tensor([float(pitch_midi)]), torch.tensor([float(velocity)]))


@cache
def _arrays() -> dict[str, Floats]:
    if not tensors.path_of(MODEL).exists():
        raise MissingModelError(f"the weights {MODEL} are not installed")
    return tensors.read(MODEL)


@cache
def _network() -> "TimbreNetwork":
    import torch

    from engine.timbre.timbre_network import TimbreNetwork

    network = TimbreNetwork()
    state = {name: torch.from_numpy(values) for name, values in _arrays().items() if not name.startswith("map_")}
    network.load_state_dict(state)
    return network.eval()
