import json
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.io import audio, midi, musicxml
from tests.helpers.music_files import RATE_HZ, soundfont_bytes, tone, tune


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.mid"
    path.write_bytes(midi.write(tune()))
    return path


def test_describe_prints_json(song: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["describe", str(song)]) == 0

    assert json.loads(capsys.readouterr().out)["key"] == "D major"


@pytest.mark.parametrize("name", ["out.musicxml", "out.mxl", "out.mid"])
def test_convert_keeps_the_notes(song: Path, name: str):
    target = song.with_name(name)

    assert main(["convert", str(song), str(target)]) == 0

    data = target.read_bytes()
    assert (midi.read(data) if name.endswith("mid") else musicxml.read(data)) == tune()


def test_convert_changes_the_coding_of_a_recording(tmp_path: Path):
    source, target = tmp_path / "a.wav", tmp_path / "a.flac"
    source.write_bytes(audio.write(tone(0.3), sample_rate_hz=RATE_HZ, format="wav"))

    assert main(["convert", str(source), str(target)]) == 0

    assert audio.read(target.read_bytes())[1] == RATE_HZ


def test_render_plays_notes(song: Path):
    bank, target = song.with_name("bank.sf2"), song.with_name("out.wav")
    bank.write_bytes(soundfont_bytes())

    assert main(["render", str(song), str(target), "--bank", str(bank)]) == 0

    assert audio.read(target.read_bytes())[0].shape[0] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["describe", "absent.mid"], "No such file"),
        (["describe", "empty.mid"], "empty"),
        (["convert", "song.mid", "out.docx"], "cannot write out.docx"),
        (["render", "song.mid", "out.mid"], "cannot be written"),
        (["convert", "song.mid", "out.wav"], "not a recording"),
    ],
)
def test_a_refusal_is_one_plain_line_and_exit_status_2(
    song: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(song.parent)
    (song.parent / "empty.mid").write_bytes(b"")
    (song.parent / "bank.sf2").write_bytes(soundfont_bytes())
    extra = ["--bank", "bank.sf2"] if arguments[0] == "render" else []

    assert main([*arguments, *extra]) == 2

    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
