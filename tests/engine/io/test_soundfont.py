import pytest

from engine.errors import EngineError, UnreadableFileError, UnsupportedFormatError
from engine.io import soundfont
from tests.helpers.music_files import RATE_HZ, soundfont_bytes


def test_presets_instruments_samples_and_keys_are_read():
    info = soundfont.read(soundfont_bytes(key_range=(36, 84)))

    assert info.media == "sf2"
    assert info.name == "Sine"
    assert [(p.name, p.bank, p.program, p.key_low, p.key_high) for p in info.presets] == [("Sine", 0, 0, 36, 84)]
    assert info.instrument_names == ("Sine",)
    assert [(s.start, s.end, s.sample_rate_hz) for s in info.samples] == [(0, RATE_HZ // 2, RATE_HZ)]


@pytest.mark.parametrize(
    ("find", "put", "words"),
    [
        (b"shdr", b"shdx", "no chunk shdr"),
        (b"\x29\x00\x00\x00", b"\x29\x00\x09\x00", "plays instrument 9 of 1"),
        (b"\x35\x00\x00\x00", b"\x35\x00\x07\x00", "plays sample 7 of 1"),
        (b"\x11\x2b\x00\x00", b"\xff\xff\xff\x00", "outside the pool"),
    ],
)
def test_an_index_that_points_outside_its_table_is_named(find: bytes, put: bytes, words: str):
    data = soundfont_bytes()
    assert find in data

    with pytest.raises(UnreadableFileError, match=words):
        soundfont.read(data[::-1].replace(find[::-1], put[::-1], 1)[::-1])


@pytest.mark.parametrize("twentieth", range(20))
def test_a_font_that_is_cut_off_is_refused(twentieth: int):
    data = soundfont_bytes()

    with pytest.raises(EngineError):
        soundfont.read(data[: len(data) * twentieth // 20])


def test_other_riff_files_are_refused():
    with pytest.raises(UnsupportedFormatError):
        soundfont.read(b"RIFF\0\0\0\0WAVE")


def test_the_bytes_of_every_sample_can_be_had():
    (sample,) = soundfont.sample_bytes(soundfont_bytes())

    assert len(sample) == RATE_HZ // 2 * 2


def test_an_odd_chunk_without_its_fill_byte_is_read_as_musescores_banks_have_it():
    data = soundfont_bytes()
    odd = b"ICOP" + (3).to_bytes(4, "little") + b"me."
    size = int.from_bytes(data[16:20], "little") + len(odd)
    longer = (int.from_bytes(data[4:8], "little") + len(odd)).to_bytes(4, "little")

    info = soundfont.read(
        data[:4]
        + longer
        + data[8:16]
        + size.to_bytes(4, "little")
        + data[20 : 20 + size - len(odd)]
        + odd
        + data[20 + size - len(odd) :]
    )

    assert info.copyright == "me."
    assert [preset.name for preset in info.presets] == ["Sine"]
