"""The demo's scene at the workbench: a take with both versions, and its notes."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from engine.io import notes as notes_io
from ledger import selectors as ledger
from marketplace.demo import workbench
from production import selectors as production
from production.samples import takes
from production.stores import content
from tests.helpers.shop import Shop

pytestmark = pytest.mark.django_db


def test_the_take_is_cleaned_and_its_line_is_written_down(shop: Shop) -> None:
    maker = shop.person("Mira")

    take_id = workbench.work(maker_id=maker.party_id)

    newest, first = production.versions(take_id)
    assert [ledger.processings(take_id)[2].process, first.number] == ["noise", 1]
    rest = [_level(one.content_hash, takes.NOISE_ALONE_S) for one in (newest, first)]
    assert rest[0] < rest[1] / 3
    (edge,) = ledger.children_of(take_id)
    notes = notes_io.read(content.get(production.element(edge.child_id).version.content_hash))
    assert [note.pitch_midi for note in notes.notes()] == [pitch for pitch, _ in takes._LINE]


def _level(content_hash: str, region: tuple[float, float]) -> float:
    signal, rate = soundfile.read(io.BytesIO(content.get(content_hash)))
    part = signal[int(region[0] * rate) : int(region[1] * rate)]
    return float(np.sqrt(np.square(part).mean()))
