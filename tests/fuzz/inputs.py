"""Input number i, and what may come of it."""

import random

from engine.convert import convert
from engine.describe import describe
from engine.errors import EngineError
from engine.io import audio, mix_setting, notes, soundfont
from engine.io.sniff import sniff
from engine.theory import scala
from tests.fuzz.seeds import made, seeds

# How often a format comes: text and notes are quick and rich in rules, recordings are decoded by libsndfile.
_WEIGHTS = {
    "midi": 26, "musicxml": 18, "mxl": 8, "progression": 10, "mix_setting": 8, "scl": 8, "sf2": 6, "wav": 5,
    "flac": 4, "ogg": 4, "mp3": 3,
}  # fmt: skip
_DESCRIBED_EVERY = 400
_ODD = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


class Inputs:
    """Bytes by number: the same number and seed give the same bytes."""

    def __init__(self, seed: int) -> None:
        self.seed, self.seeds = seed, seeds()
        self.kinds, self.weights = list(_WEIGHTS), list(_WEIGHTS.values())

    def kind_of(self, index: int) -> str:
        """The format that input begins as."""
        return self._draw(index).choices(self.kinds, self.weights)[0]

    def made(self, index: int) -> tuple[str, bytes, bool]:
        """Format, bytes, and whether everything is to be worked out from them or only read."""
        draw = self._draw(index)
        kind = draw.choices(self.kinds, self.weights)[0]
        is_described = index % _DESCRIBED_EVERY == 0
        if draw.random() < 0.3:
            return kind, made(kind, draw), is_described
        data = bytearray(draw.choice(self.seeds[kind]))
        for _ in range(draw.choice((1, 1, 2, 3, 8, 30))):
            _mutate(data, draw, self.seeds[draw.choice(self.kinds)])
        return kind, bytes(data), is_described

    def _draw(self, index: int) -> random.Random:
        return random.Random(self.seed << 40 | index)


def _mutate(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    """Change one thing in place."""
    if not data:
        data += b"\0"
    at, kind = draw.randrange(len(data)), draw.randrange(9)
    span = min(draw.choice((1, 2, 4, 16, 100, 1000)), len(data) - at)
    if kind == 0:
        data[at] ^= 1 << draw.randrange(8)
    elif kind == 1:
        data[at] = draw.randrange(256)
    elif kind == 2:
        width, order = draw.choice((1, 2, 4)), draw.choice(("big", "little"))
        data[at : at + width] = (draw.choice(_ODD) & (1 << 8 * width) - 1).to_bytes(width, order)
    elif kind == 3:
        del data[at : at + span]
    elif kind == 4:
        data[at:at] = data[at : at + span] * draw.choice((1, 2, 50))
    elif kind == 5:
        other = draw.choice(others)
        start = draw.randrange(len(other))
        data[at : at + span] = other[start : start + draw.choice((4, 40, 400))]
    elif kind == 6:
        del data[at:]
    elif kind == 7:
        data[at:at] = draw.randbytes(span)
    else:
        where = draw.randrange(len(data))
        data[at : at + span], data[where : where + span] = data[where : where + span], data[at : at + span]


def try_input(kind: str, data: bytes, is_described: bool) -> str:
    """Read the bytes as the site would, or as a scale: "read", "refused: ..." or "out of memory"; else it raises."""
    try:
        if kind == "scl":
            scala.write(scala.read(data))
        elif is_described:
            describe(data).as_json()
        else:
            _read(data)
    except EngineError as refusal:
        return f"refused: {refusal.code}"
    except MemoryError:
        return "out of memory"
    return "read"


def _read(data: bytes) -> None:
    media = sniff(data)
    if media in notes.MEDIA:
        score = notes.read(data)
        for form in ("midi", "musicxml"):
            if media != form and score.note_count < 2_000:
                notes.read(convert(data, form))
    elif media in ("sf2", "sf3"):
        soundfont.read(data)
    elif media == "mix_setting":
        mix_setting.read(data)
    else:
        audio.read(data)
