import pytest

from engine.errors import EngineError, UnreadableFileError, UnsupportedFormatError
from engine.io.recording import media_of
from engine.io.sniff import sniff
from tests.helpers.music_files import one_of_each


@pytest.mark.parametrize(
    "media", ["midi", "musicxml", "mxl", "wav", "flac", "ogg", "mp3", "sf2", "mix_setting", "progression"]
)
def test_every_kind_is_known_by_its_content(media: str):
    assert sniff(one_of_each()[media]) == media


def test_flac_behind_a_tag_with_content_credentials_is_still_flac(tmp_path):
    flac = one_of_each()["flac"]
    tagged = b"ID3\x04\0\0" + bytes((0, 0, 2, 0)) + bytes(256) + flac
    path = tmp_path / "song"
    path.write_bytes(tagged)

    assert sniff(tagged) == "flac"
    assert media_of(path) == "flac"


def test_an_empty_file_is_refused():
    with pytest.raises(UnreadableFileError, match="empty"):
        sniff(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(64),
        b"%PDF-1.7\n",
        b"PK\x03\x04" + bytes(60),
        b"<html></html>",
        b'{"a": 1}',
        b"MZ" + bytes(100),
        b"Dear all, this is a letter.",
        b"A",
        bytes(1000),
        b"\xff" * 1000,
        b"RIFF\0\0\0\0AVI ",
    ],
)
def test_other_files_are_refused_in_plain_words(data: bytes):
    with pytest.raises(UnsupportedFormatError):
        sniff(data)


def test_broken_json_is_refused_as_broken():
    with pytest.raises(EngineError):
        sniff(b'{"plugins": [')
