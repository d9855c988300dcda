import re

import pytest

from engine.recommend import lead_sheet_writer, progression_model
from engine.weights import tensors

MODELS = (progression_model.MODEL, lead_sheet_writer.MODEL)


@pytest.mark.parametrize("model", MODELS)
def test_the_card_names_the_weights_it_describes(model):
    card = tensors.path_of(model).with_suffix(".md").read_text()

    assert re.findall(r"\b[0-9a-f]{64}\b", card) == [tensors.hash_of(model)]


@pytest.mark.parametrize("model", MODELS)
def test_the_weights_are_small(model):
    assert tensors.path_of(model).stat().st_size < 1_000_000
