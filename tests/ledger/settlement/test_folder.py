"""What a folder may look like, and how results are written: all three files or none."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledger.domain.settlement import read_folder, settle, write_result
from ledger.domain.settlement import scan as scanning
from ledger.domain.settlement.write import csv_bytes, recover, tables_of

from .folders import GOOD, write

NAMES = {"statements.csv", "allocations.csv", "advances.csv"}


def output(files: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    return {name: csv_bytes(table) for name, table in tables_of(settle(read_folder(write(files, folder)))).items()}


def with_crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def with_mark(content: bytes) -> bytes:
    return b"\xef\xbb\xbf" + content


def without_last_line_end(content: bytes) -> bytes:
    return content.rstrip(b"\n")


def with_empty_lines(content: bytes) -> bytes:
    return b"\n" + content.replace(b"\n", b"\n\n\n") + b"\n"


def quoted(content: bytes) -> bytes:
    rows = [b",".join(b'"' + field + b'"' for field in row.split(b",")) for row in content.splitlines()]
    return b"\n".join(rows) + b"\n"


def turned(content: bytes) -> bytes:
    """Columns in reverse, with two more that nobody asked for."""
    return b"".join(
        b'"a, ""note""\nfor us",' + b",".join(row.split(b",")[::-1]) + b",x\n" for row in content.splitlines()
    )


def all_of_it(content: bytes) -> bytes:
    return with_mark(without_last_line_end(with_crlf(with_empty_lines(turned(content)))))


SHAPES = [with_crlf, with_mark, without_last_line_end, with_empty_lines, quoted, turned, all_of_it]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_folder_may_be_written_in_any_of_these_ways(shape, tmp_path: Path) -> None:
    other = {name: shape(content) if name.endswith(".csv") else content for name, content in GOOD.items()}
    other["terms.json"] = with_mark(GOOD["terms.json"])

    assert output(other, tmp_path / "other") == output(GOOD, tmp_path / "good")


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_rows_that_cross_the_chunks_of_the_scan_are_whole(
    shape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "CHUNK_BYTES", 7)
    other = {name: shape(content) if name.endswith(".csv") else content for name, content in GOOD.items()}

    assert output(other, tmp_path / "other") == output(GOOD, tmp_path / "good")


def test_ids_are_taken_as_they_stand_and_quoted_where_needed(tmp_path: Path) -> None:
    files = {
        "terms.json": b'{"commission_ppm": 0, "platform_party": "platform"}',
        "splits.csv": 'element_id,party_id,role,share_ppm\n" é,\n""1""",B ,,300000\n" é,\n""1""",b,,300000\n'
        '" é,\n""1""","NA",,400000\n'.encode(),
        "revenue.csv": "line_id,element_id,kind,currency,gross_minor,tax_minor,fee_minor,occurred_at\n"
        'l,"" ,sale,EUR,100,0,0,2026-10-01\n'.replace('"" ', '" é,\n""1"""').encode(),
    }

    written = output(files, tmp_path)

    assert written["allocations.csv"].decode() == (
        "currency,element_id,party_id,basis,amount_micro\n"
        'EUR," é,\n""1""",B ,split,30000000\n'
        'EUR," é,\n""1""",NA,split,40000000\n'
        'EUR," é,\n""1""",b,split,30000000\n'
    )


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("party_id,,reserve_ppm,,x,x", "p1,a,100000,b,c,d"),
        (" ,reserve_ppm,party_id,x_duplicated_0,x,x", "1,100000,p1,2,3,4"),
        ("column_1,column_0,party_id,reserve_ppm", "p9,5,p1,100000"),
    ],
)
def test_further_columns_may_have_any_name_or_none(header: str, row: str, tmp_path: Path) -> None:
    other = GOOD | {"reserves.csv": f"{header}\n{row}\n".encode()}

    assert output(other, tmp_path / "other") == output(GOOD, tmp_path / "good")


