"""Short phrases that let a sound or a mix setting be heard."""

from fractions import Fraction
from typing import Final

from engine.io.soundfont import Preset
from engine.score import MeterMark, Note, Part, Score, TempoMark, make_part

_BPM: Final = 100
# (onset, duration, scale step above the tonic in semitones, velocity): two bars that rise, turn and rest on a chord.
_MELODY: Final = (
    ("0", "1/2", 0, 84), ("1/2", "1/2", 4, 78), ("1", "1/2", 7, 88), ("3/2", "1/2", 12, 92), ("2", "3/4", 11, 82),
    ("11/4", "1/4", 9, 70), ("3", "1", 7, 84), ("4", "1/2", 5, 80), ("9/2", "1/2", 4, 76), ("5", "1/2", 2, 80),
    ("11/2", "1/2", -1, 74), ("6", "2", 0, 86), ("6", "2", 4, 76), ("6", "2", 7, 76),
)  # fmt: skip
_BAND_CHORDS: Final = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))  # Am F C G
_BAND_BASS: Final = (45, 41, 36, 43)
_KICK, _SNARE, _HAT = 36, 38, 42


def for_preset(preset: Preset) -> Score:
    """A phrase inside the keys the preset answers to; a beat if it is a drum kit (bank 128)."""
    if preset.bank == 128:
        return _score(make_part(_beat(2), name="Drums", program=preset.program, is_drums=True))
    middle = (max(preset.key_low, 36) + min(preset.key_high, 84)) // 2
    tonic = max(min(60, middle), 24)
    notes = [
        Note(
            onset=Fraction(onset), duration=Fraction(length), pitch_midi=_into(tonic + step, preset), velocity=velocity
        )
        for onset, length, step, velocity in _MELODY
    ]
    return _score(make_part(notes, name=preset.name, program=preset.program, bank=(preset.bank & 0x7F) << 7))


def band() -> Score:
    """Four bars of drums, bass, electric piano and a lead: something in every register for a mix setting to work on."""
    bass, keys, lead = [], [], []
    for bar, (chord, root) in enumerate(zip(_BAND_CHORDS, _BAND_BASS, strict=True)):
        start = Fraction(4 * bar)
        bass += [_note(start + Fraction(step, 2), "1/2", root + 12 * (step % 4 == 3), 92) for step in range(8)]
        keys += [_note(start + beat, "1", pitch + 12, 66) for beat in range(4) for pitch in chord]
        lead += [_note(start + Fraction(i), "3/4", chord[(i + bar) % 3] + 24, 84) for i in (0, 1, 2)]
    return _score(
        make_part(_beat(4), name="Drums", is_drums=True),
        make_part(bass, name="Bass", program=33),
        make_part(keys, name="Keys", program=4),
        make_part(lead, name="Lead", program=11),
    )


def _beat(bars: int) -> list[Note]:
    notes = []
    for bar in range(bars):
        start = Fraction(4 * bar)
        notes += [_note(start + beat, "1/4", _KICK, 104) for beat in (Fraction(0), Fraction(5, 2))]
        notes += [_note(start + beat, "1/4", _SNARE, 100) for beat in (1, 3)]
        notes += [_note(start + Fraction(step, 2), "1/4", _HAT, 84 - 16 * (step % 2)) for step in range(8)]
    return notes


def _note(onset: Fraction | int, length: str, pitch: int, velocity: int) -> Note:
    return Note(onset=Fraction(onset), duration=Fraction(length), pitch_midi=pitch, velocity=velocity)


def _into(pitch: int, preset: Preset) -> int:
    """The pitch in the octave nearest to it that the preset has; its edge where no octave fits."""
    while pitch > preset.key_high and pitch - 12 >= preset.key_low:
        pitch -= 12
    while pitch < preset.key_low and pitch + 12 <= preset.key_high:
        pitch += 12
    return max(preset.key_low, min(preset.key_high, pitch, 127))


def _score(*parts: Part) -> Score:
    return Score(
        parts=parts,
        tempos=(TempoMark(at=Fraction(0), us_per_quarter=60_000_000 // _BPM),),
        meters=(MeterMark(at=Fraction(0), numerator=4, denominator=4),),
    )
