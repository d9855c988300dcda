from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError, LimitExceededError, OutOfRangeError, UnreadableFileError
from engine.theory import Tuning, by_fifths, equal, historical, just, meantone, pythagorean, scala

# Cents of C sharp to B above C, as the literature prints them.
PRINTED = {
    "Werckmeister III (1691)": (90.225, 192.18, 294.135, 390.225, 498.045, 588.27, 696.09, 792.18, 888.27, 996.09,
                                1092.18),
    "Kirnberger III (1779)": (90.225, 193.157, 294.135, 386.314, 498.045, 590.224, 696.578, 792.18, 889.735, 996.09,
                              1088.269),
    "Vallotti (1779)": (94.135, 196.09, 298.045, 392.18, 501.955, 592.18, 698.045, 796.09, 894.135, 1000.0, 1090.225),
    "Meantone, 1/4 comma": (76.049, 193.157, 310.265, 386.314, 503.422, 579.471, 696.578, 772.627, 889.735, 1006.843,
                            1082.892),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_a_historical_temperament_comes_out_as_it_is_printed(name: str):
    (found,) = [tuning for tuning in historical() if tuning.name == name]

    assert found.degrees_cents[1:] == pytest.approx(PRINTED[name], abs=0.002)


def test_a_quarter_comma_makes_thirds_pure_and_a_fifth_that_howls():
    tuning = meantone(Fraction(1, 4))

    assert tuning.cents_of(4) == pytest.approx(386.3137, abs=1e-3)
    assert tuning.cents_of(15) - tuning.cents_of(8) == pytest.approx(737.637, abs=1e-3)


def test_pythagorean_and_just_ratios_are_exact():
    assert pythagorean().ratios[4] == Fraction(81, 64)
    assert pythagorean().ratios[8] == Fraction(6561, 4096)
    assert just().ratios[4] == Fraction(5, 4)


@pytest.mark.parametrize("tuning", historical(), ids=lambda tuning: tuning.name)
def test_every_tuning_keeps_a4_rises_and_closes_the_octave(tuning: Tuning):
    frequencies = [tuning.frequency_hz(pitch, tonic=2) for pitch in range(60, 85)]

    assert frequencies == sorted(frequencies)
    assert tuning.frequency_hz(69, tonic=2) == pytest.approx(440)
    assert frequencies[12] == pytest.approx(2 * frequencies[0])


def test_nineteen_steps_have_no_keys_of_their_own():
    assert equal(19).cents_of(20) == pytest.approx(1200 + 1200 / 19)
    with pytest.raises(OutOfRangeError, match="19 notes"):
        equal(19).frequency_hz(60)
    for bad in (0, 1_201):
        with pytest.raises(OutOfRangeError):
            equal(bad)
    with pytest.raises(OutOfRangeError):
        by_fifths("short", [0.0])


def test_a_scale_file_is_read_by_the_rules_of_scala():
    head = b"! meanquar.scl\n!\n1/4-comma meantone\n 5\n!\n"
    data = head + b" 76.04900 C#\n9/8 a whole tone\n!in between\n 5\n-5.0\n 2/1\nrest\n"

    tuning = scala.read(data)

    assert tuning.name == "1/4-comma meantone"
    assert tuning.degrees_cents == pytest.approx((0, 76.049, 203.910, 2786.314, -5.0), abs=1e-3)
    assert tuning.ratios == (1, None, Fraction(9, 8), Fraction(5), None)
    assert tuning.period_cents == 1200


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", UnreadableFileError, "before its number"),
        (b"a\nx\n", UnreadableFileError, "line 2"),
        (b"a\n2\n3/2\n", UnreadableFileError, "cut off"),
        (b"a\n2\n3/0\n2/1\n", UnreadableFileError, "line 3"),
        (b"a\n1\n-2/1\n", UnreadableFileError, "line 3"),
        (b"a\n1\n0.\n", UnreadableFileError, "period"),
        (b"a\n0\n", UnreadableFileError, "no period"),
        (b"a\n2000\n", LimitExceededError, "1,024"),
        (b"a\n1\n999999999.0\n", LimitExceededError, "octaves"),
        (b"a" * 70_000, LimitExceededError, "bytes"),
    ],
)
def test_a_broken_scale_file_is_refused_with_its_line(data: bytes, error: type[EngineError], words: str):
    with pytest.raises(error, match=words):
        scala.read(data)


@given(st.integers(1, 60))
def test_a_tuning_written_and_read_is_the_same(divisions: int):
    tuning = equal(divisions, name="Steps")

    again = scala.read(scala.write(tuning))

    assert again.name == "Steps"
    assert again.degrees_cents == pytest.approx(tuning.degrees_cents, abs=1e-8)
