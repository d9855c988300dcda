import json

import pytest

from engine.__main__ import main
from engine.io import audio, midi
from tests.helpers.tones import RATE_HZ, scale


@pytest.fixture
def recording(tmp_path):
    sound, _ = scale()
    path = tmp_path / "scale.wav"
    path.write_bytes(audio.write(sound, sample_rate_hz=RATE_HZ, format="wav"))
    return path


def test_transcribe_writes_notes_and_prints_what_it_heard(recording, capsys):
    target = recording.with_name("out.mid")

    assert main(["transcribe", str(recording), str(target), "--mono", "--tempo", "120"]) == 0

    out = capsys.readouterr()
    summary = json.loads(out.out)
    assert summary["note_count"] == 8
    assert [note["onset_quarters"] for note in summary["notes"]] == list(range(8))
    assert [note.pitch_midi for note in midi.read(target.read_bytes()).parts[0].notes] == [
        note["pitch_midi"] for note in summary["notes"]
    ]
    assert "transcribing" in out.err


def test_transcribe_refuses_a_target_that_holds_no_notes(recording, capsys):
    assert main(["transcribe", str(recording), str(recording.with_name("out.flac"))]) == 2

    assert "use .mid or .musicxml" in capsys.readouterr().err


def test_transcribe_refuses_an_odd_tempo(recording, capsys):
    target = recording.with_name("out.mid")

    assert main(["transcribe", str(recording), str(target), "--mono", "--tempo", "0"]) == 2

    assert "tempo of 0.0 is outside" in capsys.readouterr().err
    assert not target.exists()
