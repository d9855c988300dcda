"""`master` and `mix` on the command line: sound, settings and JSON, and refusals of one line."""

import json
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.io import audio, mix_setting
from engine.mixing import export, mix
from tests.helpers import made_music
from tests.helpers.made_music import RATE_HZ


def written(path: Path, signal) -> Path:
    path.write_bytes(export(signal, sample_rate_hz=RATE_HZ))
    return path


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return written(tmp_path / "song.wav", made_music.band(1.2))


def test_master_writes_sound_and_chain_and_says_what_it_did(song: Path, capsys: pytest.CaptureFixture[str]):
    target, setting = song.with_name("out.wav"), song.with_name("out.json")

    asked = ["master", str(song), str(target), "--lufs", "-16", "--setting", str(setting)]
    assert main([*asked, "--genre", "jazz", "--amount", "50", "limiter=100"]) == 0

    (made,) = json.loads(capsys.readouterr().out)["proposals"]
    assert abs(made["integrated_lufs"] + 16) <= 0.1
    assert made["true_peak_dbtp"] <= -1
    assert mix_setting.read(setting.read_bytes())["plugins"] == made["setting"]["plugins"]
    assert audio.read(target)[0].shape == audio.read(song)[0].shape


def test_a_reference_can_be_kept_and_used_again(song: Path, capsys: pytest.CaptureFixture[str]):
    reference, kept = written(song.with_name("ref.wav"), made_music.band(1.2, seed=8)), song.with_name("ref.json")
    out = str(song.with_name("out.flac"))

    assert main(["master", str(song), out, "--reference", str(reference), "--keep-preset", str(kept)]) == 0
    assert main(["master", str(song), out, "--preset", str(kept)]) == 0

    first, second = (json.loads(line)["proposals"][0] for line in capsys.readouterr().out.splitlines())
    assert abs(first["integrated_lufs"] - second["integrated_lufs"]) <= 0.1


def test_mix_reads_a_folder_and_writes_a_mix_that_render_understands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder, document = tmp_path / "stems", tmp_path / "mix.json"
    folder.mkdir()
    for name, stem in made_music.stems(1.2).items():
        written(folder / f"{name}.wav", stem)

    asked = ["mix", str(folder), str(tmp_path / "mix.wav"), "--genre", "rock", "--setting", str(document)]
    assert main([*asked, "--amount", "reverb=0"]) == 0

    (made,) = json.loads(capsys.readouterr().out)["proposals"]
    assert [strip.name for strip in mix.read(document.read_bytes()).tracks] == ["bass", "chords", "drums", "lead"]
    assert len(made["remarks"]) == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--amount", "volume=50"], "--amount volume=50: write 0 to 100"),
        (["--genre", "polka"], "genre is 'polka'"),
        (["--lufs", "-2"], "loudness is -2000"),
        (["--reference", "absent.wav"], "absent.wav: No such file"),
        (["--keep-preset", "kept.json"], "there is none"),
    ],
)
def test_what_master_cannot_do_is_one_plain_line(
    song: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    target = song.with_name("out.wav")

    assert main(["master", str(song), str(target), *arguments]) == 2

    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said
    assert not target.exists()


def test_an_empty_folder_of_stems_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "stems"
    folder.mkdir()

    assert main(["mix", str(folder), str(tmp_path / "out.wav")]) == 2

    assert "no recordings in this folder" in capsys.readouterr().err
