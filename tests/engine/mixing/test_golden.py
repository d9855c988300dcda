"""Every plugin against the file that another implementation, as one in a browser, is measured by."""

import json

import numpy as np
import pytest

from engine.mixing import PLUGINS
from tests.engine.mixing.golden import make


def read(name: str) -> np.ndarray:
    return np.frombuffer((make.FOLDER / f"{name}.f32").read_bytes(), dtype="<f4").reshape(2, -1)


def residual_db(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(10 * np.log10((np.square(found - wanted).mean() + 1e-20) / np.square(wanted).mean()))


@pytest.mark.parametrize("kind", PLUGINS)
def test_a_plugin_nulls_against_its_golden_output(kind: str):
    out, wanted = make.played(kind, read("input")), read(kind)

    assert out.shape == wanted.shape
    assert residual_db(out, wanted) <= -100
    if kind not in ("time_stretch",):
        assert residual_db(read("input"), wanted) > -30, "the plugin does something here"


def test_the_set_is_whole_and_its_settings_are_written_beside_it():
    document = json.loads((make.FOLDER / "cases.json").read_text())

    assert set(document["cases"]) == set(PLUGINS)
    assert document["cases"] == make.CASES
    assert np.array_equal(read("input"), make.made_input())
