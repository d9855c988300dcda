from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import LimitExceededError, UnreadableFileError
from engine.io import midi, progression
from engine.theory.names import CHORDS, pitch_class_name


def symbols(data: bytes) -> list[tuple[str, Fraction]]:
    return [(chord.symbol, chord.quarters) for chord in progression.read(data).chords]


def test_bars_are_shared_equally_and_a_per_cent_sign_repeats():
    assert symbols(b"C | Am7 F | % G7") == [("C", 4), ("Am7", 2), ("F", 2), ("F", 2), ("G7", 2)]


def test_json_and_text_say_the_same():
    read = progression.read(b"C | Dm7b5/F | N.C. | F#maj7")

    assert progression.read(progression.write(read)) == read


def test_a_progression_becomes_chords_over_a_bass_and_back():
    read = progression.read(b"C | Am | F | G7 | C")

    again = progression.from_score(midi.read(midi.write(progression.to_score(read))))

    assert [chord.symbol for chord in again.chords] == ["C", "Am", "F", "G7", "C"]
    assert [chord.quarters for chord in again.chords] == [4, 4, 4, 4, 4]
    assert again.tempo_bpm == read.tempo_bpm


def test_the_voices_of_neighbouring_chords_stay_near():
    score = progression.to_score(progression.read(b"C | F | G | Am | C"))

    tops = [max(n.pitch_midi for n in score.notes() if n.onset == 4 * bar) for bar in range(5)]
    assert max(abs(a - b) for a, b in pairwise(tops)) <= 5


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"C | H7 | G", "bar 2: 'H' is no note"),
        (b"C | Cxyz", "bar 2: the chord 'Cxyz'"),
        (b"  ", "empty"),
        (b'{"version": 1, "chords": [{"symbol": "Q", "quarters": "4"}]}', r"\$\.chords\[0\]"),
        (b'{"version": 1, "chords": [{"symbol": "C", "quarters": "1/0"}]}', "length"),
        (b'{"version": 1, "chords": [{"symbol": "C", "quarters": "0"}]}', "length"),
        (b'{"version": 1, "meter": "4/3", "chords": [{"symbol": "C", "quarters": "1"}]}', "meter"),
        (b"\xff\xff", "UTF-8"),
    ],
)
def test_a_fault_is_named_with_its_place(data: bytes, words: str):
    with pytest.raises(UnreadableFileError, match=words):
        progression.read(data)


def test_too_many_chords_are_refused():
    with pytest.raises(LimitExceededError):
        progression.read(b"C " * 3000)


@given(st.integers(0, 11), st.sampled_from(sorted(CHORDS)))
def test_every_chord_of_the_table_can_be_named_again(root: int, quality: str):
    from engine.theory.names import chord_name, parse_chord

    symbol = pitch_class_name(root) + quality
    parsed_root, intervals, bass = parse_chord(symbol)

    named = chord_name(tuple(48 + parsed_root + interval for interval in intervals))

    assert parsed_root == bass == root
    assert named is not None
    again_root, again_intervals, _ = parse_chord(named)
    assert {(again_root + i) % 12 for i in again_intervals} == {(root + i) % 12 for i in intervals}
