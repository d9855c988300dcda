"""An equaliser that follows a curve: the gains of parametric bands, found together.

Neighbouring bands overlap, so each band's gain is not the curve at its frequency. In decibels a band's response is
nearly its gain times a fixed shape; the gains are a small least-squares problem, solved again where the shapes have
changed with the gains.

Source: V. Välimäki, J. Liski, "Accurate Cascade Graphic Equalizer", IEEE Signal Processing Letters 24(2), 2017 (the
idea of the interaction matrix; our bands, weights and bounds are others).
"""

from typing import Any, Final, Literal

import numpy as np

from engine.analysis.band_powers import BANDS, CENTRES_HZ
from engine.arrays import Bools, Doubles
from engine.dsp.biquad import SHAPES, Shape, biquad, magnitude_db

Detail = Literal["third", "octave"]
GAIN_DB: Final = (-30.0, 15.0)

_EDGE: Final = 0.45  # share of the sampling rate above which no band is put
_ROUNDS: Final = 4
_STIFFNESS: Final = {"third": 0.02, "octave": 0.02}
_LEAST_DB: Final = 0.15  # a band that does less is left out
_BANDS_MAX: Final = 16  # of one equaliser
_POINTS: Final = np.array([-1 / 9, 0.0, 1 / 9])  # octaves about a band's centre, where its gain is looked at
_OCTAVES: Final[tuple[tuple[Shape, float, float], ...]] = (
    ("low_shelf", 45, 0.8), ("peak", 80, 1.4), ("peak", 160, 1.4), ("peak", 320, 1.4), ("peak", 640, 1.4),
    ("peak", 1_250, 1.4), ("peak", 2_500, 1.4), ("peak", 5_000, 1.4), ("high_shelf", 10_000, 0.8),
)  # fmt: skip
_THIRD_Q: Final = 2.5
_SHELVES: Final[tuple[tuple[Shape, float, float], ...]] = (("low_shelf", 50, 0.7), ("high_shelf", 11_000, 0.7))


def equalisers(
    curve_db: Doubles, is_there: Bools, *, sample_rate_hz: int, detail: Detail = "octave"
) -> tuple[list[dict[str, Any]], Doubles]:
    """Equaliser plugins whose response comes near to a curve.

    Parameters
    ----------
    curve_db : (30,) wanted gain of each third octave, dB
    is_there : (30,) bands that count; in the others nothing is asked
    detail : "third" has a band in every third octave and two shelves, in two plugins; "octave" has nine bands in one

    Returns
    -------
    Plugins of a mix setting, none where nothing is to be done, and their response, (30,) dB.
    """
    bands = _layout(detail, sample_rate_hz, is_there)
    gains = np.zeros(len(bands))
    wanted, count = np.where(is_there, curve_db, 0.0), np.repeat(is_there.astype(np.float64), len(_POINTS))
    target = np.repeat(wanted, len(_POINTS))
    for _ in range(_ROUNDS):
        shapes = _shapes(bands, gains, sample_rate_hz) * count
        pull = shapes @ shapes.T + _STIFFNESS[detail] * len(_POINTS) * np.eye(len(bands))
        gains = np.clip(np.linalg.solve(pull, shapes @ (target * count)), *GAIN_DB)
    rows = [
        {"shape": shape, "frequency_hz": round(frequency, 1), "gain_db": round(float(gain), 2), "q": q}
        for (shape, frequency, q), gain in zip(bands, gains, strict=True)
        if abs(gain) >= _LEAST_DB
    ]
    plugins = [{"type": "eq", "bands": rows[at : at + _BANDS_MAX]} for at in range(0, len(rows), _BANDS_MAX)]
    return plugins, response_db(rows, sample_rate_hz=sample_rate_hz)


def response_db(rows: list[dict[str, Any]], *, sample_rate_hz: int) -> Doubles:
    """The response of equaliser bands in each third octave: (30,) dB."""
    if not rows:
        return np.zeros(BANDS)
    bands = [(row["shape"], row["frequency_hz"], row["q"]) for row in rows]
    return np.asarray(_responses(bands, np.array([row["gain_db"] for row in rows]), sample_rate_hz).sum(axis=0))


def _layout(detail: Detail, rate: int, is_there: Bools) -> list[tuple[Shape, float, float]]:
    highest = _EDGE * rate
    if detail == "octave":
        return [band for band in _OCTAVES if band[1] <= highest]
    wanted = zip(CENTRES_HZ, is_there, strict=True)
    peaks: list[tuple[Shape, float, float]] = [
        ("peak", float(centre), _THIRD_Q) for centre, there in wanted if there and centre <= highest
    ]
    return [*(shelf for shelf in _SHELVES if shelf[1] <= highest), *peaks]


def _shapes(bands: list[tuple[Shape, float, float]], gains: Doubles, rate: int) -> Doubles:
    """(bands, 90): what a decibel of each band does at each point, about its present gain."""
    probe = np.where(np.abs(gains) < 1, 1.0, gains)
    at = _points(rate)
    return np.stack(
        [_response(band, gain, at, rate) / gain for band, gain in zip(bands, probe, strict=True)]
    )  # fmt: skip


def _responses(bands: list[tuple[Shape, float, float]], gains: Doubles, rate: int) -> Doubles:
    at = _points(rate)
    lines = [_response(band, gain, at, rate) for band, gain in zip(bands, gains, strict=True)]
    return np.asarray(np.stack(lines).reshape(len(bands), BANDS, len(_POINTS)).mean(axis=2))


def _points(rate: int) -> Doubles:
    at = CENTRES_HZ[:, np.newaxis] * 2.0**_POINTS
    return np.asarray(np.minimum(at, 0.499 * rate).reshape(-1))


def _response(band: tuple[Shape, float, float], gain: float, at: Doubles, rate: int) -> Doubles:
    shape, frequency, q = band
    assert shape in SHAPES
    section = biquad(shape, np.array([frequency]), np.array([gain]), np.array([q]), sample_rate_hz=rate)
    return magnitude_db(section, at, sample_rate_hz=rate)
