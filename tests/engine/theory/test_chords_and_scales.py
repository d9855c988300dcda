import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.theory import SCALES, chord_notes, chord_readings, parse_chord, scale_notes, scales_with
from engine.theory.names import CHORDS, pitch_class, pitch_class_name


@pytest.mark.parametrize(
    ("symbol", "notes"),
    [
        ("C", "C E G"),
        ("Ebm7", "Eb Gb Bb Db"),
        ("C7/E", "E C G Bb"),
        ("Bdim7", "B D F Ab"),
        ("F#m7b5", "F# A C E"),
        ("Caug", "C E G#"),
        ("D13", "D F# A C E B"),
        ("C/D", "D C E G"),
        ("E7#9", "E G# B D F##"),
        ("Bb6/9", "Bb D F G C"),
    ],
)
def test_a_symbol_gives_its_notes_spelled_by_degree(symbol: str, notes: str):
    assert chord_notes(symbol) == tuple(notes.split())


@pytest.mark.parametrize(
    ("pitches", "first", "others"),
    [
        ((60, 64, 67), "C", ()),
        ((64, 67, 72), "C/E", ()),
        ((57, 60, 64, 67), "Am7", ("C6/A",)),
        ((60, 64, 70), "C7", ()),
        ((50, 60, 64, 67), "Cadd9/D", ("C/D",)),
        ((59, 62, 65, 69), "Bm7b5", ("Dm6/B",)),
        ((60,), "", ()),
    ],
)
def test_notes_give_every_symbol_they_can_be_read_as(pitches: tuple[int, ...], first: str, others: tuple[str, ...]):
    symbols = [reading.symbol for reading in chord_readings(pitches)]

    assert symbols[:1] == ([first] if first else [])
    assert set(others) <= set(symbols)


def test_a_reading_names_its_inversion_and_what_it_lacks():
    second, seventh = chord_readings((67, 72, 76))[0], chord_readings((60, 64, 70))[0]

    assert (second.symbol, second.inversion) == ("C/G", 2)
    assert (seventh.symbol, seventh.lacks_fifth) == ("C7", True)


@given(st.integers(0, 11), st.sampled_from(sorted(CHORDS)))
def test_a_chord_named_and_read_again_has_the_same_notes(root: int, quality: str):
    symbol = pitch_class_name(root) + quality

    heard, intervals, _ = parse_chord(symbol)
    names = chord_notes(symbol)

    assert [pitch_class(name) for name in names] == [(heard + interval) % 12 for interval in intervals]
    readings = chord_readings([48 + root, *(60 + root + interval for interval in intervals)])
    assert any(reading.root == root for reading in readings)


def test_scales_are_spelled_with_every_letter_once():
    assert scale_notes("E", "major") == ("E", "F#", "G#", "A", "B", "C#", "D#")
    assert scale_notes("Gb", "major") == ("Gb", "Ab", "Bb", "Cb", "Db", "Eb", "F")
    assert scale_notes("A", "blues") == ("A", "C", "D", "Eb", "E", "G")
    assert len(scale_notes("C", "chromatic")) == 12
    for bad in (("H", "major"), ("C", "no such")):
        with pytest.raises(EngineError):
            scale_notes(*bad)


def test_the_closest_scales_that_hold_given_notes_come_first():
    found = scales_with(pitch_class(name) for name in ("C", "D", "E", "G", "A"))

    assert found[0] == (0, "major pentatonic")
    assert (0, "major") in found
    assert (0, "natural minor") not in found
    assert len(scales_with(())) == 12 * (len(SCALES) - 1)
