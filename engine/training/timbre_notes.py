"""Single notes of General MIDI's pitched instruments, played by banks with free licences, as tones."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Doubles, Floats, Mono, to_mono
from engine.errors import EngineError
from engine.score import Note, Score, make_part
from engine.timbre import sampler, tone

PROGRAMS: Final = 112  # what follows in General MIDI is percussion and noises
NOTES: Final = 10  # an instrument and bank, of which every fifth is kept for testing
HELD_QUARTERS: Final = 3  # 1.5 s at 120 bpm
SEED: Final = 48
_LOW, _HIGH = 31, 96


@dataclass(frozen=True, slots=True)
class Notes:
    """Analysed notes: sheets (notes, times, columns) dB under each note's level, and (notes,) of the rest."""

    sheets: Floats
    levels_db: Floats
    pitches: Floats
    velocities: Floats
    spreads: Floats
    programs: NDArray[np.int64]

    def of(self, chosen: NDArray[np.bool_]) -> "Notes":
        """Those notes for which `chosen` is true."""
        return Notes(*(getattr(self, name)[chosen] for name in self.__slots__))


def read(bank: Path, cache: Path, tell: Callable[[str], None]) -> Notes:
    """The notes of a bank, rendered once and kept in `cache`."""
    kept = cache / f"{bank.stem}-tones.npz"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        rows = []
        for program in range(PROGRAMS):
            draw = np.random.default_rng([SEED, program])
            rows += [row for place in range(NOTES) if (row := _row(bank, program, _pitch(place, draw), draw))]
            if program % 16 == 15:
                tell(f"{bank.name}: {program + 1} of {PROGRAMS} instruments")
        names = Notes.__slots__
        columns: dict[str, Any] = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
        np.savez(kept, **columns)
    with np.load(kept) as found:
        return Notes(*(found[name] for name in Notes.__slots__))


def is_test(notes: Notes) -> NDArray[np.bool_]:
    """(notes,) those kept for testing: of every instrument the third and the eighth."""
    places = np.zeros(len(notes.programs), np.int64)
    for program in np.unique(notes.programs):
        chosen = notes.programs == program
        places[chosen] = np.arange(int(chosen.sum()))
    return np.asarray(places % 5 == 2)


def played(bank: Path, program: int, pitch: int, velocity: int) -> Mono:
    """One note and its release, (samples,) float32 at tone.RATE_HZ."""
    note = Note(onset=Fraction(0), duration=Fraction(HELD_QUARTERS), pitch_midi=pitch, velocity=velocity)
    score = Score(parts=(make_part([note], program=program),))
    return to_mono(sampler.render(score, bank=bank, sample_rate_hz=tone.RATE_HZ))


def level_db(sheet: Floats | Doubles) -> float:
    """Greatest level of all columns together over time, dB."""
    return float(10 * np.log10((10 ** (np.asarray(sheet, np.float64) / 10)).sum(axis=1).max()))


def _pitch(place: int, draw: np.random.Generator) -> int:
    step = (_HIGH - _LOW) / NOTES
    return int(_LOW + step * (place + draw.random()))


def _row(bank: Path, program: int, pitch: int, draw: np.random.Generator) -> tuple[object, ...] | None:
    velocity = int(draw.integers(35, 121))
    try:
        # While the key is held: what follows is the release, which instruments get as an envelope.
        held = played(bank, program, pitch, velocity)[: int(HELD_QUARTERS / 2 * tone.RATE_HZ)]
        found = tone.analyse(held, pitch_midi=pitch)
    except EngineError:
        return None  # an instrument that is silent there
    sheet, level = found.sheet(), level_db(found.sheet())
    return (sheet - level).astype(np.float16), level, found.pitch_midi, velocity, found.spread, program
