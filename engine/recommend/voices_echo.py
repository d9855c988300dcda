"""Where four voices stood as they stand now, and so what may come again: echoes, as `polyphony_echo` finds them.

For each step we look for the earlier step that was led to by the longest run of the same four notes; what sounded there
is the echo. Only what is past is looked at.
"""

from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

_RUNS: Final = (1, 4, 8, 12, 16, 24, 32, 48, 64, 128)  # sixteenths of agreement that are told apart
_CYCLES: Final = (4, 12, 16)  # sixteenths: whether the echo is whole beats or bars back
TOLD: Final = len(_RUNS) + len(_CYCLES) + 1


class Echo(NamedTuple):
    """What may come again.

    sound : (..., 4) int64, what sounded at the echoed step; the first step where nothing agrees, silence before it
    told : (..., TOLD) float, how long and how far back it agrees
    """

    sound: Tensor
    told: Tensor


class Listener:
    """Some grids of four voices as they are heard, step by step, and the echo at their next step."""

    def __init__(self, rows: int) -> None:
        self._past = torch.zeros(rows, 4, 0, dtype=torch.int64)
        self._runs = torch.zeros(rows, 0, dtype=torch.int64)  # agreement of the step after each with the next step

    def hear(self, chord: Tensor) -> None:
        """Take in the next step, (rows, 4) MIDI numbers, 0 for silence."""
        # Step j can be echoed if step j - 1 is as the one just heard; its run is one longer than that of step j - 1.
        grown = functional.pad(self._runs, (1, 0))[:, : self._past.shape[2]] + 1
        self._runs = torch.where((self._past == chord[:, :, None]).all(1), grown, 0)
        self._past = torch.cat([self._past, chord[:, :, None]], 2)

    def echo(self) -> Echo:
        """What may come again at the next step of each grid."""
        rows, _, steps = self._past.shape
        if self._runs.shape[1] == 0:
            sound = self._past[:, :, 0] if steps else torch.zeros(rows, 4, dtype=torch.int64)
            return Echo(sound, torch.zeros(rows, TOLD))
        longest = self._runs.amax(1)
        # The latest of the longest.
        place = (self._runs * steps + torch.arange(self._runs.shape[1])).argmax(1) + 1
        place = torch.where(longest > 0, place, 0)
        back = (steps - place)[:, None]
        told = [longest[:, None] >= torch.tensor(_RUNS), back % torch.tensor(_CYCLES) == 0, longest[:, None] >= back]
        sound = self._past.gather(2, place[:, None, None].expand(-1, 4, 1))[:, :, 0]
        return Echo(sound, torch.cat(told, 1).float())


def echoes(grid: Tensor) -> Echo:
    """The echo at every step of whole grids (rows, 4, steps): (rows, steps, 4) and (rows, steps, TOLD)."""
    listener, found = Listener(len(grid)), []
    for step in range(grid.shape[2]):
        found.append(listener.echo())
        listener.hear(grid[:, :, step])
    return Echo(torch.stack([one.sound for one in found], 1), torch.stack([one.told for one in found], 1))
