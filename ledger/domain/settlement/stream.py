"""A folder whose revenue does not fit in memory: its lines are read once, checked, and summed as they pass.

Only revenue.csv is streamed: it grows with sales, all other files with the catalogue. What a run needs of it is the net
amount per (currency, element), so the input of the kernel is the same as if the file had been read whole; the one thing
that is lost is the way from a single line to its payees (`lines.Tracer`), which needs them all.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.checks import check_together
from ledger.domain.settlement.encode import encode
from ledger.domain.settlement.faults import FaultList
from ledger.domain.settlement.forms import Rows, check_forms, shown
from ledger.domain.settlement.inputs import SettlementInputs
from ledger.domain.settlement.limits import NET_MINOR_MAX, REVENUE_LINES_MAX
from ledger.domain.settlement.read import FILE, cannot_read, empty, missing_columns, read_table, read_terms
from ledger.domain.settlement.repeats import SEED, Repeats
from ledger.domain.settlement.scan import Scanned, chunk_lines, cleaned_chunk, scanned
from ledger.domain.settlement.schema import REVENUE, TABLES, TERMS_FILE

_COLUMNS = tuple(column.name for column in REVENUE.columns)
_ONE_LINE_AT_A_TIME = dataclasses.replace(REVENUE, unique=())


def read_folder_streamed(folder: Path) -> SettlementInputs:
    """Read and check the folder form in memory bounded by the catalogue, not by the number of sales.

    The result settles to the very bytes that `read.read_folder`'s does, and faults are told in the same words; its
    `revenue` has one row per (currency, element) instead of one per line.

    Raises
    ------
    BadInputError
        With every fault of every file.
    """
    faults = FaultList()
    commission_ppm, platform_party = read_terms(folder / TERMS_FILE, faults)
    rows: dict[str, Rows] = {}
    for table in TABLES:
        if table is not REVENUE and (found := read_table(folder / table.file, table, faults)) is not None:
            rows[table.name] = found
    sums = _Sums(rows)
    _read_revenue(folder / REVENUE.file, sums, faults)
    frames = {table.name: rows[table.name].frame if table.name in rows else empty(table) for table in TABLES}
    frames[REVENUE.name] = sums.frame()
    inputs = encode(frames, commission_ppm=commission_ppm, platform_party=platform_party)
    check_together(inputs, rows, faults)
    faults.raise_if_any()
    return inputs


class _Sums:
    """Net minor per currency and element, summed as lines pass; tells lines of elements without splits."""

    def __init__(self, rows: dict[str, Rows]) -> None:
        # Without readable splits nothing can be said about who has none.
        self._judges = "splits" in rows
        ids = rows["splits"].frame["element_id"].unique() if self._judges else pl.Series([], dtype=pl.String)
        self.elements = ids.filter(ids != "").sort()
        self._seed = next(seed for seed in itertools.count(SEED) if _tells_apart(self.elements, seed))
        hashes = self.elements.hash(seed=self._seed).to_numpy()
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]
        self.net: dict[str, Ints] = {}
        self.last_line: dict[str, int] = {}

    def add(self, rows: Rows, faults: FaultList) -> None:
        """Sum the lines of one chunk."""
        frame = rows.frame
        ids = frame["element_id"]
        place = self._places(ids)
        known = place >= 0
        if self._judges and not known.all():
            unknown = ~known & (ids != "").to_numpy()
            rows.tell(faults, "element_id", unknown, lambda row: f"element {shown(ids[row])} has no splits")
        net = (frame["gross_minor"] - frame["tax_minor"] - frame["fee_minor"]).to_numpy()
        currency = frame["currency"]
        for code in currency.unique().to_list():
            here = np.flatnonzero((currency == code).to_numpy() & known)
            total = self.net.setdefault(code, np.zeros(len(self.elements), np.int64))
            np.add.at(total, place[here], net[here])
            if len(here):
                self.last_line[code] = int(rows.lines()[here[-1]])

    def _places(self, ids: pl.Series) -> Ints:
        """(lines,) places in `elements`, -1 for an unknown id: found by hash, then compared as text."""
        if len(self.elements) == 0:
            return np.full(len(ids), -1)
        found = np.searchsorted(self._hashes, ids.hash(seed=self._seed).to_numpy())
        place = self._order[np.minimum(found, len(self._order) - 1)]
        return np.where((self.elements.gather(place) == ids).to_numpy(), place, -1)

    def check_totals(self, faults: FaultList) -> None:
        """The limit under which no sum of the run passes 63 bits."""
        for code, total in self.net.items():
            if np.abs(total.astype(np.float64)).sum() <= NET_MINOR_MAX * 0.99:
                continue  # floats only find the suspects: Python's own integers decide
            exact = sum(map(abs, total.tolist()))
            if exact > NET_MINOR_MAX:
                words = f"the net amounts of {code} sum to {exact} minor over all elements, over {NET_MINOR_MAX}"
                faults.add(REVENUE.file, self.last_line[code], "gross_minor", words)

    def frame(self) -> pl.DataFrame:
        """One row per (currency, element) with money, and at least one for every currency that was seen."""
        parts = []
        for code, total in sorted(self.net.items()):
            place = np.flatnonzero(total)
            if len(place) == 0:
                place = np.arange(min(1, len(total)))
            none = np.zeros(len(place), np.int64)
            parts.append(
                pl.DataFrame(
                    {
                        "element_id": self.elements.gather(place),
                        "currency": pl.Series([code]).gather(none),
                        "gross_minor": total[place],
                        "tax_minor": none,
                        "fee_minor": none,
                    }
                )
            )
        return pl.concat([empty(REVENUE).select(parts[0].columns), *parts]) if parts else empty(REVENUE)


def _tells_apart(ids: pl.Series, seed: int) -> bool:
    return ids.hash(seed=seed).n_unique() == len(ids)


def _read_revenue(path: Path, sums: _Sums, faults: FaultList) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file, Repeats() as repeats:
            if size == 0:
                _read_chunks(iter(()), sums, repeats, faults)
                return
            # Not closed by hand: arrays that look into it may still live where an error is on its way up.
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            _read_chunks(_chunks(pages), sums, repeats, faults)
            if repeats.suspects():
                for ids, lines in _ids(pages):
                    repeats.look_at(ids, lines)
                repeats.tell(REVENUE.file, "line_id", faults)
    except OSError as error:
        faults.add(REVENUE.file, 0, FILE, cannot_read(error))


def _chunks(pages: mmap.mmap) -> Iterator[Scanned]:
    """The chunks of a file, whose pages are let go of as soon as they were looked at."""
    data = np.frombuffer(pages, np.uint8)
    for one in scanned(REVENUE.file, data):
        yield one
        done = one.chunk.start // mmap.PAGESIZE * mmap.PAGESIZE
        if done:
            pages.madvise(mmap.MADV_DONTNEED, 0, done)


def _read_chunks(found: Iterator[Scanned], sums: _Sums, repeats: Repeats, faults: FaultList) -> None:
    shape_is_wrong, checked_header = False, False
    in_rows = FaultList()
    count, line = 0, 1
    for one in found:
        if one.holds_header:
            checked_header, shape_is_wrong = True, missing_columns(REVENUE, one.header, faults)
        faults.extend(one.faults, uncounted=one.more)
        shape_is_wrong = shape_is_wrong or bool(one.faults)
        lines, line = chunk_lines(one.chunk, line)
        if shape_is_wrong or one.rows == 0:
            continue
        count += one.rows
        rows = _checked(one, lines[one.holds_header :], in_rows)
        sums.add(rows, in_rows)
        repeats.add(rows.frame["line_id"])
    if not checked_header:
        shape_is_wrong = missing_columns(REVENUE, (), faults)
    if shape_is_wrong:
        repeats.forget()
        return  # what the rows say is not looked at in a file whose shape is wrong
    faults.take(in_rows)
    sums.check_totals(faults)
    if count > REVENUE_LINES_MAX:
        faults.add(REVENUE.file, 0, FILE, f"more than {REVENUE_LINES_MAX} lines")


def _checked(one: Scanned, lines: Ints, faults: FaultList) -> Rows:
    return check_forms(_ONE_LINE_AT_A_TIME, _parse(one, _COLUMNS), lambda: lines, faults)


def _parse(one: Scanned, names: tuple[str, ...]) -> pl.DataFrame:
    places = {name: one.header.index(name) for name in names}
    if one.has_long_fields:
        text = io.StringIO(one.chunk.data.tobytes().decode("utf-8"), newline="")
        rows = [row for row in csv.reader(text, strict=True) if row][one.holds_header :]
        return pl.DataFrame({name: [row[place] for row in rows] for name, place in places.items()})
    frame = pl.read_csv(
        one.chunk.data.tobytes() if one.is_clean else cleaned_chunk(one.chunk),
        has_header=False,
        skip_lines=int(one.holds_header),
        columns=list(places.values()),
        infer_schema=False,
    )
    if frame.height != one.rows:
        raise AssertionError(f"{REVENUE.file}: {frame.height} rows were parsed where {one.rows} stand")
    return frame.select(pl.col(f"column_{place}").fill_null("").alias(name) for name, place in places.items())


def _ids(pages: mmap.mmap) -> Iterator[tuple[pl.Series, Ints]]:
    """The line ids of the whole file again, with their lines."""
    line = 1
    for one in _chunks(pages):
        lines, line = chunk_lines(one.chunk, line)
        if one.rows:
            yield _parse(one, ("line_id",))["line_id"], lines[one.holds_header :]
