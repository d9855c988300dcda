import math

import numpy as np
import pytest

from engine.recommend.draws import draw, exponential_tables, log_probability_milli, random_word, weights_of

COARSE, FINE = exponential_tables()


def test_words_are_those_of_the_published_generator():
    """The finaliser applied to the first state of SplitMix64 seeded with 0 gives its first published output."""
    assert random_word(0) == 0xE220A8397B1DCDAF


def test_words_of_different_places_differ():
    words = {random_word(seed, variant, step) for seed in range(10) for variant in range(10) for step in range(100)}

    assert len(words) == 10_000


def test_bits_of_words_are_even():
    words = [random_word(7, n) for n in range(4096)]

    for bit in range(64):
        assert sum(word >> bit & 1 for word in words) == pytest.approx(2048, abs=200)


def test_weights_are_a_softmax():
    logits = np.array([[0, -1024, 512, -5000]])

    weights = weights_of(logits, coarse=COARSE, fine=FINE)[0]

    expected = np.exp(logits[0] / 1024) / np.exp(logits[0] / 1024).sum()
    np.testing.assert_allclose(weights / weights.sum(), expected, rtol=1e-6)


def test_the_impossible_has_no_weight_and_is_never_drawn():
    weights = weights_of(np.array([0, -(1 << 40), 0]), coarse=COARSE, fine=FINE)

    assert weights[1] == 0
    assert {draw(weights, random_word(n)) for n in range(200)} == {0, 2}


@pytest.mark.parametrize(("word", "choice"), [(0, 1), ((1 << 62) - 1, 1), (1 << 62, 3), ((1 << 64) - 1, 3)])
def test_a_draw_divides_the_words_by_weight(word, choice):
    assert draw(np.array([0, 1, 0, 3]), word) == choice


def test_log_probabilities_are_those_of_the_softmax():
    logits = np.array([0, -1000, 300])
    weights = weights_of(logits, coarse=COARSE, fine=FINE)

    expected = 1000 * (-1000 / 1024 - math.log(sum(math.exp(x / 1024) for x in (0, -1000, 300))))
    assert float(log_probability_milli(logits, weights, 1)) == pytest.approx(expected, abs=1e-4)
