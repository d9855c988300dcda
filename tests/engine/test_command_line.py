import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import engine.commands
from engine.__main__ import main
from engine.console import Progress
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
        (["convert", "song.mid", "song.mid"], "overwrite what is read"),
        (["convert", "song.mid", "link.mid"], "overwrite what is read"),
        (["convert", "song.mid", "folder.mid"], "is a directory"),
        (["convert", "song.mid", "absent/out.mid"], "No such file"),
        (["describe", "folder.mid"], "Is a directory"),
        (["describe"], "required: IN"),
        (["sing", "song.mid"], "invalid choice: 'sing'"),
        ([], "required: COMMAND"),
    ],
)
def test_a_refusal_is_one_plain_line_and_exit_status_2(
    song: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(song.parent)
    (song.parent / "empty.mid").write_bytes(b"")
    (song.parent / "bank.sf2").write_bytes(soundfont_bytes())
    (song.parent / "folder.mid").mkdir()
    (song.parent / "link.mid").symlink_to("song.mid")
    extra = ["--bank", "bank.sf2"] if arguments[:1] == ["render"] else []

    assert main([*arguments, *extra]) == 2

    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_refused_conversion_leaves_the_old_target_and_nothing_else(song: Path):
    target = song.with_name("old.musicxml")
    target.write_bytes(b"old")
    song.write_bytes(b"MThd is all there is")

    assert main(["convert", str(song), str(target)]) == 2

    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in song.parent.iterdir()) == ["old.musicxml", "song.mid"]


def test_a_device_is_never_replaced(song: Path, capsys: pytest.CaptureFixture[str]):
    link = song.with_name("null.mid")
    link.symlink_to("/dev/null")

    assert main(["convert", str(song), str(link)]) == 2

    assert "is a device" in capsys.readouterr().err
    assert not Path("/dev/null").is_file()


def test_help_loads_no_numpy():
    """It answers at once: what is heavy is imported by the command that needs it."""
    code = """
import sys
from engine.__main__ import main
try:
    main(["--help"])
except SystemExit:
    print("numpy" in sys.modules)
"""

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.endswith("False\n")


def test_every_command_stands_in_the_manual():
    manual = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()

    commands = [entry.name for entry in pkgutil.iter_modules(engine.commands.__path__)]

    assert {"convert", "describe", "render"} <= set(commands)
    assert [name for name in commands if f"## `{name}" not in manual] == []


def test_progress_is_said_on_standard_error_in_at_most_twenty_lines(capsys: pytest.CaptureFixture[str]):
    progress = Progress("song.wav", 1_000, "s")

    for second in range(1_001):
        progress.reach(second)

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 20
    assert said.err.endswith("song.wav: 1,000 of 1,000 s\n")
