"""What the map of timbres is worth on a bank: new notes of known sounds, beside what a sampler would play instead.

python -m engine.training score timbre --data FOLDER     (every .sf2 and .sf3 in it)
"""

import time
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from scipy.fft import rfft
from scipy.signal.windows import hann

from engine.arrays import Doubles, Floats, Mono
from engine.dsp import loudness, resample
from engine.errors import EngineError, OutOfRangeError
from engine.timbre import additive, morph, timbre_map
from engine.timbre.tone import RATE_HZ, analyse, hz
from engine.training import note_data, timbre_notes
from engine.training.score import Measure

SECONDS: Final = 1.4
GIVEN: Final = 60  # the pitch at which a sound is known; the others are asked for
ASKED: Final = (48, 55, 67, 72)
VELOCITY: Final = 90
PROGRAMS: Final = tuple(range(0, timbre_notes.PROGRAMS, 3))
_CACHE = Path("var/timbre")
_SIZES, _FLOOR_DB, _RMS = (2048, 1024, 512, 256, 128), -80.0, 0.1
_CONVENTION = (
    "mean absolute difference of STFT magnitudes in dB (floor -80 dB), Hann windows of 2048, 1024, 512, 256, 128 at "
    "44.1 kHz, hop a quarter, both sounds at an RMS of -20 dBFS, 1.4 s of every third General MIDI instrument, "
    "velocity 90"
)


