import pytest

from production import selectors as production
from production.errors import OutOfTuneError


def test_the_page_of_notes_spells_rising_notes_and_refuses_what_is_no_chord():
    chord, scale = production.chord_notes("C/E"), production.scale_notes("A", "natural minor")

    assert chord.notes == ("E", "C", "G")
    assert list(chord.frequencies_hz) == sorted(chord.frequencies_hz)
    assert (scale.notes[0], scale.notes[-1], scale.frequencies_hz[-1]) == ("A", "A", 880.0)
    assert production.temperaments()[-1].deviations_cents == (0.0,) * 12
    for bad in (lambda: production.chord_notes("H7"), lambda: production.scale_notes("x", "major")):
        with pytest.raises(OutOfTuneError):
            bad()
