"""Small files of every kind, made by the engine and by independent writers."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import mido
import numpy as np
import soundfile

MELODY = (60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 67, 72, 71, 69, 67, 65, 64, 62, 60, 67, 69, 65, 62, 60)


def midi(pitches: tuple[int, ...] = MELODY, *, kind: int = 1) -> bytes:
    """A melody of quavers, written by mido."""
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    for pitch in pitches:
        track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
        track.append(mido.Message("note_off", note=pitch, velocity=0, time=240))
    file = mido.MidiFile(type=kind, ticks_per_beat=480)
    file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def wav(seconds: float = 1.0, *, pitch_hz: float = 220.0, format: str = "WAV", subtype: str | None = None) -> bytes:
    """A tone that swells, written by libsndfile."""
    time = np.arange(int(seconds * 22_050)) / 22_050
    tone = 0.4 * np.sin(2 * np.pi * pitch_hz * time) * np.sin(np.pi * time / seconds)
    out = io.BytesIO()
    soundfile.write(out, tone, 22_050, format=format, subtype=subtype)
    return out.getvalue()


MUSICXML = b"""<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="4.0">
  <part-list><score-part id="P1"><part-name>Voice</part-name></score-part></part-list>
  <part id="P1"><measure number="1">
    <attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>
    <note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>
    <note><pitch><step>E</step><octave>4</octave></pitch><duration>1</duration></note>
    <note><pitch><step>G</step><octave>4</octave></pitch><duration>2</duration></note>
  </measure></part>
</score-partwise>
"""


def mxl(score: bytes = MUSICXML, *, rootfile: str = "score.xml") -> bytes:
    """The same, compressed."""
    container = f'<?xml version="1.0"?><container><rootfiles><rootfile full-path="{rootfile}"/></rootfiles></container>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("score.xml", score)
    return out.getvalue()


def zip_bomb() -> bytes:
    """A small archive that unfolds to 200 MB of blanks."""
    return mxl(MUSICXML + b" " * 200_000_000)


def billion_laughs() -> bytes:
    """Entities that unfold without end."""
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    return (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{levels}]><score-partwise>&a8;</score-partwise>'.encode()
    )


def external_entity() -> bytes:
    """A reference to a file outside."""
    return (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        b"<score-partwise><part-list>&e;</part-list></score-partwise>"
    )


MIX_SETTING = json.dumps(
    {
        "version": 1,
        "name": "Warm",
        "plugins": [
            {"type": "eq", "bands": [{"shape": "low_shelf", "frequency_hz": 200, "gain_db": 3}]},
            {"type": "compressor", "threshold_db": -18, "ratio": 3},
        ],
    }
).encode()


def seconds_of(data: bytes) -> float:
    """Length of a recording, read by libsndfile."""
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        return file.frames / file.samplerate


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def soundfont() -> bytes:
    """The least SoundFont 2.01 there can be: one preset, one instrument, one sample of a tone."""
    samples = (0.5 * 32767 * np.sin(2 * np.pi * 440 * np.arange(4410) / 22050)).astype("<i2").tobytes() + bytes(92)
    frames = len(samples) // 2 - 46
    info = _chunk(b"ifil", struct.pack("<HH", 2, 1)) + _chunk(b"isng", b"EMU8000\0") + _chunk(b"INAM", b"Tone\0\0")

    def name(text: bytes) -> bytes:
        return text.ljust(20, b"\0")

    header = name(b"tone") + struct.pack("<IIIIIBbHH", 0, frames, 0, frames, 22050, 69, 0, 0, 1)
    pdta = (
        _chunk(b"phdr", name(b"Tone") + bytes(18) + name(b"EOP") + struct.pack("<HHHIII", 0, 0, 1, 0, 0, 0))
        + _chunk(b"pbag", struct.pack("<HHHH", 0, 0, 1, 0))
        + _chunk(b"pmod", bytes(10))
        + _chunk(b"pgen", struct.pack("<HH", 41, 0) + bytes(4))
        + _chunk(b"inst", name(b"Tone") + struct.pack("<H", 0) + name(b"EOI") + struct.pack("<H", 1))
        + _chunk(b"ibag", struct.pack("<HHHH", 0, 0, 1, 0))
        + _chunk(b"imod", bytes(10))
        + _chunk(b"igen", struct.pack("<HH", 53, 0) + bytes(4))
        + _chunk(b"shdr", header + name(b"EOS") + bytes(26))
    )
    lists = (
        _chunk(b"LIST", b"INFO" + info)
        + _chunk(b"LIST", b"sdta" + _chunk(b"smpl", samples))
        + _chunk(b"LIST", b"pdta" + pdta)
    )
    return _chunk(b"RIFF", b"sfbk" + lists)
