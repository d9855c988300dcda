"""Moving a note of a recorded take, and hearing the take follow.

Grains of two periods are set at new distances (TD-PSOLA): the pitch changes, the resonances of the voice stay.

Source: E. Moulines, F. Charpentier, "Pitch-synchronous waveform processing techniques for text-to-speech synthesis
using diphones", Speech Communication 9, 1990. Where we differ: marks are a fraction of a sample exact, and the sum of
the windows is divided out, so that the level stays whatever the interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr

from engine.arrays import Doubles, Floats, Signal, as_signal
from engine.errors import OutOfRangeError
from engine.transcription import pitch_marks, pitch_track
from engine.transcription.blocks import check_rate

SHIFT_CENTS_MAX: Final = 2400.0
LENGTH_MIN, LENGTH_MAX = 0.25, 4.0
FADE_S: Final = 0.012
_SURROUND_S: Final = 0.15  # heard on either side of a note, so that its first period is known


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEdit:
    """What becomes of the stretch [onset_s, offset_s) of a take.

    shift_cents : how far the pitch moves, at most two octaves
    move_s : how far the note moves in time
    length_ratio : its new length over the old, 0.25..4
    """

    onset_s: float
    offset_s: float
    shift_cents: float = 0.0
    move_s: float = 0.0
    length_ratio: float = 1.0


def pitch_edit(signal: Signal, sample_rate_hz: int, edits: Sequence[NoteEdit]) -> Signal:
    """Return the take with the edits made; every sample outside the notes' old and new places is left as it was.

    Parameters
    ----------
    signal : (samples,) or (channels, samples) float32 of one voice or instrument line
    edits : in any order, not overlapping

    Returns
    -------
    (channels, samples) float32, as long as the take

    Raises
    ------
    OutOfRangeError
        If an edit lies outside the take, overlaps another, or asks for more than can be done.
    ShapeError
        If the signal is no signal.
    """
    take = as_signal(signal)
    rate = check_rate(sample_rate_hz)
    ordered = sorted(edits, key=lambda edit: edit.onset_s)
    _check(ordered, take.shape[1] / rate)
    out = take.copy()
    made = [(edit, *_edited(take, rate, edit)) for edit in ordered]
    for edit, _, _ in made:
        if edit.move_s or edit.length_ratio != 1:
            _clear(out, rate, edit)
    for edit, sound, start in made:
        _place(out, rate, edit, sound, start)
    return out


def _check(edits: Sequence[NoteEdit], length_s: float) -> None:
    end = 0.0
    for edit in edits:
        name = f"the edit at {edit.onset_s:.3f} s"
        if not 0 <= edit.onset_s < edit.offset_s <= length_s + 1e-6:
            raise OutOfRangeError(f"{name} does not lie inside the take of {length_s:.3f} s")
        if edit.onset_s < end - 1e-9:
            raise OutOfRangeError(f"{name} overlaps the one before it")
        if not abs(edit.shift_cents) <= SHIFT_CENTS_MAX:
            raise OutOfRangeError(f"{name} moves the pitch by more than {SHIFT_CENTS_MAX:g} cents")
        if not LENGTH_MIN <= edit.length_ratio <= LENGTH_MAX:
            raise OutOfRangeError(f"{name} asks for a length outside {LENGTH_MIN:g}..{LENGTH_MAX:g} of the old")
        if not edit.onset_s + edit.move_s >= 0:
            raise OutOfRangeError(f"{name} moves the note before the start of the take")
        end = edit.offset_s


def _edited(take: Signal, rate: int, edit: NoteEdit) -> tuple[Floats, int]:
    """The note's new sound, (channels, samples), and the sample at which it begins."""
    first = max(int((edit.onset_s - _SURROUND_S) * rate), 0)
    last = min(int((edit.offset_s + _SURROUND_S) * rate), take.shape[1])
    around = take[:, first:last]
    mono = np.asarray(around.mean(axis=0), np.float32)
    heard = soxr.resample(mono, rate, pitch_track.RATE_HZ) if rate != pitch_track.RATE_HZ else mono
    places, periods = pitch_marks.marks(mono, rate, pitch_track.track(np.asarray(heard, np.float32)))
    start, stop = round(edit.onset_s * rate) - first, round(edit.offset_s * rate) - first
    length = round((stop - start) * edit.length_ratio)
    ratio = 2 ** (edit.shift_cents / 1200)
    sound = _overlapped(around, (places, periods), (start, stop), length, ratio)
    sound *= np.float32(_level_gain(around[:, start:stop], sound))
    return sound, first + start + round(edit.move_s * rate)


