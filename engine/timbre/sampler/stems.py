"""One part at a time, for a mix: as loud as the font makes it, nothing scaled."""

from pathlib import Path
from typing import Final

import numpy as np

from engine.arrays import Signal
from engine.errors import OutOfRangeError
from engine.io import limits
from engine.score import Score
from engine.timbre.sampler.bank import default_bank, open_font, warm_font
from engine.timbre.sampler.render import DRUM_CHANNEL, SILENCE, TAIL_S, play_group

_NAME_CHARS_MAX: Final = 120


def part_names(score: Score) -> list[str]:
    """A name for each part that has notes, no two alike: its own, or `Track 3`; a second one is called `Flute 2`."""
    names: list[str] = []
    sounding = [part for part in score.parts if part.notes]
    for index, part in enumerate(sounding):
        name = " ".join(part.name.split())[: _NAME_CHARS_MAX - 8] or f"Track {index + 1}"
        twin = 2
        wanted = name
        while name in names:
            name, twin = f"{wanted} {twin}", twin + 1
        names.append(name)
    return names


def stem(score: Score, index: int, *, sample_rate_hz: int = 44_100, bank: Path | bytes | None = None) -> Signal:
    """Play the part at `index` among those that have notes, and nothing else.

    Returns
    -------
    (2, samples) float32 from the score's beginning to where the part has died away; at least one sample. Not limited:
    the sum of all stems is the score's sound, as loud as the font makes it.

    Raises
    ------
    OutOfRangeError, LimitExceededError, MissingBankError
        As `engine.timbre.sampler.render`.
    """
    if not limits.SAMPLE_RATE_HZ_MIN <= sample_rate_hz <= limits.SAMPLE_RATE_HZ_MAX:
        raise OutOfRangeError(f"cannot render at {sample_rate_hz} Hz")
    part = [part for part in score.parts if part.notes][index]
    clock = score.clock()
    length_s = clock.seconds(max(note.offset for note in part.notes)) + TAIL_S
    limits.check_count(int(length_s), limits.RENDER_SECONDS_MAX, "seconds to render")
    font = open_font(bank) if isinstance(bank, bytes) else warm_font(bank or default_bank())
    sound = np.zeros((max(int(length_s * sample_rate_hz), 1), 2), dtype=np.float32)
    channel = DRUM_CHANNEL if part.is_drums else 0
    play_group(font, [(channel, part)], clock, sound, sample_rate_hz, None)
    tail = sound[-int((TAIL_S + 1) * sample_rate_hz) :]
    loud = np.flatnonzero(np.abs(tail).max(axis=1) > SILENCE / 10)
    silent = len(tail) - (int(loud[-1]) + 1 if len(loud) else 0)
    return np.ascontiguousarray(sound[: max(len(sound) - silent, 1)].T)
