"""Tunings for pages: equal divisions, and scales in Scala's form, each from C4 up to its period."""

from __future__ import annotations

import pytest

from production import selectors
from production.errors import OutOfTuneError

SCALE = b"""! slendro.scl
!
A slendro, after a gamelan
 5
!
 240.5
 7/6
 710.
 960.25 remark
 2/1
"""


def test_equal_steps_close_with_the_octave():
    scale = selectors.equal_scale("19")

    assert (len(scale.degrees), scale.degrees[-1].ratio) == (20, "2/1")
    assert scale.degrees[-1].frequency_hz == pytest.approx(2 * scale.degrees[0].frequency_hz)
    assert scale.degrees[6].cents == pytest.approx(378.947, abs=0.001)


def test_a_scala_file_keeps_its_order_its_ratios_and_its_name():
    scale = selectors.scala_scale(SCALE)

    assert scale.name == "A slendro, after a gamelan"
    assert [one.ratio for one in scale.degrees] == ["1", "", "7/6", "", "", "2/1"]
    assert scale.degrees[2].frequency_hz == pytest.approx(261.6255653 * 7 / 6)
    assert scale.as_json()["degrees_cents"] == pytest.approx([0, 240.5, 266.871, 710, 960.25], abs=0.001)


@pytest.mark.parametrize("steps", ["0", "-3", "1201", "3.5", "many", "٣", "99999"])
def test_what_divides_no_octave_is_refused(steps):
    with pytest.raises(OutOfTuneError, match="whole number of steps"):
        selectors.equal_scale(steps)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "ends before its number of notes"),
        (b"name\n2\n 100.\n", "cut off: 2 notes announced"),
        (b"name\n1\n h/3\n", "line 3"),
        (bytes(70_000), "65,536"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "could not be read"),
    ],
)
def test_a_file_that_is_no_scale_is_refused_with_the_place(data, words):
    with pytest.raises(OutOfTuneError, match=words):
        selectors.scala_scale(data)
