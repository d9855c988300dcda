"""Small music files made in code, one of every kind the library takes."""

import json
import struct
from fractions import Fraction

import numpy as np

from engine.io import audio, midi, musicxml
from engine.score import KeyMark, MeterMark, Note, Score, TempoMark, make_part

RATE_HZ = 22_050


def note(onset: str | int, duration: str | int, pitch: int, velocity: int = 80) -> Note:
    return Note(onset=Fraction(onset), duration=Fraction(duration), pitch_midi=pitch, velocity=velocity)


def tune() -> Score:
    """Eight notes of a D major melody in 3/4 at 96 bpm."""
    pitches = (62, 64, 66, 69, 67, 66, 64, 62)
    notes = [note(index, 1 if index < 7 else 2, pitch, 70 + index) for index, pitch in enumerate(pitches)]
    return Score(
        title="A tune",
        parts=(make_part(notes, name="Flute", program=73),),
        tempos=(TempoMark(at=Fraction(0), us_per_quarter=625_000),),
        meters=(MeterMark(at=Fraction(0), numerator=3, denominator=4),),
        keys=(KeyMark(at=Fraction(0), fifths=2, mode="major"),),
    )


def tone(seconds: float = 1.0, *, hz: float = 440.0, level: float = 0.5, rate: int = RATE_HZ) -> np.ndarray:
    """A sine, (1, samples)."""
    time = np.arange(int(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hz * time)).astype(np.float32)[np.newaxis]


def mix_setting_bytes() -> bytes:
    setting = {
        "version": 1,
        "name": "Warm",
        "plugins": [
            {"type": "eq", "bands": [{"shape": "low_shelf", "frequency_hz": 200, "gain_db": 3}]},
            {"type": "compressor", "threshold_db": -20, "ratio": 3},
            {"type": "delay", "time_ms": 250, "feedback": 0.3, "mix": 0.2},
            {"type": "reverb", "decay_s": 0.8, "mix": 0.2},
            {"type": "pan", "position": -0.2},
            {"type": "width", "width": 1.2},
            {"type": "limiter", "ceiling_db": -2},
        ],
    }
    return json.dumps(setting).encode()


def soundfont_bytes(*, name: bytes = b"Sine", hz: float = 440.0, key_range: tuple[int, int] = (0, 127)) -> bytes:
    """A SoundFont 2 with one preset that plays a sine of 0.5 s, made by the specification."""
    frames = RATE_HZ // 2
    wave = (12_000 * np.sin(2 * np.pi * hz * np.arange(frames) / RATE_HZ)).astype("<i2").tobytes() + bytes(92)
    info = _list(b"INFO", _chunk(b"ifil", struct.pack("<HH", 2, 4)), _chunk(b"INAM", name.ljust(20, b"\0")))
    keys = struct.pack("<HBB", 43, *key_range)
    tables = _list(
        b"pdta",
        _chunk(b"phdr", _preset(name, 0, 0) + _preset(b"EOP", 0, 1)),
        _chunk(b"pbag", struct.pack("<HHHH", 0, 0, 1, 0)),
        _chunk(b"pmod", bytes(10)),
        _chunk(b"pgen", struct.pack("<HH", 41, 0) + bytes(4)),
        _chunk(b"inst", name.ljust(20, b"\0") + struct.pack("<H", 0) + b"EOI".ljust(20, b"\0") + struct.pack("<H", 1)),
        _chunk(b"ibag", struct.pack("<HHHH", 0, 0, 2, 0)),
        _chunk(b"imod", bytes(10)),
        _chunk(b"igen", keys + struct.pack("<HH", 53, 0) + bytes(4)),
        _chunk(b"shdr", _sample(name, frames) + b"EOS".ljust(46, b"\0")),
    )
    body = b"sfbk" + info + _list(b"sdta", _chunk(b"smpl", wave)) + tables
    return b"RIFF" + struct.pack("<I", len(body)) + body


def one_of_each() -> dict[str, bytes]:
    """Media kind -> a small good file."""
    signal = np.concatenate([tone(0.6), tone(0.6, hz=660)], axis=1)
    files = {kind: audio.write(signal, sample_rate_hz=RATE_HZ, format=kind) for kind in ("wav", "flac", "ogg", "mp3")}
    return files | {
        "midi": midi.write(tune()),
        "musicxml": musicxml.write(tune()),
        "mxl": musicxml.write_mxl(tune()),
        "sf2": soundfont_bytes(),
        "mix_setting": mix_setting_bytes(),
        "progression": b"C | Am7 | F G | C",
    }


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _list(kind: bytes, *chunks: bytes) -> bytes:
    return _chunk(b"LIST", kind + b"".join(chunks))


def _preset(name: bytes, program: int, bag: int) -> bytes:
    return name.ljust(20, b"\0") + struct.pack("<HHHIII", program, 0, bag, 0, 0, 0)


def _sample(name: bytes, frames: int) -> bytes:
    return name.ljust(20, b"\0") + struct.pack("<IIIIIBbHH", 0, frames, 0, 0, RATE_HZ, 69, 0, 0, 1)
