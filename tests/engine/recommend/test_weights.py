import re

import numpy as np
import pytest

from engine.recommend import harmony
from engine.weights import files, tensors


def test_the_card_names_the_weights_it_describes():
    card = files.path_of(harmony.MODEL).with_suffix(".md").read_text()

    assert re.findall(r"\b[0-9a-f]{64}\b", card) == [harmony.WEIGHTS_HASH]


@pytest.mark.parametrize("model", ["harmony-1", "polyphony-1"])
def test_a_card_of_networks_of_floats_names_the_weights_it_describes(model):
    card = tensors.path_of(model).with_suffix(".md").read_text()

    assert re.findall(r"\b[0-9a-f]{64}\b", card) == [tensors.hash_of(model)]
    assert tensors.path_of(model).stat().st_size < 12_000_000


def test_the_weights_are_small():
    assert files.path_of(harmony.MODEL).stat().st_size < 3_000_000


def test_the_same_arrays_make_the_same_file(tmp_path):
    arrays = {"b": np.arange(3), "a": np.eye(2)}

    first = files.write(tmp_path / "first.npz", arrays)
    second = files.write(tmp_path / "second.npz", dict(reversed(arrays.items())))

    assert first == second


def test_pickled_objects_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    np.savez(tmp_path / "bad.npz", code=np.array([object()], dtype=object))

    with pytest.raises(ValueError, match="allow_pickle"):
        files.read("bad")
