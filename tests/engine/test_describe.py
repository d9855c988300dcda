import json

import pytest

from engine.describe import ROLL_NOTES_MAX, describe
from engine.errors import UnreadableFileError
from engine.io import audio, midi
from engine.score import Score, make_part
from tests.helpers.music_files import RATE_HZ, note, one_of_each, tone, tune


def test_a_melody_is_described_with_all_that_a_listing_shows():
    found = describe(midi.write(tune()))

    assert found.media == "midi"
    assert found.element_kinds == ("melody", "midi")
    assert (found.title, found.part_names) == ("A tune", ("Flute",))
    assert (found.tempo_bpm, found.key, found.time_signature) == (96, "D major", "3/4")
    assert found.duration_s == 5.625
    assert (found.note_count, found.pitch_low, found.pitch_high) == (8, 62, 69)
    assert [(n.onset_s, n.pitch_midi) for n in found.roll][:3] == [(0.0, 62), (0.625, 64), (1.25, 66)]
    assert found.picture.kind == "roll"
    assert found.picture.hue == 2


@pytest.mark.parametrize("media", ["midi", "musicxml", "mxl"])
def test_the_same_notes_are_described_alike_in_every_form(media: str):
    found, reference = describe(one_of_each()[media]), describe(midi.write(tune()))

    assert found.fingerprint == reference.fingerprint
    assert found.roll == reference.roll
    assert found.picture == reference.picture


def test_a_progression_names_its_chords():
    found = describe(b"C | Am7 | F G | C")

    assert found.element_kinds == ("progression", "midi")
    assert found.chords == ("C", "Am7", "F", "G", "C")
    assert found.key == "C major"


def test_chords_in_a_midi_file_may_be_a_progression():
    chords = [note(4 * bar, 4, pitch + root) for bar, root in enumerate((0, 5, 7, 0)) for pitch in (48, 60, 64, 67)]

    found = describe(midi.write(Score(parts=(make_part(chords),))))

    assert found.element_kinds == ("progression", "midi")
    assert found.chords == ("C", "F", "G", "C")


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "mp3"])
def test_a_recording_is_measured(form: str):
    found = describe(audio.write(tone(3, hz=1000, level=0.1), sample_rate_hz=RATE_HZ, format=form))

    assert found.element_kinds == ("wave",)
    assert found.duration_s == pytest.approx(3, abs=0.1)
    assert found.integrated_lufs == pytest.approx(-23.0, abs=0.3)
    assert found.true_peak_dbtp == pytest.approx(-20.0, abs=0.8)
    assert (found.sample_rate_hz, found.channels, len(found.peaks)) == (RATE_HZ, 1, 800)


def test_silence_is_described_without_numbers_that_json_cannot_hold():
    found = describe(audio.write(0 * tone(1), sample_rate_hz=RATE_HZ, format="wav"))

    assert found.integrated_lufs is None
    assert found.true_peak_dbtp is None
    assert found.tempo_bpm is None
    assert found.key is None


def test_a_sound_lists_its_presets_and_how_loud_its_phrase_is():
    found = describe(one_of_each()["sf2"])

    assert found.element_kinds == ("sound",)
    assert found.presets == ("Sine",)
    assert found.integrated_lufs is not None
    assert len(found.peaks) == 800


def test_a_mix_setting_lists_its_plugins_and_draws_its_curve():
    found = describe(one_of_each()["mix_setting"])

    assert found.plugins == ("eq", "compressor", "delay", "convolution", "pan", "width", "limiter")
    assert found.picture.kind == "curve"
    assert found.picture.cells[0][0] > found.picture.cells[0][-1]


@pytest.mark.parametrize("media", sorted(one_of_each()))
def test_every_description_is_json_and_the_same_each_time(media: str):
    data = one_of_each()[media]

    first, second = (json.dumps(describe(data).as_json(), allow_nan=False) for _ in range(2))

    assert first == second


def test_the_roll_of_a_huge_score_is_bounded_and_the_count_is_true():
    score = Score(parts=(make_part([note(index, 1, 60 + index % 12) for index in range(ROLL_NOTES_MAX + 10)]),))

    found = describe(midi.write(score))

    assert len(found.roll) == ROLL_NOTES_MAX
    assert found.note_count == ROLL_NOTES_MAX + 10


def test_nothing_is_described_as_nothing():
    with pytest.raises(UnreadableFileError, match="empty"):
        describe(b"")


def test_notes_are_found_again_by_contour_and_progression_in_every_key():
    found, moved = describe(b"D | A | Bm | G"), describe(b"E | B | C#m | A")

    assert (found.progression, moved.progression) == ("I V VIm IV", "I V VIm IV")
    assert describe(midi.write(tune())).contour == "*uuudddd"
    assert describe(midi.write(tune())).statistics.durations == (("1", 7), ("2", 1))
