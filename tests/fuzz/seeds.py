"""Small real files of every format, and grammars that make more."""

import json
import random
import zipfile
from io import BytesIO

import numpy as np

from engine.io import audio, midi, musicxml
from tests.helpers.music_files import mix_setting_bytes, soundfont_bytes, tune
from tests.helpers.shared import SHARED

KIB = 1024


def seeds() -> dict[str, list[bytes]]:
    """Files by format, each of a few kilobytes, so that a mutation hits something."""
    sound = (np.sin(np.arange(1_200) / 9) * 0.4).astype(np.float32)[np.newaxis]
    two = np.concatenate([sound, -sound])
    recordings = {
        kind: [audio.write(wave, sample_rate_hz=rate, format=kind) for wave, rate in ((sound, 8_000), (two, 44_100))]
        for kind in ("wav", "flac", "ogg", "mp3")
    }
    score = tune()
    return {
        "midi": [midi.write(score), *_small("midi", ".mid", 4 * KIB)],
        "musicxml": [musicxml.write(score), *_small("musicxml", ".xml", 8 * KIB)],
        "mxl": [musicxml.write_mxl(score)],
        "sf2": [soundfont_bytes()],
        "mix_setting": [mix_setting_bytes()],
        "progression": [b"C | Am7 | F G/B | % | N.C. | Dm7b5 E7b9 |"],
        "scl": [b"! x.scl\nJust\n 3\n!\n 9/8\n 702.0\n 2/1\n", b"! y\n\n1\n1200.\n"],
        **recordings,
    }


def _small(folder: str, suffix: str, bytes_max: int) -> list[bytes]:
    """Third-party files, where they lie beside the checkout."""
    files = sorted((SHARED / "vectors" / folder).glob(f"*{suffix}"))
    return [data for path in files if 0 < len(data := path.read_bytes()) <= bytes_max]


def made(kind: str, draw: random.Random) -> bytes:
    """A file of `kind` by its grammar, with odd values in it; bytes of chance where there is no grammar."""
    grammar = {"midi": _midi, "musicxml": _musicxml, "mxl": _mxl, "progression": _progression, "scl": _scl,
               "mix_setting": _json}.get(kind)  # fmt: skip
    return grammar(draw) if grammar else draw.randbytes(draw.randrange(1, 400))


def _variable_length(value: int) -> bytes:
    groups = [value & 127]
    while value := value >> 7:
        groups.append(value & 127 | 128)
    return bytes(reversed(groups))


def _midi(draw: random.Random) -> bytes:
    tracks = []
    for _ in range(draw.choice((0, 1, 1, 2, 5))):
        body = b"".join(_variable_length(_time(draw)) + _message(draw) for _ in range(draw.randrange(40)))
        body += draw.choice((b"\0\xff\x2f\0", b"\0\xff\x2f\0", b"", b"\0"))
        tracks.append(draw.choice((b"MTrk",) * 8 + (b"XXXX",)) + len(body).to_bytes(4, "big") + body)
    division = draw.choice((1, 24, 96, 480, 0x7FFF, 0, 0xE728, 0xE250, 0x8000))
    head = (draw.choice((0, 1, 1, 2, 3)), draw.choice((len(tracks), len(tracks), 0, 0xFFFF)), division)
    return b"MThd\0\0\0\6" + b"".join(each.to_bytes(2, "big") for each in head) + b"".join(tracks)


def _time(draw: random.Random) -> int:
    return draw.choice((0, 0, 1, 24, 96, 480, draw.randrange(1 << 14), draw.randrange(1 << 28)))


def _message(draw: random.Random) -> bytes:
    kind = draw.randrange(12)
    if kind < 7:
        channel, pitch = draw.choice((0, 0, 9, 15)), draw.choice((60, 60, 64, draw.randrange(128)))
        return bytes((0x80 + 16 * min(kind, 6) | channel, pitch)) + (
            b"" if kind in (4, 5) else bytes((draw.randrange(128),))
        )
    if kind == 7:
        return bytes((draw.randrange(128), draw.randrange(256)))  # running status, or nonsense
    body = draw.randbytes(draw.choice((0, 1, 2, 3, 4, 40)))
    if kind == 8:
        body = b"\x7dLL1" + draw.choice(
            (b"Nv2 s2 c50 nEb4", b"Qp60 e1 o1/3 d2", b"Bp131 e9 o0 d1", b"Mo3/2", b"No1/0", b"Nc-1/7 g999 x", body)
        )
        return b"\xff\x7f" + _variable_length(len(body)) + body
    if kind < 11:
        return bytes((0xFF, draw.choice((1, 3, 0x2F, 0x51, 0x58, 0x59, 0x7F)))) + _variable_length(len(body)) + body
    return bytes((draw.choice((0xF0, 0xF7, 0xF1, 0xF2, 0xF4, 0xF8)),)) + _variable_length(len(body)) + body


_NUMBERS = ("0", "1", "2", "-1", "3.5", "960", "99999", "1e9", "", "x", "١", "0.0000001", "9" * 30, "-0")


