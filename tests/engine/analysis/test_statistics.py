from fractions import Fraction

from engine.analysis import statistics
from engine.score import Score, make_part
from tests.helpers.music_files import note, tune


def test_pitch_classes_are_weighed_by_time_and_intervals_counted_in_the_melody():
    found = statistics.of_score(tune())

    assert found.pitch_class_quarters[2] == 3  # D, a quarter and a half note
    assert sum(found.pitch_class_quarters) == 9
    assert found.intervals[statistics.LEAP_MAX + 2] == 2  # two whole tones up
    assert sum(found.intervals) == 7
    assert found.durations == (("1", 7), ("2", 1))
    assert (found.notes_a_quarter, found.sounding_at_once) == (0.889, 1.0)


def test_the_melody_is_the_top_of_the_highest_busy_part():
    bell = make_part([note(0, 1, 100)], name="Bell")
    piano = make_part([note(at, 1, pitch) for at in range(4) for pitch in (40, 60 + at)], name="Piano")
    drums = make_part([note(at, 1, 90) for at in range(9)], is_drums=True)

    line = statistics.melody(Score(parts=(bell, piano, drums)))

    assert line == (60, 61, 62, 63)


def test_a_contour_is_the_same_in_every_key():
    ode = (64, 64, 65, 67, 67, 65, 64, 62)

    assert statistics.parsons_code(ode) == "*ruurddd"
    assert statistics.parsons_code([pitch + 5 for pitch in ode]) == "*ruurddd"
    assert statistics.parsons_code(()) == ""


def test_a_progression_is_the_same_in_every_key_and_repeats_are_written_once():
    assert statistics.progression_key(("C", "G/B", "Am7", "Am", "N.C.", "Fmaj7"), 0) == "I V VIm IV"
    assert statistics.progression_key(("E", "B", "C#m", "A"), 4) == "I V VIm IV"
    assert statistics.progression_key(("Bdim", "Caug"), 0) == "VIIm I"


def test_silence_has_no_statistics_to_divide_by():
    found = statistics.of_score(Score(parts=(make_part([note(0, 0, 60)]),)))

    assert (found.notes_a_quarter, found.sounding_at_once, found.durations) == (0.0, 0.0, ())
    assert found.pitch_class_quarters == (float(Fraction(0)),) * 12
