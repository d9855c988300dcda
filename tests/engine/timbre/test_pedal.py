"""What the sustain pedal does to notes that are played."""

from fractions import Fraction

import numpy as np
import pytest

from engine.score import Control, Note, Score, make_part
from engine.timbre.sampler.pedal import SUSTAIN, pedal_spans, sounding_ends

DOWN, UP = 127, 0


def part(notes: list[tuple[float, float, int]], *pedal: tuple[float, int]):
    return make_part(
        [Note(onset=Fraction(at), duration=Fraction(length), pitch_midi=pitch) for at, length, pitch in notes],
        controls=[Control(at=Fraction(at), controller=SUSTAIN, value=value) for at, value in pedal],
    )


def test_notes_sound_on_until_the_pedal_is_lifted():
    held = part([(0, 1, 60), (1, 1, 64), (5, 1, 67)], (0.5, DOWN), (3, UP))

    assert sounding_ends(held) == [3, 3, 6]


def test_a_key_struck_again_under_the_pedal_ends_its_former_note():
    held = part([(0, 1, 60), (2, 1, 60)], (0, DOWN), (4, UP))

    assert sounding_ends(held) == [2, 4]


def test_a_pedal_pressed_after_the_key_is_up_holds_nothing():
    assert sounding_ends(part([(0, 1, 60)], (1.5, DOWN), (4, UP))) == [1]


def test_a_pedal_that_is_never_lifted_is_lifted_where_the_part_ends():
    held = part([(0, 1, 60), (2, 6, 64)], (0, DOWN))

    assert pedal_spans(held) == [(0, 8)]
    assert sounding_ends(held) == [8, 8]


def test_small_movements_of_the_pedal_do_not_lift_it():
    held = part([(0, 1, 60)], (0, 127), (1, 90), (2, 64), (3, 63))

    assert pedal_spans(held) == [(0, 3)]


def test_a_pedalled_note_is_heard_longer():
    sampler = pytest.importorskip("engine.timbre.sampler")
    try:
        plain, held = (
            sampler.render(Score(parts=(part([(0, 1, 60)], *pedal),)), sample_rate_hz=22_050)
            for pedal in ((), ((0, DOWN), (4, UP)))
        )
    except sampler.MissingBankError:
        pytest.skip("the library's bank is absent")

    # The key goes up after half a second, the pedal after two.
    assert held.shape[1] > plain.shape[1] + 22_050
    assert np.abs(held[:, int(1.5 * 22_050) : int(1.9 * 22_050)]).max() > 0.002
