import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

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


def test_a_file_too_large_to_be_read_at_once_is_refused_before_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    large = tmp_path / "night.wav"
    with large.open("wb") as file:
        file.truncate(40 * 1024**3)  # sparse: no disk holds it, and no memory could

    assert main(["transcribe", str(large), str(tmp_path / "night.mid")]) == 2
    assert "has 42,949,672,960 bytes; at most" in capsys.readouterr().err


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


def test_convert_and_describe_tell_how_far_they_are_in_long_recordings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    long, short = tmp_path / "long.wav", tmp_path / "short.wav"
    monkeypatch.setattr("engine.io.limits.AUDIO_SAMPLES_MAX", 100_000)  # as if it did not fit into memory
    for path, seconds in ((long, 61.0), (short, 1.0)):
        path.write_bytes(audio.write(tone(seconds), sample_rate_hz=RATE_HZ, format="wav"))

    for source in (short, long):
        assert main(["convert", str(source), str(tmp_path / "out.flac")]) == 0
        assert main(["describe", str(source)]) == 0

    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert lines[-1] == "describe: 61 of 61 s"
    assert "convert: 61 of 61 s" in lines
    assert len(lines) <= 40
    assert not any("of 1 s" in line for line in lines)
    assert len(said.out.splitlines()) == 2


def spoilt(seconds: float = 2.0) -> np.ndarray:
    """A tone with hum, two clicks and a pause of faint hiss, in both channels."""
    chance = np.random.default_rng(5)
    wave = np.repeat(tone(seconds), 2, axis=0)[:2] * 0.6
    time_s = np.arange(wave.shape[1]) / RATE_HZ
    wave[:, wave.shape[1] // 2 :] = 0
    wave += 0.001 * chance.standard_normal(wave.shape)
    wave += sum(0.02 * np.sin(2 * np.pi * 50 * k * time_s) for k in range(1, 6))
    wave[:, [4_000, 9_000]] += 0.7
    return wave.astype(np.float32)


def test_repair_mends_what_it_is_asked_to_and_says_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    soundfile.write(source, spoilt().T, RATE_HZ, subtype="PCM_24")

    assert main(["repair", str(source), str(target), "--gate", "--hum", "--mains", "50", "--clicks"]) == 0

    said = capsys.readouterr()
    report = json.loads(said.out)
    assert [entry["name"] for entry in report["repairs"]] == ["clicks", "hum", "gate"]
    found = {entry["name"]: entry["found"] for entry in report["repairs"]}
    assert 4 <= found["clicks"] <= 6  # two in each channel, and where the tone breaks off
    assert found["hum"] >= 3
    assert report["repairs"][0]["changed_db"] < -20
    assert (report["channels"], report["sample_rate_hz"], report["duration_s"]) == (2, RATE_HZ, 2.0)
    assert said.err.splitlines()[-1] == "repair: 4 of 4 steps"
    assert soundfile.info(target).subtype == "PCM_24"
    mended, before = soundfile.read(target)[0], spoilt().T
    jumps = [np.abs(np.diff(sound[3_990:4_010], axis=0)).max() for sound in (before, mended)]
    assert jumps[0] > 0.5
    assert jumps[1] < 0.1
    pause = slice(int(1.5 * RATE_HZ), int(1.9 * RATE_HZ))
    assert np.abs(mended[pause]).max() < 0.1 * np.abs(before[pause]).max()


def test_repair_turns_down_what_restored_peaks_make_too_loud(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source, target = tmp_path / "in.wav", tmp_path / "out.flac"
    soundfile.write(source, np.clip(2.5 * tone(1.0), -1, 1).T, RATE_HZ)

    assert main(["repair", str(source), str(target), "--clipping"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report["repairs"][0]["found"] > 100
    assert report["lowered_db"] > 0.5
    assert 0.9 < np.abs(soundfile.read(target)[0]).max() < 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say what is to be mended: --clicks, --clipping, --hum, --gate"),
        (["--clicks", "--mains", "50"], "--mains goes with --hum"),
        (["--hum", "--mains", "400"], "40"),
        (["--clicks", "--sensitivity", "7"], "between 0 and 1"),
        (["--gate", "--range", "-3"], "0 to 80 dB"),
    ],
)
def test_repair_refuses_what_makes_no_sense(
    tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    source.write_bytes(audio.write(tone(0.3), sample_rate_hz=RATE_HZ, format="wav"))

    assert main(["repair", str(source), str(target), *arguments]) == 2

    assert words in capsys.readouterr().err
    assert not target.exists()
