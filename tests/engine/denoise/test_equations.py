"""The paper's equations (1)-(9), literally."""

import numpy as np
import pytest

from engine.denoise import equations as eq

Y = np.array([4.0, 1.0, 9.0], dtype=np.float32)  # |y|^2
W = np.array([1.0, 2.0, 1.0], dtype=np.float32)  # |w|^2


def test_equation_1_adds_noise_to_the_clean_sound():
    assert eq.noisy(np.float32([0.5, -0.25]), np.float32([0.125, 0.5])).tolist() == [0.625, 0.25]


def test_equation_2_subtracts_powers():
    assert eq.clean_power(Y, W).tolist() == [3.0, -1.0, 8.0]


def test_equation_3_weighs_what_is_subtracted():
    assert eq.clean_power(Y, W, 2.0).tolist() == [2.0, -3.0, 7.0]


@pytest.mark.parametrize(("snr_db", "factor"), [(-5, 4.75), (0, 4.0), (5, 3.25), (10, 2.5), (20, 1.0)])
def test_equation_4_is_a_line_from_minus_5_to_20_db(snr_db: float, factor: float):
    assert float(eq.subtraction_factor(snr_db)) == pytest.approx(factor)
    assert float(eq.subtraction_factor(snr_db, at_zero_db=5.0)) == pytest.approx(factor + 1.0)


def test_equation_5_has_a_factor_a_band():
    assert eq.clean_power(Y, W, [1.0, 0.5, 3.0]).tolist() == [3.0, 0.0, 6.0]


@pytest.mark.parametrize(("snr_db", "factor"), [(-30, 4.75), (-5, 4.75), (20, 1.0), (60, 1.0)])
def test_equation_6_holds_its_ends(snr_db: float, factor: float):
    assert float(eq.subtraction_factor(snr_db)) == pytest.approx(factor)


@pytest.mark.parametrize("border_db", [-5.0, 20.0])
def test_equation_6_has_no_jumps_at_its_borders(border_db: float):
    below, above = eq.subtraction_factor(border_db - 1e-3), eq.subtraction_factor(border_db + 1e-3)

    assert abs(float(below - above)) < 1e-3


def test_equation_7_is_the_gain_that_leaves_the_difference_of_magnitudes():
    y, w = np.float32([4.0, 1.0, 0.0]), np.float32([1.0, 2.0, 0.0])

    gain = eq.magnitude_gain(y, w)

    assert gain.tolist() == [0.75, 0.0, 0.0]
    assert (gain * y).tolist() == [3.0, 0.0, 0.0]


def test_equation_8_leaves_a_floor_of_noise():
    assert eq.floored_power(Y, W, 2.0, 0.25).tolist() == [2.0, 0.5, 7.0]


@pytest.mark.parametrize(("snr_db", "factor"), [(0, 4.0), (10, 2.5), (20, 1.0), (-5, 4.75)])
def test_equation_9_falls_from_alpha_0_to_1(snr_db: float, factor: float):
    assert float(eq.over_subtraction(snr_db, at_zero_db=4.0, snr_one_db=20.0)) == pytest.approx(factor)


def test_equation_9_never_subtracts_less_than_the_noise():
    assert (eq.over_subtraction(np.linspace(-40, 80, 200)) >= 1.0).all()