def measure(data: Path, *, split: str) -> Iterable[Measure]:
    """Figures of every bank in a folder, or of one bank; `split` does not matter."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    banks = [data] if data.is_file() else sorted(p for p in data.iterdir() if p.suffix in (".sf2", ".sf3"))
    if not banks:
        raise OutOfRangeError(f"{data} holds no .sf2 or .sf3")
    rows = [row for bank in banks for program in PROGRAMS if (row := _row(bank, program)) is not None]
    if not rows:
        raise OutOfRangeError("no instrument of these banks could be analysed")
    told = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    given, asked = f"the note {GIVEN} as it was given", f"the notes {ASKED}, told from the note {GIVEN} alone"
    yield _mean("same_note_db", told["same"], f"{given}, analysed and played again; {_CONVENTION}")
    yield _mean("same_note_map_only_db", told["map"], f"{given}, from its sixteen numbers alone; {_CONVENTION}")
    yield _mean(
        "same_note_nearest_sample_db", told["nearest"], f"the nearest training instrument's note {GIVEN}; {_CONVENTION}"
    )
    yield _mean("other_notes_db", told["other"], f"{asked}; {_CONVENTION}")
    yield _mean(
        "other_notes_transposed_sample_db",
        told["transposed"],
        f"the given note transposed as a sampler does; {_CONVENTION}",
    )
    yield _mean("f0_error_cents", told["cents"], f"first partial's peak against the pitch asked for, absolute; {asked}")
    yield _mean(
        "loudness_error_lu",
        told["loudness"],
        f"integrated loudness (BS.1770-5) against the true note, absolute; {given}",
    )
    yield _mean(
        "morph_step_ratio",
        told["steps"],
        "largest over mean distance of ten equal steps to the next instrument; 1 is even",
    )
    yield _mean("times_real_time", told["speed"], "seconds of sound a second of one core, analysis not counted")


def _row(bank: Path, program: int) -> dict[str, Doubles] | None:
    try:
        given = _note(bank, program, GIVEN)
        known = analyse(given, pitch_midi=GIVEN)
        timbre = morph.timbre_of([known], velocity=VELOCITY)
        onward = morph.timbre_of([analyse(_note(bank, _next(program), GIVEN), pitch_midi=GIVEN)], velocity=VELOCITY)
        others = [_note(bank, program, pitch) for pitch in ASKED]
    except EngineError:
        return None  # a bank without it, or a sound without a pitch
    begun = time.perf_counter()
    again = _played(timbre, known.pitch_midi, level=morph.level_db(known))
    told = [_played(timbre, pitch) for pitch in ASKED]
    speed = SECONDS * (1 + len(told)) / (time.perf_counter() - begun)
    plain = morph.Timbre(latent=timbre.latent)
    transposed = [_transposed(given, pitch - GIVEN) for pitch in ASKED]
    return {
        "same": np.array([distance_db(given, again)]),
        "map": np.array([distance_db(given, _played(plain, known.pitch_midi))]),
        "nearest": np.array([distance_db(given, _nearest(timbre.latent))]),
        "other": np.array([distance_db(true, ours) for true, ours in zip(others, told, strict=True)]),
        "transposed": np.array([distance_db(true, moved) for true, moved in zip(others, transposed, strict=True)]),
        "cents": np.array([abs(_cents(ours, pitch)) for ours, pitch in zip(told, ASKED, strict=True)]),
        "loudness": np.array([abs(_lufs(again) - _lufs(given))]),
        "steps": np.array([_evenness(timbre, onward)]),
        "speed": np.array([speed]),
    }


def distance_db(one: Mono, other: Mono) -> float:
    """Multi-scale spectral distance, dB; see the convention above."""
    pairs = zip(_magnitudes(one), _magnitudes(other), strict=True)
    return float(np.mean([np.abs(a - b).mean() for a, b in pairs]))


def _magnitudes(sound: Mono) -> Iterator[Doubles]:
    mono = np.asarray(sound[: int(SECONDS * RATE_HZ)], np.float64)
    mono = np.pad(mono, (0, int(SECONDS * RATE_HZ) - len(mono)))
    mono *= _RMS / max(float(np.sqrt((mono**2).mean())), 1e-9)
    for size in _SIZES:
        window = hann(size, sym=False)
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, size // 2), size)[:: size // 4] * window
        level = 20 * np.log10(np.abs(rfft(frames)) * 2 / window.sum() + 1e-12)
        yield np.maximum(level, _FLOOR_DB)


def _note(bank: Path, program: int, pitch: int) -> Mono:
    sound = timbre_notes.played(bank, program, pitch, VELOCITY)
    return sound[: int(SECONDS * RATE_HZ)]


def _next(program: int) -> int:
    return PROGRAMS[(PROGRAMS.index(program) + 5) % len(PROGRAMS)]


def _played(timbre: morph.Timbre, pitch_midi: float, *, level: float = -14.0) -> Mono:
    tone = timbre.tone(pitch_midi=pitch_midi, velocity=VELOCITY)
    return additive.sound(morph.loudened(tone, level - morph.level_db(tone)), duration_s=SECONDS, seed=1)


def _nearest(latent: Floats) -> Mono:
    """The training instrument that lies nearest, played by its own bank at the pitch that is asked for."""
    place = timbre_map.nearest(latent, 1)[0]
    banks = note_data.banks(_CACHE)
    return _note(banks[timbre_map.BANKS.index(place.bank)], place.program, GIVEN)


def _transposed(sound: Mono, semitones: int) -> Mono:
    rate = round(RATE_HZ * 2 ** (semitones / 12))
    return np.asarray(resample.resample(sound[np.newaxis], from_hz=rate, to_hz=RATE_HZ)[0], np.float32)


def _cents(sound: Mono, pitch: int) -> float:
    """How far the peak of the first partial lies from where it should: parabola through a spectrum of 2^18 points."""
    size = 1 << 18
    spectrum = np.abs(rfft(np.asarray(sound, np.float64) * hann(len(sound), sym=False), size))
    low, high = (int(hz(pitch) * 2 ** (step / 24) * size / RATE_HZ) for step in (-1, 1))
    peak = low + int(np.argmax(spectrum[low:high]))
    left, middle, right = np.log(spectrum[peak - 1 : peak + 2] + 1e-12)
    place = peak + 0.5 * (left - right) / (left - 2 * middle + right)
    return float(1200 * np.log2(place * RATE_HZ / size / hz(pitch)))


def _lufs(sound: Mono) -> float:
    return float(loudness.integrated_lufs(sound[np.newaxis], sample_rate_hz=RATE_HZ))


def _evenness(one: morph.Timbre, other: morph.Timbre) -> float:
    shares = np.linspace(0, 1, 11)
    sounds = [_played(morph.mixed([one, other], [1 - share, share]), GIVEN) for share in shares]
    steps = [distance_db(a, b) for a, b in pairwise(sounds)]
    return float(max(steps) / np.mean(steps))


def _mean(metric: str, values: Doubles, convention: str) -> Measure:
    return Measure(metric=metric, value=round(float(values.mean()), 3), convention=convention, count=len(values))