def _musicxml(draw: random.Random) -> bytes:
    number = lambda: draw.choice(_NUMBERS) if draw.random() < 0.15 else str(draw.randrange(1, 9))  # noqa: E731
    parts = []
    for part in range(draw.choice((1, 1, 2))):
        measures = []
        for _ in range(draw.randrange(1, 5)):
            inner = [_element(draw, number) for _ in range(draw.randrange(10))]
            measures.append(f"<measure number='{number()}'>{''.join(inner)}</measure>")
        parts.append(f"<part id='P{part}'>{''.join(measures)}</part>")
    midi_part = f"<midi-instrument id='a'><midi-channel>{number()}</midi-channel><midi-bank>{number()}</midi-bank>"
    midi_part += f"<midi-program>{number()}</midi-program><midi-unpitched>{number()}</midi-unpitched></midi-instrument>"
    listed = f"<part-list><score-part id='P0'><part-name>n</part-name>{midi_part}</score-part></part-list>"
    root = draw.choice(("score-partwise",) * 6 + ("score-timewise", "opus"))
    head = draw.choice(("", "<?xml version='1.0'?>", "<!DOCTYPE score-partwise>", "<!DOCTYPE a [<!ENTITY b 'c'>]>"))
    text = f"{head}<{root}>{listed}{''.join(parts)}</{root}>"
    return text.encode(draw.choice(("utf-8",) * 8 + ("utf-16",)))


def _element(draw: random.Random, number) -> str:
    kind = draw.randrange(9)
    if kind < 4:
        marks = "".join(draw.sample(("<grace/>", "<chord/>", "<cue/>"), draw.choice((0, 0, 0, 1, 2))))
        step, octave = draw.choice("CDEFGABH"), draw.choice(("4", "0", "9", number()))
        pitch = draw.choice(
            (
                f"<pitch><step>{step}</step><alter>{number()}</alter><octave>{octave}</octave></pitch>",
                f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>",
                "<rest/>",
                f"<unpitched><display-step>{step}</display-step><display-octave>{octave}</display-octave></unpitched>",
            )
        )
        ties = draw.choice(("", "", "<tie type='start'/>", "<tie type='stop'/>"))
        rest = f"<voice>{number()}</voice><staff>{number()}</staff>"
        return f"<note dynamics='{number()}'>{marks}{pitch}<duration>{number()}</duration>{ties}{rest}</note>"
    if kind == 4:
        return f"<backup><duration>{number()}</duration></backup>"
    if kind == 5:
        return f"<forward><duration>{number()}</duration></forward>"
    if kind == 6:
        time = f"<time><beats>{number()}</beats><beat-type>{draw.choice(('4', '8', number()))}</beat-type></time>"
        key = f"<key><fifths>{number()}</fifths></key><transpose><chromatic>{number()}</chromatic></transpose>"
        return f"<attributes><divisions>{number()}</divisions>{key}{time}</attributes>"
    if kind == 7:
        play = f"<play><other-play type='midi-control'>{number()} {number()}</other-play></play>"
        return f"<sound tempo='{number()}'>{play}<offset>{number()}</offset></sound>"
    return (
        f"<direction><direction-type><dynamics><f/></dynamics></direction-type><offset>{number()}</offset></direction>"
    )


def _mxl(draw: random.Random) -> bytes:
    target = BytesIO()
    path = draw.choice(("a.xml", "a.xml", "b/../a.xml", "../a.xml", "/a.xml", ""))
    with zipfile.ZipFile(target, "w", draw.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        index = f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'
        archive.writestr("META-INF/container.xml", index)
        archive.writestr("a.xml", _musicxml(draw))
    return target.getvalue()


def _progression(draw: random.Random) -> bytes:
    words = (
        "C",
        "Am7",
        "F#m7b5",
        "G/B",
        "|",
        "|",
        "%",
        ".",
        "N.C.",
        "H",
        "Cmaj7#11",
        "\n",
        "()",
        "||",
        "Bb6/9",
        "\0",
        "é",
    )
    return " ".join(draw.choice(words) for _ in range(draw.randrange(1, 40))).encode()


def _scl(draw: random.Random) -> bytes:
    pitches = ("100.", "3/2", "2/1", "2", "-5.0", "0/1", "1/0", "701.955 fifth", "x", "9" * 40, "!comment", "", "1e3")
    lines = [draw.choice(pitches) for _ in range(draw.randrange(16))]
    count = draw.choice((len(lines), len(lines), 0, -1, 10**9))
    return "\n".join(["! name", draw.choice(("text", "", "ü")), str(count), *lines]).encode()


def _json(draw: random.Random) -> bytes:
    def value(depth: int):
        kind = draw.randrange(8 if depth else 6)
        if kind == 6:
            return [value(depth - 1) for _ in range(draw.randrange(4))]
        if kind == 7:
            return {
                draw.choice(("type", "gain_db", "plugins", "x")): value(depth - 1) for _ in range(draw.randrange(4))
            }
        return draw.choice((None, True, 0, -1, 1e308, "text", "equaliser", 10**20))

    return json.dumps({"plugins": value(4), "name": value(1), "schema": value(1)}).encode()
