"""A recording heard block by block says what the same recording heard whole says."""

from pathlib import Path

import numpy as np
import pytest

from engine.analysis import fingerprint
from engine.describe import describe
from engine.errors import EngineError, LimitExceededError
from engine.io import audio, limits
from engine.io.recording import open_recording

RATE_HZ = 22_050


def song(seconds: float = 12, channels: int = 2, rate: int = RATE_HZ) -> np.ndarray:
    """A beat at 120 bpm with a tone of C major in it, (channels, samples)."""
    time = np.arange(int(seconds * rate)) / rate
    chord = sum(np.sin(2 * np.pi * hz * time) for hz in (261.63, 329.63, 392.0)) / 8
    beat = np.exp(-30 * (time % 0.5)) * np.random.default_rng(1).standard_normal(len(time)) / 3
    return np.stack([chord + beat * (1 - 0.1 * c) for c in range(channels)]).astype(np.float32)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AUDIO_SAMPLES_MAX", 1_000)


def test_a_long_recording_is_described_as_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "song.wav"
    path.write_bytes(audio.write(song(), sample_rate_hz=RATE_HZ, format="wav"))
    whole = describe(path)

    monkeypatch.setattr(limits, "AUDIO_SAMPLES_MAX", 1_000)
    streamed = describe(path)

    assert describe(path.read_bytes()) == streamed
    for name in ("media", "duration_s", "tempo_bpm", "key", "integrated_lufs", "true_peak_dbtp", "channels"):
        assert getattr(streamed, name) == getattr(whole, name), name
    assert fingerprint.similarity(streamed.fingerprint, whole.fingerprint) > 0.95
    assert np.abs(np.array(streamed.peaks) - np.array(whole.peaks)).mean() < 0.12
    assert len(streamed.picture.cells) == len(whole.picture.cells)


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "mp3"])
def test_a_recording_of_any_length_is_converted_as_a_short_one(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
):
    source, target = tmp_path / "a.wav", tmp_path / f"b.{form}"
    data = audio.write(song(2), sample_rate_hz=RATE_HZ, format="wav")
    source.write_bytes(data)
    monkeypatch.setattr(limits, "AUDIO_SAMPLES_MAX", 1_000_000)
    decoded, _ = audio.read(data)
    monkeypatch.setattr(limits, "AUDIO_SAMPLES_MAX", 1_000)

    with open_recording(source) as recording:
        audio.transcode(recording, target, format=form)

    assert target.read_bytes() == audio.write(decoded, sample_rate_hz=RATE_HZ, format=form)


def test_a_wav_file_of_more_than_four_gib_is_refused_and_a_longer_recording_than_six_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = tmp_path / "a.wav"
    source.write_bytes(audio.write(song(2), sample_rate_hz=RATE_HZ, format="wav"))
    monkeypatch.setattr(audio, "_WAV_BYTES_MAX", 10_000)
    with open_recording(source) as recording, pytest.raises(LimitExceededError, match="flac"):
        audio.transcode(recording, tmp_path / "b.wav", format="wav")

    monkeypatch.setattr(limits, "STREAM_SECONDS_MAX", 1)
    with pytest.raises(LimitExceededError, match="seconds"):
        describe(source)


def wave(kind: str) -> np.ndarray:
    time = np.arange(8_000) / 8_000
    tone = np.sin(2 * np.pi * 440 * time).astype(np.float32)[np.newaxis]
    return {
        "silence": np.zeros_like(tone), "direct current": np.full_like(tone, 0.5), "clipped": np.clip(9 * tone, -1, 1),
        "one sample": tone[:, :1], "eight channels": np.repeat(tone, 8, axis=0),
    }[kind]  # fmt: skip


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("kind", ["silence", "direct current", "clipped", "one sample", "eight channels"])
def test_odd_sound_gets_a_description(kind: str, is_streamed: bool, monkeypatch: pytest.MonkeyPatch):
    if is_streamed:
        monkeypatch.setattr(limits, "AUDIO_SAMPLES_MAX", 0)

    found = describe(audio.write(wave(kind), sample_rate_hz=8_000, format="wav"))

    assert found.channels == (8 if kind == "eight channels" else 1)
    assert (found.integrated_lufs is None) == (kind in ("silence", "one sample"))
    assert len(found.peaks) == 800


@pytest.mark.parametrize("rate", [8_000, 96_000, 192_000])
def test_every_rate_within_the_limits_is_heard(rate: int, streams: None):
    found = describe(audio.write(song(5, 1, rate), sample_rate_hz=rate, format="flac"))

    assert (found.sample_rate_hz, found.key) == (rate, "C major")


def test_values_that_are_not_finite_are_refused_with_their_place(tmp_path: Path, streams: None):
    import soundfile

    signal = song(8, 1)
    signal[0, 7 * RATE_HZ] = np.nan
    path = tmp_path / "nan.wav"
    soundfile.write(path, signal.T, RATE_HZ, subtype="FLOAT")

    with pytest.raises(EngineError, match=r"not finite, in the block that begins at 5\.9 s"):
        describe(path)
