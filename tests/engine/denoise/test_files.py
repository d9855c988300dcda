"""File to file, and the commands."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.__main__ import main
from engine.denoise import METHODS, denoise, denoise_file
from engine.errors import OutOfRangeError, UnreadableFileError, UnsupportedFormatError
from tests.engine.denoise.sounds import RATE_HZ, hiss, melody


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    clean = melody(seconds=5.0, channels=2)
    soundfile.write(path, (clean + hiss(clean, snr_db=5.0)).T, RATE_HZ, subtype="FLOAT")
    return path


def test_a_file_gets_the_samples_of_the_whole_signal(recording: Path):
    target = recording.with_name("clean.wav")

    report = denoise_file(recording, target, method="sos", noise=(0.0, 0.2))

    frames, rate = soundfile.read(recording, dtype="float32")
    whole = denoise(np.ascontiguousarray(frames.T), sample_rate_hz=rate, method="sos", noise=(0.0, 0.2))
    written, _ = soundfile.read(target, dtype="float32")
    np.testing.assert_allclose(written.T, np.clip(whole.signal, -1, 1), atol=2e-6)
    assert soundfile.info(target).subtype == "FLOAT"
    expected_db = 10 * np.log10(np.square(whole.residual).sum() / np.square(frames).sum())
    assert report.removed_db == pytest.approx(expected_db, abs=0.01)


@pytest.mark.parametrize(("name", "subtype"), [("a.flac", "PCM_24"), ("a.ogg", "VORBIS"), ("a.mp3", "MPEG_LAYER_III")])
def test_the_targets_ending_names_the_form(recording: Path, name: str, subtype: str):
    target = recording.with_name(name)

    denoise_file(recording, target, method="boll")

    assert soundfile.info(target).subtype == subtype
    assert soundfile.info(target).frames == soundfile.info(recording).frames


def test_broken_files_are_refused(recording: Path, tmp_path: Path):
    target = tmp_path / "out.wav"
    empty, text, broken = tmp_path / "empty.wav", tmp_path / "text.wav", tmp_path / "nan.wav"
    empty.write_bytes(b"")
    text.write_bytes(b"this is no sound" * 10)
    soundfile.write(broken, np.full((100, 1), np.nan), RATE_HZ, subtype="FLOAT")

    with pytest.raises(UnreadableFileError, match="empty"):
        denoise_file(empty, target, method="sos")
    with pytest.raises(UnsupportedFormatError, match="no recording"):
        denoise_file(text, target, method="sos")
    with pytest.raises(UnreadableFileError, match="not finite"):
        denoise_file(broken, target, method="sos")
    with pytest.raises(UnsupportedFormatError, match="cannot be written as midi"):
        denoise_file(recording, tmp_path / "out.mid", method="sos")
    with pytest.raises(OutOfRangeError, match="cannot hold"):
        denoise_file(_many_channels(tmp_path), tmp_path / "out.mp3", method="sos")


def _many_channels(folder: Path) -> Path:
    path = folder / "many.wav"
    soundfile.write(path, np.zeros((2000, 6)), RATE_HZ)
    return path


def test_the_command_writes_the_target_and_prints_what_was_taken_out(
    recording: Path, capsys: pytest.CaptureFixture[str]
):
    target = recording.with_name("clean.flac")
    words = ["--method", "mbss", "--strength", "0.8", "--noise", "0-0.2"]

    assert main(["denoise", str(recording), str(target), *words]) == 0

    printed = json.loads(capsys.readouterr().out)
    assert printed["channels"] == 2
    assert printed["duration_s"] == 5.0
    assert -20 < printed["removed_db"] < 0
    assert soundfile.info(target).frames == soundfile.info(recording).frames


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--method", "magic"], "there is no method 'magic'"),
        (["--method", "sos", "--noise", "soon"], "--noise is START-END in seconds"),
        (["--method", "sos", "--noise", "3"], "does not lie within"),
        (["--method", "sos", "--strength", "-1"], "strength is between 0 and 1"),
    ],
)
def test_the_command_refuses_with_one_line(
    recording: Path, words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
):
    target = recording.with_name("clean.wav")

    assert main(["denoise", str(recording), str(target), *words]) == 2

    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert reason in printed.err
    assert not target.exists()


def test_the_command_methods_prints_every_name(capsys: pytest.CaptureFixture[str]):
    assert main(["methods"]) == 0

    assert tuple(method["name"] for method in json.loads(capsys.readouterr().out)["methods"]) == METHODS
