import numpy as np
import pytest

from engine import preview
from engine.dsp import loudness
from engine.io import audio, midi
from engine.score import Score, make_part
from tests.helpers.music_files import RATE_HZ, note, one_of_each, soundfont_bytes, tone


@pytest.mark.parametrize("media", sorted(one_of_each()))
def test_every_kind_has_a_preview_that_sounds_and_is_the_same_each_time(media: str):
    data, bank = one_of_each()[media], soundfont_bytes()

    first, second = (preview.listenable(data, bank=bank) for _ in range(2))

    heard, rate = audio.read(first)
    assert first == second
    assert first[:4] == b"OggS"
    assert rate == 44_100
    assert np.abs(heard).max() > 0.02
    assert heard.shape[1] <= 30 * 44_100


def test_a_long_recording_gives_its_loudest_half_minute():
    quiet, loud = (tone(40, level=level) for level in (0.02, 0.4))
    data = audio.write(np.concatenate([quiet, loud, quiet], axis=1), sample_rate_hz=RATE_HZ, format="flac")

    heard, rate = audio.read(preview.listenable(data))

    assert heard.shape[1] == pytest.approx(30 * rate, abs=2)
    assert np.sqrt(np.square(heard).mean()) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)


def test_a_long_piece_is_cut_to_the_seconds_asked_for_and_starts_with_its_first_note():
    score = Score(parts=(make_part([note(20 + index, 1, 69) for index in range(100)]),))

    heard = preview.signal(midi.write(score), seconds_max=5, bank=soundfont_bytes())

    assert heard.shape[1] == 5 * 44_100
    assert np.abs(heard[:, :4410]).max() > 0.05


def test_rendered_previews_are_equally_loud_and_never_clip():
    soft, loud = (
        midi.write(Score(parts=(make_part([note(index, 1, 69, velocity) for index in range(8)]),)))
        for velocity in (30, 127)
    )

    heard = [preview.signal(data, bank=soundfont_bytes()) for data in (soft, loud)]

    measured = [loudness.integrated_lufs(signal, sample_rate_hz=44_100) for signal in heard]
    assert measured[0] == pytest.approx(measured[1], abs=0.5)
    assert max(np.abs(signal).max() for signal in heard) <= 0.8901


def test_surround_recordings_are_folded_to_two_channels():
    data = audio.write(np.repeat(tone(1, level=0.2), 6, axis=0), sample_rate_hz=48_000, format="flac")

    heard, _ = audio.read(preview.listenable(data))

    assert heard.shape[0] == 2
