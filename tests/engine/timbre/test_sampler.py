from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import LimitExceededError, MissingBankError
from engine.io import midi
from engine.score import Control, Score, make_part
from engine.timbre import sampler
from tests.helpers.music_files import note, soundfont_bytes, tune

RATE_HZ = 44_100


@pytest.fixture(scope="module")
def bank() -> bytes:
    return soundfont_bytes()


@pytest.fixture
def library() -> Path:
    try:
        return sampler.default_bank()
    except MissingBankError as error:
        pytest.skip(error.message)


def test_a_note_sounds_at_its_pitch(bank: bytes):
    score = Score(parts=(make_part([note(0, 1, 69)]),))

    heard = sampler.render(score, bank=bank)

    spectrum = np.abs(np.fft.rfft(heard[0, 2000 : 2000 + 16_384] * np.hanning(16_384)))
    assert np.argmax(spectrum) * RATE_HZ / 16_384 == pytest.approx(440, abs=3)


def test_notes_begin_at_their_sample(bank: bytes):
    score = Score(parts=(make_part([note(2, 1, 69)]),))

    heard = sampler.render(score, bank=bank)

    first = int(np.flatnonzero(np.abs(heard[0]) > 1e-4)[0])
    assert RATE_HZ <= first < RATE_HZ + 200


def test_the_same_score_gives_the_same_samples_whatever_was_played_before(library: Path):
    first = sampler.render(tune(), bank=library)
    sampler.render(tune().transposed(7), bank=library, seconds_max=0.7, program=30)

    assert np.array_equal(sampler.render(tune(), bank=library), first)


def test_an_empty_score_renders_to_silence(bank: bytes):
    assert not sampler.render(Score(), bank=bank).any()


def test_more_parts_than_channels_all_sound(bank: bytes):
    parts = tuple(make_part([note(index, 1, 60 + index)]) for index in range(20))

    heard = sampler.render(Score(parts=parts), bank=bank)

    beat = RATE_HZ // 2
    assert all(np.abs(heard[:, i * beat : (i + 1) * beat]).max() > 0.01 for i in range(20))


def test_dense_scores_do_not_clip(bank: bytes):
    parts = tuple(make_part([note(0, 1, pitch, 127) for pitch in range(40, 90)]) for _ in range(5))

    assert np.abs(sampler.render(Score(parts=parts), bank=bank)).max() <= 0.98 + 1e-6


def test_the_volume_controller_is_obeyed(bank: bytes):
    loud = Score(parts=(make_part([note(0, 1, 69)]),))
    soft = Score(parts=(make_part([note(0, 1, 69)], controls=[Control(at=Fraction(0), controller=7, value=30)]),))

    levels = [float(np.abs(sampler.render(score, bank=bank)).max()) for score in (loud, soft)]

    assert levels[1] < 0.3 * levels[0]


def test_rendering_stops_where_it_is_told_to(bank: bytes):
    assert sampler.render(tune(), bank=bank, seconds_max=1.5).shape == (2, int(1.5 * RATE_HZ))


def test_hours_are_not_rendered(bank: bytes):
    with pytest.raises(LimitExceededError):
        sampler.render(Score(parts=(make_part([note(9000, 1, 60)]),)), bank=bank)


def test_a_missing_bank_is_said_plainly(tmp_path: Path):
    with pytest.raises(MissingBankError, match="not installed"):
        sampler.default_bank(tmp_path)
    with pytest.raises(MissingBankError):
        sampler.render(tune(), bank=tmp_path / "none.sf2")


def test_the_library_plays_every_program_and_drums(library: Path):
    programs = [make_part([note(index, 1, 60)], program=index * 8) for index in range(16)]
    drums = make_part([note(16 + index, 1, pitch) for index, pitch in enumerate((36, 38, 42))], is_drums=True)

    heard = sampler.render(Score(parts=(*programs, drums)), bank=library)

    beat = RATE_HZ // 2
    assert all(np.abs(heard[:, i * beat : (i + 1) * beat]).max() > 0.003 for i in range(19))
    assert midi.read(midi.write(Score(parts=(*programs, drums)))).note_count == 19
