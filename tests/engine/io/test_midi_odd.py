"""MIDI files as they should not be: each with what comes of it."""

import struct
from fractions import Fraction

import pytest

from engine.errors import UnreadableFileError
from engine.io import midi
from engine.score import Control, Note, make_part
from tests.helpers.shared import shared_path

F = Fraction
END = b"\0\xff\x2f\0"
C = b"\0\x90\x3c\x50\x60\x80\x3c\0"  # a quarter note at 96 ticks


def smf(*tracks: bytes, kind: int = 1, division: int = 96) -> bytes:
    header = b"MThd\0\0\0\6" + struct.pack(">HHH", kind, len(tracks), division)
    return header + b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)


def notes(data: bytes) -> list[tuple[Fraction, int, Fraction]]:
    score = midi.read(data)
    assert midi.read(midi.write(score)).note_multiset() == score.note_multiset()
    return [(note.onset, note.pitch_midi, note.duration) for note in score.notes()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(smf(C + END, C + C + END, kind=2), [(0, 60, 1), (1, 60, 1), (2, 60, 1)],
                     id="patterns of type 2 follow one another"),
        pytest.param(smf(b"\0\x90\x3c\x50\x19\x80\x3c\0" + END, division=0xE732), [(0, 60, F(25, 625))],
                     id="25 frames of 50 ticks a second, 25 ticks of them"),
        pytest.param(smf(b"\0\x90\x3c\x50\0\xff\x01\x01a\x60\x3c\0" + END), [(0, 60, 1)],
                     id="running status goes on after a meta event"),
        pytest.param(smf(b"\0\x90\x3c\x50\0\xf0\x02\x01\xf7\x60\x3c\0" + END), [(0, 60, 1)],
                     id="running status goes on after a system exclusive message"),
        pytest.param(smf(b"\0\x90\x3c\x50\0\xf8\x60\x3c\0" + END), [(0, 60, 1)], id="a clock between messages"),
        pytest.param(smf(b"\0\xf0\3\x43\x12\0\x10\xf7\6\x43\x12\0\x43\x12\0\x10\xf7\4\x43\x12\0\xf7" + C + END),
                     [(F(32, 96), 60, 1)], id="a system exclusive message in three packets"),
        pytest.param(smf(b"\0\x90\x3c\x50\x30\x90\x3c\x40\x30\x80\x3c\0\x30\x80\x3c\0" + END),
                     [(0, 60, 1), (F(1, 2), 60, 1)], id="a pitch begun twice ends first in, first out"),
        pytest.param(smf(b"\0\x90\x3c\x50\0\x90\x3c\0" + C + END), [(0, 60, 0), (0, 60, 1)],
                     id="a note without length, ended by velocity 0"),
        pytest.param(smf(b"\0\x80\x3c\0" + C + END), [(0, 60, 1)], id="an end without a beginning"),
        pytest.param(smf(C), [(0, 60, 1)], id="no end of track"),
        pytest.param(smf(C + b"\0"), [(0, 60, 1)], id="a delta time and nothing after it"),
        pytest.param(smf(b"\0\x90\x3c\x50\x60\xff\x2f\0"), [(0, 60, 1)], id="a note that is never ended"),
        pytest.param(smf(C + END + b"\xff\xff\xff\xff rubbish"), [(0, 60, 1)], id="rubbish after the end of track"),
        pytest.param(smf(C + END) + b"\0\0\0", [(0, 60, 1)], id="rubbish after the last track"),
        pytest.param(smf(C + END).replace(b"MTrk", b"XFIH\0\0\0\2ab" + b"MTrk"), [(0, 60, 1)], id="a foreign chunk"),
        pytest.param(b"RIFF" + struct.pack("<I", 4) + b"RMID" + b"data" + struct.pack("<I", 0) + smf(C + END),
                     [(0, 60, 1)], id="an RMID wrapper"),
        pytest.param(smf(b"\0\x90\x3c\x50\x30\xff\x51\x03\x0f\x42\x40\x30\x80\x3c\0" + END), [(0, 60, 1)],
                     id="a tempo that changes while a note sounds"),
        pytest.param(smf(b"\0\xff\x51\x03\0\0\0\0\xff\x51\x02\1\2\0\xff\x58\1\4\0\xff\x59\x02\x63\x09" + C + END),
                     [(0, 60, 1)], id="tempo 0 and maps that are too short are passed over"),
        pytest.param(smf(b"\x80\x80\x80\0\x90\x3c\x50\x80\x60\x80\x3c\0" + END), [(0, 60, 1)],
                     id="numbers longer than they need be"),
    ],
)  # fmt: skip
def test_an_odd_file_is_read_as_players_play_it(data: bytes, expected: list):
    assert notes(data) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (smf(b"\0\x90\xff\x50" + END), "byte 26 of the file: a status byte stands inside a message 0x90"),
        (smf(b"\0\x90\x3c\x50\0\x90\x3c\xff" + END), "status byte stands inside"),
        (smf(b"\0\xff\x01\x7fshort"), "a meta event is cut off by the end of the track"),
        (smf(b"\0\xf0\x7fshort"), "a system exclusive message is cut off"),
        (smf(b"\0\x3c\x50" + END), "data without a message they belong to"),
        (smf(b"\xff\xff\xff\xff\x7f\x90\x3c\x50"), "more than four bytes"),
        (smf(C + END, division=0), "byte 12: "),
        (smf(C + END, division=0x8000), "byte 12: "),
        (smf(C + END, kind=3), "byte 8: "),
        (smf(C + END)[:-1], "byte 33: track 1 is cut off, 12 bytes announced, 11 are there"),
        (smf(C + END, C + END)[:-20], "byte 34: cut off, 2 tracks announced, 1 are there"),
    ],
)
def test_a_broken_file_is_refused_with_its_byte_and_the_cause(data: bytes, reason: str):
    with pytest.raises(UnreadableFileError, match="byte"):
        midi.read(data)
    with pytest.raises(UnreadableFileError) as refusal:
        midi.read(data)
    assert reason in refusal.value.message


