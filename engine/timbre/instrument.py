"""A timbre as an instrument that can be played: samples over the keyboard, in two touches, as SoundFont or SFZ."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.arrays import Floats, Mono
from engine.errors import OutOfRangeError
from engine.io import audio, soundfont_writer
from engine.io.soundfont_writer import LOOP_MARGIN_FRAMES, Zone
from engine.recommend.capability import Tell, silent
from engine.timbre import additive
from engine.timbre.morph import Timbre, level_db, loudened
from engine.timbre.tone import PITCH_HIGH, PITCH_LOW, RATE_HZ, TIMES_S, Tone, hz, of_sheet

LOW, HIGH = 36, 96
STEP: Final = 4  # semitones between samples
TOUCHES: Final = ((1, 79, 55), (80, 127, 105))  # velocities low, high, and the one a sample is made for
LEVEL_DB: Final = -14.0
_SOFT_DB: Final = -7.0  # the soft layer's samples; velocity does the rest
_DECAYED_DB: Final = -24.0  # a sound that falls by more within three seconds ends by itself
_HELD_S: Final = 0.9  # a held sound is looped after this time
_LOOP_S: Final = 0.5
_CROSS_S: Final = 0.12
_PEAK: Final = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample of an instrument: the keys and velocities it plays for, and whether a stretch of it repeats."""

    root: int
    key_low: int
    key_high: int
    velocity_low: int
    velocity_high: int
    sound: Mono
    loop: tuple[int, int] | None


def samples(
    timbre: Timbre, *, seed: int, low: int = LOW, high: int = HIGH, step: int = STEP, tell: Tell = silent
) -> Iterator[Sample]:
    """The samples of an instrument over the keys low..high, one at least every `step` semitones.

    Raises
    ------
    OutOfRangeError
        If the keys are not low <= high within 21..108, or the step is not 1..12.
    """
    if not PITCH_LOW <= low <= high <= PITCH_HIGH or not 1 <= step <= 12:
        raise OutOfRangeError(
            f"keys {low}..{high} every {step}: they must lie in {PITCH_LOW}..{PITCH_HIGH}, 1..12 apart"
        )
    roots = list(range(min(low + step // 2, high), high + 1, step))
    edges = [low, *((a + b) // 2 + 1 for a, b in pairwise(roots)), high + 1]
    count = len(roots) * len(TOUCHES)
    for layer, (softest, hardest, velocity) in enumerate(TOUCHES):
        for place, root in enumerate(roots):
            tell((layer * len(roots) + place) / count, "Playing the samples")
            tone = timbre.tone(pitch_midi=root, velocity=velocity)
            wanted = LEVEL_DB + (_SOFT_DB if layer == 0 else 0.0)
            sound, loop = _played(loudened(tone, wanted - level_db(tone)), seed=seed + place)
            yield Sample(
                root=root,
                key_low=edges[place],
                key_high=edges[place + 1] - 1,
                velocity_low=softest,
                velocity_high=hardest,
                sound=sound,
                loop=loop,
            )


def soundfont(made: list[Sample], *, name: str) -> bytes:
    """The instrument as a SoundFont 2 file."""
    zones = [
        Zone(
            key_low=one.key_low,
            key_high=one.key_high,
            velocity_low=one.velocity_low,
            velocity_high=one.velocity_high,
            root=one.root,
            samples=_whole(one.sound),
            loop=one.loop,
        )
        for one in made
    ]
    return soundfont_writer.write(name=name, zones=zones, sample_rate_hz=RATE_HZ, release_s=0.25, rights="")


def sfz(made: list[Sample], *, name: str) -> bytes:
    """The instrument as a ZIP archive of an SFZ file and its samples, 24-bit WAV."""
    regions, packed = [], io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for one in made:
            file = f"samples/{one.root:03d}-{one.velocity_high:03d}.wav"
            keys = f"lokey={one.key_low} hikey={one.key_high} pitch_keycenter={one.root}"
            touch = f"lovel={one.velocity_low} hivel={one.velocity_high}"
            mode = f"loop_mode=loop_continuous loop_start={one.loop[0]} loop_end={one.loop[1] - 1}" if one.loop else ""
            regions.append(f"<region> sample={file} {keys} {touch} {mode}".rstrip())
            wave = audio.write(one.sound[np.newaxis], sample_rate_hz=RATE_HZ, format="wav")
            archive.writestr(zipfile.ZipInfo(file), wave)
        text = "\n".join([f"// {name}", "<global> ampeg_release=0.25", *regions, ""])
        archive.writestr(zipfile.ZipInfo(f"{_file_name(name)}.sfz"), text)
    return packed.getvalue()


def _played(tone: Tone, *, seed: int) -> tuple[Mono, tuple[int, int] | None]:
    """One sample, and where it repeats if the sound holds."""
    if is_held(tone):
        return _looped(tone, seed)
    return _bounded(additive.sound(tone, duration_s=float(TIMES_S[-1]), seed=seed, fade_s=0.3)), None


def is_held(tone: Tone) -> bool:
    """Whether the sound stays as long as a key is held."""
    power = (10 ** (tone.sheet().astype(np.float64) / 10)).sum(axis=1)
    late = power[int(np.searchsorted(TIMES_S, 2.0))]
    return bool(10 * np.log10(late / power.max()) > _DECAYED_DB)


def _looped(tone: Tone, seed: int) -> tuple[Mono, tuple[int, int]]:
    """A sample that is frozen where its loop begins, and whose end runs over into that place.

    Frozen partials without spread repeat with the pitch, so a loop of whole periods is seamless; the noise is faded
    from the end of the loop to what comes before its beginning.
    """
    period = RATE_HZ / hz(tone.pitch_midi)
    periods = round(_LOOP_S * RATE_HZ / period)
    length = round(periods * period)
    # A whole number of samples: the pitch moves by less than a tenth of a cent.
    pitch = tone.pitch_midi + 12 * np.log2(periods * period / length)
    begin, cross = int(_HELD_S * RATE_HZ), int(_CROSS_S * RATE_HZ)
    still = _frozen(tone, (begin - cross) / RATE_HZ)
    even = of_sheet(still, pitch_midi=float(pitch), spread=0.0, duration_s=tone.duration_s)
    total = begin + length + LOOP_MARGIN_FRAMES
    sound = additive.sound(even, duration_s=total / RATE_HZ + 0.001, seed=seed, fade_s=0.0005)[:total].astype(
        np.float64
    )
    end = begin + length
    rise = np.linspace(0, 1, cross)
    sound[end - cross : end] = sound[end - cross : end] * (1 - rise) + sound[begin - cross : begin] * rise
    sound[end:] = sound[begin : begin + LOOP_MARGIN_FRAMES]
    return _bounded(sound.astype(np.float32)), (begin, end)


def _frozen(tone: Tone, after_s: float) -> Floats:
    place = int(np.searchsorted(TIMES_S, after_s, side="right")) - 1
    sheet = tone.sheet().copy()
    sheet[place:] = sheet[place]
    return sheet


def _bounded(sound: Mono) -> Mono:
    peak = float(np.abs(sound).max(initial=0.0))
    return sound if peak <= _PEAK else np.asarray(sound * (_PEAK / peak), np.float32)


def _whole(sound: Mono) -> npt.NDArray[np.int16]:
    return np.rint(sound * 32767).astype(np.int16)


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:60].strip("-") or "instrument"
