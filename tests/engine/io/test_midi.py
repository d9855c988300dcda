from collections import Counter
from fractions import Fraction
from io import BytesIO

import mido
import pytest
from hypothesis import given, settings

from engine.errors import EngineError, LimitExceededError, UnreadableFileError, UnsupportedFormatError
from engine.io import limits, midi
from engine.score import PITCH_BEND, Control, KeyMark, MeterMark, Score, make_part
from tests.engine.strategies import scores
from tests.helpers.music_files import note, tune
from tests.helpers.shared import shared_path


def smf(*tracks: bytes, kind: int = 1, division: int = 96) -> bytes:
    header = b"MThd\0\0\0\6" + b"".join(n.to_bytes(2, "big") for n in (kind, len(tracks), division))
    return header + b"".join(b"MTrk" + len(track).to_bytes(4, "big") + track for track in tracks)


END = b"\0\xff\x2f\0"
MIDDLE_C = b"\0\x90\x3c\x50\x60\x80\x3c\0"


def test_a_quarter_note_is_read_with_its_pitch_velocity_and_length():
    score = midi.read(smf(MIDDLE_C + END, kind=0))

    assert list(score.notes()) == [note(0, 1, 60, 0x50)]


def test_running_status_and_note_on_with_velocity_zero_end_a_note():
    score = midi.read(smf(b"\0\x90\x3c\x50\x30\x3c\0\0\x3e\x40\x30\x3e\0" + END))

    assert [(n.onset, n.duration, n.pitch_midi) for n in score.notes()] == [
        (Fraction(0), Fraction(1, 2), 60),
        (Fraction(1, 2), Fraction(1, 2), 62),
    ]


def test_overlapping_equal_pitches_end_first_in_first_out():
    score = midi.read(smf(b"\0\x90\x3c\x50\x30\x90\x3c\x50\x30\x80\x3c\0\x30\x80\x3c\0" + END))

    assert [(n.onset, n.duration) for n in score.notes()] == [(Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(1))]


def test_a_note_that_is_never_ended_lasts_to_the_end_of_its_track():
    score = midi.read(smf(b"\0\x90\x3c\x50\x81\x40\xff\x2f\0"))

    assert list(score.notes()) == [note(0, 2, 60)]


def test_each_program_of_a_channel_is_a_part_of_its_own():
    score = midi.read(smf(b"\0\xc0\x05" + MIDDLE_C + b"\0\xc0\x09" + MIDDLE_C + END))

    assert [part.program for part in score.parts] == [5, 9]


def test_a_broken_track_is_named_with_its_byte():
    with pytest.raises(UnreadableFileError, match="track 2, byte 36 of the file: a channel message is cut off"):
        midi.read(smf(END, b"\0\x90\x3c\x50"[:3]))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnreadableFileError),
        (b"MThd", UnreadableFileError),
        (b"RIFF0000WAVE", UnreadableFileError),
        (smf(END, kind=7), UnreadableFileError),
        (smf(), UnreadableFileError),
        (smf(END, division=0), UnreadableFileError),
        (smf(MIDDLE_C + END)[:-3], UnreadableFileError),
        (smf(b"\xff\xff\xff\xff\x7f" + END), UnreadableFileError),
        (smf(b"\0\x3c\x50" + END), UnreadableFileError),
    ],
)
def test_what_is_no_midi_file_is_refused(data: bytes, error: type[EngineError]):
    with pytest.raises(error):
        midi.read(data)


def test_more_notes_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "NOTES_MAX", 3)

    with pytest.raises(LimitExceededError, match="notes"):
        midi.read(smf(MIDDLE_C * 4 + END))


def test_a_score_that_would_last_for_days_is_refused():
    with pytest.raises(LimitExceededError):
        midi.read(smf((b"\xff\xff\xff\x7f" + MIDDLE_C[1:4]) * 4 + END))


def test_smpte_time_is_read_as_two_quarters_a_second():
    score = midi.read(smf(b"\0\x90\x3c\x50\x81\x00\x80\x3c\0" + END, division=0xE728))  # 25 frames of 40 ticks

    assert score.duration_s == pytest.approx(0.128)


@given(scores)
@settings(max_examples=60, deadline=None)
def test_writing_and_reading_keeps_every_note(score: Score):
    again = midi.read(midi.write(score))

    assert again.note_multiset() == score.note_multiset()
    assert Counter(n.velocity for n in again.notes()) == Counter(n.velocity for n in score.notes())
    assert again.tempos == score.tempos


@given(scores)
@settings(max_examples=30, deadline=None)
def test_mido_reads_the_same_notes_from_what_we_write(score: Score):
    data = midi.write(score)

    file = mido.MidiFile(file=BytesIO(data))

    found: Counter[tuple[int, int, int]] = Counter()
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on":
                found[tick, message.note, message.velocity] += 1
    ours = Counter((int(n.onset * file.ticks_per_beat), n.pitch_midi, n.velocity) for n in score.notes())
    assert found == ours


def test_grace_notes_controls_names_meter_and_key_survive():
    part = make_part(
        [note(0, 0, 61), note(0, 1, 60), note(1, 0, 60), note(1, 1, 60)],
        name="Violín",
        program=40,
        controls=[Control(at=Fraction(1), controller=PITCH_BEND, value=9000)],
    )
    score = Score(
        title="Título",
        parts=(part,),
        meters=(MeterMark(at=Fraction(0), numerator=6, denominator=8),),
        keys=(KeyMark(at=Fraction(0), fifths=-3, mode="minor"),),
    )

    again = midi.read(midi.write(score))

    assert again == score


def test_times_too_fine_for_midi_are_rounded_and_no_note_is_lost():
    part = make_part([note(Fraction(1, 7919), Fraction(1, 7907), 60), note(1, Fraction(1, 7901), 62)])

    again = midi.read(midi.write(Score(parts=(part,))))

    assert again.note_count == 2


def test_every_conformance_file_is_read_or_refused_with_a_reason():
    files = sorted(shared_path("vectors", "midi").glob("*.mid"))

    refused = {}
    for path in files:
        try:
            score = midi.read(path.read_bytes())
        except EngineError as error:
            refused[path.name] = type(error)
        else:
            assert midi.read(midi.write(score)).note_multiset() == score.note_multiset(), path.name

    assert len(files) == 72
    assert refused == {
        "test-corrupt-file-missing-byte.mid": UnreadableFileError,
        "test-empty-file.mid": UnreadableFileError,
        "test-not-a-midi-file.mid": UnsupportedFormatError,
    }


def test_a_tune_keeps_its_title_key_and_tempo():
    assert midi.read(midi.write(tune())) == tune()