def test_what_midi_cannot_say_travels_in_remarks():
    part = make_part(
        [
            Note(onset=F(0), duration=F(4), pitch_midi=60, voice=2, staff=2, detune_cents=F(50), spelling="B#3"),
            Note(onset=F(1), duration=F(1), pitch_midi=60),
            Note(onset=F(1, 40_009), duration=F(1, 3), pitch_midi=64),
        ],
        controls=[Control(at=F(1), controller=64, value=127)],
        cues=[Note(onset=F(2), duration=F(1), pitch_midi=72, velocity=33)],
        beyond=[Note(onset=F(3), duration=F(1), pitch_midi=131, velocity=44, spelling="B9")],
    )
    score = midi.read(midi.write(midi.Score(parts=(part,), bars=(F(1), F(3)))))

    assert (score.parts, score.bars) == ((part,), (F(1), F(3)))


@pytest.mark.parametrize(
    "body", [b"N", b"Zv1", b"Nv", b"No1/0", b"Qp60", b"Qp60 e1 o1/9 d999999999", b"M", b"Mo-1", b"N" + b"v1 " * 99]
)
def test_a_forged_remark_is_passed_over(body: bytes):
    remark = b"\0\xff\x7f" + bytes(((4 + len(body)) >> 7 | 128, (4 + len(body)) & 127)) + b"\x7dLL1" + body

    score = midi.read(smf(remark + C + END))

    assert list(score.notes()) == [Note(onset=F(0), duration=F(1), pitch_midi=60, velocity=0x50)]
    assert score.parts[0].cues == score.bars == ()


@pytest.mark.slow
def test_songs_of_pop909_are_kept_to_the_tick_by_both_forms():
    from engine.io import musicxml

    for path in sorted(shared_path("data", "pop909").rglob("*.mid"))[::60]:
        score = midi.read(path.read_bytes())
        assert midi.read(midi.write(score)).note_multiset() == score.note_multiset(), path
        assert musicxml.read(musicxml.write(score)).note_multiset() == score.note_multiset(), path
