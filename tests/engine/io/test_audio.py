import struct
from io import BytesIO

import numpy as np
import pytest
import soundfile

from engine.errors import EngineError, LimitExceededError, UnreadableFileError, UnsupportedFormatError
from engine.io import audio, limits
from tests.helpers.music_files import RATE_HZ, tone


def wav(frames: bytes, *, rate: int = 44_100, channels: int = 1, coding: int = 1, bits: int = 16) -> bytes:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", coding, channels, rate, min(rate * block, 2**32 - 1), block, bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(frames)) + frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(("form", "error_max"), [("wav", 4e-5), ("flac", 4e-5), ("ogg", 0.05), ("mp3", 0.05)])
def test_a_recording_survives_writing_and_reading(form: str, error_max: float):
    signal = np.concatenate([tone(0.5), tone(0.5, hz=220)], axis=0)

    again, rate = audio.read(audio.write(signal, sample_rate_hz=RATE_HZ, format=form))

    assert rate == RATE_HZ
    assert again.shape[0] == 2
    middle = slice(4000, 8000)
    shift = 0 if form != "mp3" else _shift(again[0], signal[0])
    assert np.abs(again[:, 4000 + shift : 8000 + shift] - signal[:, middle]).max() < error_max


def _shift(heard: np.ndarray, wanted: np.ndarray) -> int:
    return int(np.argmax(np.correlate(heard[4000:8000], wanted[4000:7000], mode="valid")))


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "mp3"])
def test_the_same_signal_gives_the_same_bytes(form: str):
    first, second = (audio.write(tone(), sample_rate_hz=RATE_HZ, format=form) for _ in range(2))

    assert first == second


def test_values_beyond_full_scale_are_clipped():
    again, _ = audio.read(audio.write(4 * tone(0.1), sample_rate_hz=RATE_HZ, format="wav"))

    assert np.abs(again).max() <= 1.0


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("twentieth", range(1, 20))
def test_a_recording_that_is_cut_off_is_refused(form: str, twentieth: int):
    data = audio.write(tone(2.0), sample_rate_hz=RATE_HZ, format=form)

    with pytest.raises(EngineError):
        audio.read(data[: len(data) * twentieth // 20])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnreadableFileError),
        (wav(b""), UnreadableFileError),
        (wav(bytes(200), rate=1000), LimitExceededError),
        (wav(bytes(200), rate=400_000), LimitExceededError),
        (wav(bytes(900), channels=9), LimitExceededError),
        (wav(struct.pack("<4f", 0.0, float("nan"), 0.0, 0.0), coding=3, bits=32), UnreadableFileError),
        (wav(struct.pack("<4f", 0.0, float("inf"), 0.0, 0.0), coding=3, bits=32), UnreadableFileError),
        (wav(struct.pack("<2f", float("inf"), float("-inf")), coding=3, bits=32), UnreadableFileError),
        (wav(bytes(200), coding=999), UnreadableFileError),
        (b"MThd\0\0\0\6\0\0\0\1\0\x60", UnsupportedFormatError),
    ],
)
def test_recordings_without_sound_or_sense_are_refused(data: bytes, error: type[EngineError]):
    with pytest.raises(error):
        audio.read(data)


def test_a_recording_longer_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "AUDIO_SECONDS_MAX", 1)

    with pytest.raises(LimitExceededError, match="seconds"):
        audio.read(audio.write(tone(3.0), sample_rate_hz=RATE_HZ, format="flac"))


def test_a_wav_of_unknown_length_from_a_pipe_is_read():
    data = bytearray(wav(bytes(2000)))
    data[40:44] = b"\xff\xff\xff\xff"
    data[4:8] = b"\xff\xff\xff\xff"

    signal, _ = audio.read(bytes(data))

    assert signal.shape == (1, 1000)


def test_aiff_is_read_and_refused_where_it_is_cut_off():
    target = BytesIO()
    soundfile.write(target, tone(0.5)[0], RATE_HZ, format="AIFF")
    data = target.getvalue()

    signal, rate = audio.read(data)

    assert rate == RATE_HZ
    assert np.abs(signal - tone(0.5)).max() < 1e-4
    with pytest.raises(UnreadableFileError, match="cut off"):
        audio.read(data[: len(data) // 2])