def _level_gain(before: Floats, after: Floats) -> float:
    """Grains that overlap more or less than the periods did are louder or softer; this takes it back."""
    old, new = (float(np.sqrt(np.square(sound, dtype=np.float64).mean())) for sound in (before, after))
    return float(np.clip(old / new, 0.4, 2.5)) if new > 1e-9 else 1.0


def _overlapped(
    around: Floats, marks: tuple[Doubles, Doubles], span: tuple[int, int], length: int, ratio: float
) -> Floats:
    """Grains of `around` laid over `length` samples that stand for its samples [start, stop)."""
    places, periods = marks
    start, stop = span
    stretch = length / (stop - start)
    reach = int(2 * max(float(periods.max(initial=0)), 400.0))
    out = np.zeros((around.shape[0], length + 2 * reach))
    weight = np.full(length + 2 * reach, 1e-4)
    time = _first(places, start, stretch)
    while time < length + reach / 2:
        source = start + time / stretch
        index = int(np.argmin(np.abs(places - source)))
        period = float(periods[index]) or _unvoiced(places, index)
        _add_grain(out, weight, around, places[index], reach + time, period)
        time += period / ratio if periods[index] > 0 else min(period, period * stretch)
    return np.asarray((out / weight)[:, reach : reach + length], np.float32)


def _first(places: Doubles, start: int, stretch: float) -> float:
    """The last mark before the note begins, as a time of the new note."""
    before = places[places <= start]
    return (float(before[-1]) - start) * stretch if len(before) else 0.0


def _unvoiced(places: Doubles, index: int) -> float:
    return float(places[index + 1] - places[index]) if index + 1 < len(places) else float(places[index] - places[-2])


def _add_grain(out: Doubles, weight: Doubles, around: Floats, centre: float, at: float, period: float) -> None:
    """Two periods around `centre` under a Hann window, added at `at`; both may lie between samples."""
    half = int(np.ceil(period))
    target = round(at)
    offsets = np.arange(-half, half + 1)
    window = 0.5 + 0.5 * np.cos(np.pi * np.clip((offsets + target - at) / period, -1, 1))
    # The sound is read where it lies between samples, so that no period is rounded.
    places = centre + offsets + (target - at)
    whole = np.floor(places).astype(int)
    part = places - whole
    inside = (whole >= 1) & (whole < around.shape[1] - 2) & (target + offsets >= 0) & (target + offsets < len(weight))
    whole, part, offsets, window = whole[inside], part[inside], offsets[inside], window[inside]
    out[:, target + offsets] += _cubic(around, whole, part) * window
    weight[target + offsets] += window


def _cubic(sound: Floats, whole: np.ndarray[tuple[int], np.dtype[np.int64]], part: Doubles) -> Doubles:
    """Values between samples by a cubic through four of them (Catmull and Rom)."""
    a, b, c, d = (sound[:, whole + shift].astype(np.float64) for shift in (-1, 0, 1, 2))
    return np.asarray(
        b + 0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a))), np.float64
    )


def _fades(length: int, rate: int) -> Floats:
    fade = min(round(FADE_S * rate), length // 2)
    return np.clip(np.minimum(np.arange(length), np.arange(length)[::-1]) / max(fade, 1), 0, 1).astype(np.float32)


def _clear(out: Signal, rate: int, edit: NoteEdit) -> None:
    start, stop = round(edit.onset_s * rate), round(edit.offset_s * rate)
    out[:, start:stop] *= 1 - _fades(stop - start, rate)


def _place(out: Signal, rate: int, edit: NoteEdit, sound: Floats, start: int) -> None:
    sound = sound[:, : max(out.shape[1] - start, 0)]
    fades = _fades(sound.shape[1], rate)
    here = out[:, start : start + sound.shape[1]]
    if edit.move_s or edit.length_ratio != 1:
        here += sound * fades
    else:
        here += (sound - here) * fades
