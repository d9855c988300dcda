"""A folder that is streamed settles to the very bytes of one that is read whole, however it is cut."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from ledger.domain.settlement import BadInputError, read_folder, read_folder_streamed, repeats, settle
from ledger.domain.settlement import scan as scanning
from ledger.domain.settlement.period import Period, write_folder
from ledger.domain.settlement.write import csv_bytes, tables_of

from . import strategies
from .folders import GOOD, write
from .test_folder import SHAPES


def outputs(inputs) -> dict[str, bytes]:
    return {name: csv_bytes(table) for name, table in tables_of(settle(inputs)).items()}


@given(period=strategies.periods())
@settings(max_examples=60, deadline=None)
def test_streamed_or_whole_the_results_are_the_same_bytes(period: Period) -> None:
    with tempfile.TemporaryDirectory() as place:
        write_folder(period, Path(place))

        assert outputs(read_folder_streamed(Path(place))) == outputs(read_folder(Path(place)))


@pytest.mark.parametrize("chunk_bytes", [1, 50, 75, 130, 1 << 24])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_where_the_file_is_cut_and_how_it_is_written_changes_nothing(
    shape, chunk_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = outputs(read_folder(write(GOOD, tmp_path / "good")))
    shaped = {name: data if name == "terms.json" else shape(data) for name, data in GOOD.items()}
    monkeypatch.setattr(scanning, "CHUNK_BYTES", chunk_bytes)

    found = outputs(read_folder_streamed(write(shaped, tmp_path / "shaped")))

    assert found == expected


def test_faults_are_told_in_the_same_words_however_the_file_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"l{n % 40},e{n % 4},sale,{'EUR' if n % 7 else 'XXZ'},{n},0,0,2026-10-01" for n in range(300)]
    header = GOOD["revenue.csv"].split(b"\n")[0]
    bad = {**GOOD, "revenue.csv": b"\n".join([header, *(row.encode() for row in rows)])}
    folder = write(bad, tmp_path)
    with pytest.raises(BadInputError) as whole:
        read_folder(folder)
    monkeypatch.setattr(scanning, "CHUNK_BYTES", 512)
    monkeypatch.setattr(repeats, "IN_MEMORY_MAX", 16)

    with pytest.raises(BadInputError) as streamed:
        read_folder_streamed(folder)

    assert streamed.value.lines == whole.value.lines
    assert "repeats line" in "\n".join(whole.value.lines)


def test_ids_that_only_share_a_hash_are_no_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pl.Series, "hash", lambda self, seed: pl.Series(np.zeros(len(self), np.uint64)))
    ids, lines = pl.Series(["a", "b", "c", ""]), np.arange(2, 6)
    with repeats.Repeats() as found:
        found.add(ids)

        assert found.suspects()
        found.look_at(ids, lines)
        faults = repeats.FaultList()
        found.tell("revenue.csv", "line_id", faults)

    assert len(faults) == 0


@pytest.mark.parametrize("in_memory", [1, 10, 1 << 22])
def test_repeats_are_found_in_memory_and_on_disk(in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "IN_MEMORY_MAX", in_memory)
    first, second = pl.Series([f"l{n}" for n in range(100)]), pl.Series(["m1", "l17", "m2", "l17"])
    with repeats.Repeats() as found:
        found.add(first)
        found.add(second)

        assert found.suspects()
        found.look_at(first, np.arange(2, 102))
        found.look_at(second, np.arange(102, 106))
        faults = repeats.FaultList()
        found.tell("revenue.csv", "line_id", faults)

    with pytest.raises(BadInputError) as caught:
        faults.raise_if_any()
    assert caught.value.lines == [
        "revenue.csv:103:line_id: 'l17' repeats line 19",
        "revenue.csv:105:line_id: 'l17' repeats line 19",
    ]