def test_only_three_files_are_required(tmp_path: Path) -> None:
    files = {name: GOOD[name] for name in ("terms.json", "splits.csv", "revenue.csv")}

    assert output(files, tmp_path)["advances.csv"].count(b"\n") == 1


def test_results_replace_files_of_their_names_and_touch_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "advances.csv").write_bytes(b"old")
    (out / "notes.txt").write_bytes(b"mine")

    call_command("settle", str(write(GOOD, tmp_path / "in")), out=out)

    assert {path.name for path in out.iterdir()} == NAMES | {"notes.txt"}
    assert (out / "advances.csv").read_bytes().startswith(b"advance_id,")
    assert (out / "notes.txt").read_bytes() == b"mine"


def test_a_file_that_cannot_be_replaced_undoes_those_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = settle(read_folder(write(GOOD, tmp_path / "in")))
    out = tmp_path / "out"
    out.mkdir()
    (out / "allocations.csv").write_bytes(b"old")
    replace = os.replace

    def fail_on_the_last(source: Path, target: Path) -> None:
        if Path(target).name == "statements.csv":
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_on_the_last)
    with pytest.raises(OSError, match="No space left"):
        write_result(result, out)

    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"allocations.csv": b"old"}


def test_a_folder_in_the_way_of_a_result_leaves_nothing_changed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "statements.csv").mkdir(parents=True)

    with pytest.raises(CommandError, match="nothing was written"):
        call_command("settle", str(write(GOOD, tmp_path / "in")), out=out)

    assert [path.name for path in out.iterdir()] == ["statements.csv"]


def test_the_folder_itself_is_no_place_for_results(tmp_path: Path) -> None:
    folder = write(GOOD, tmp_path)

    with pytest.raises(CommandError, match=r"its advances\.csv would be lost"):
        call_command("settle", str(folder), out=folder)

    assert (folder / "advances.csv").read_bytes() == GOOD["advances.csv"]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("fails", [False, True], ids=["moved", "undone"])
def test_after_a_power_failure_at_any_step_the_folder_is_brought_to_one_result(
    fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    given  a folder with an old result, and a disk that takes the new one (or refuses its last file)
    when   the power fails before any one change of a name
    then   it has the old result, or `recover` and the next run bring it to the new one: never to a part of each
    """
    result = settle(read_folder(write(GOOD, tmp_path / "in")))
    write_result(result, tmp_path / "whole")
    new, old = contents(tmp_path / "whole"), {"statements.csv": b"old", "advances.csv": b"old", "notes.txt": b"mine"}
    out, states = write(old, tmp_path / "out"), []

    def watched(change: Callable[..., None]) -> Callable[..., None]:
        def then(source: Path, target: Path, **more: Any) -> None:
            states.append(shutil.copytree(out, tmp_path / f"state-{len(states)}"))
            if fails and Path(target) == out / "statements.csv" and "new-" in Path(source).name:
                raise OSError(28, "No space left on device")
            change(source, target, **more)

        return then

    with monkeypatch.context() as patch:
        for name in ("replace", "rename", "link"):
            patch.setattr(os, name, watched(getattr(os, name)))
        with contextlib.suppress(OSError):
            write_result(result, out)

    assert contents(out) == (old if fails else new | {"notes.txt": b"mine"})
    assert len(states) > 8
    seen = set()
    for state in states:
        recover(state)
        assert contents(state) in (old, old | new)
        assert not [path for path in state.iterdir() if path.is_dir()]
        seen.add(contents(state) == old)
    assert seen == {False, True}


def test_two_runs_do_not_write_into_one_folder_at_once(tmp_path: Path) -> None:
    result = settle(read_folder(write(GOOD, tmp_path / "in")))
    write_result(result, tmp_path / "out")
    place = os.open(tmp_path / "out", os.O_RDONLY)
    fcntl.flock(place, fcntl.LOCK_EX)

    with pytest.raises(BlockingIOError):
        write_result(result, tmp_path / "out")
    os.close(place)
    write_result(result, tmp_path / "out")

    assert {path.name for path in (tmp_path / "out").iterdir()} == NAMES
