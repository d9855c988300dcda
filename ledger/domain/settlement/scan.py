"""The shape of a CSV file's bytes, found without a loop over its lines.

Strict RFC 4180: a field is quoted as a whole or not at all, every row has as many fields as the header, lines end in LF
or CRLF. Empty lines are no rows. A row's line is the physical line on which it begins.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.faults import Fault
from ledger.domain.settlement.limits import FAULTS_MAX

Bytes = npt.NDArray[np.uint8]

CHUNK_BYTES = 1 << 24
_LF, _CR, _COMMA, _QUOTE = 10, 13, 44, 34
BOM = b"\xef\xbb\xbf"


@dataclasses.dataclass(frozen=True, slots=True)
class Chunk:
    """Whole rows of a file, from byte `start`; arrays are relative to it. (rows,) unless told otherwise."""

    start: int
    data: Bytes
    row_start: Ints
    row_end: Ints
    commas: Ints
    quotes: Ints
    """(quotes,) places of the quote characters: opening and closing take turns."""

    @property
    def blank(self) -> npt.NDArray[np.bool_]:
        """(rows,) true for empty lines."""
        length = self.row_end - self.row_start
        empty: npt.NDArray[np.bool_] = (length == 0) | ((length == 1) & (self.data[self.row_start] == _CR))
        return empty


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """What the fast path needs to know of a file: `rows` is the number of data rows."""

    header: tuple[str, ...]
    rows: int
    is_clean: bool
    """No empty lines, no CRLF, no mark: the bytes can be parsed as they stand."""
    has_long_fields: bool
    """A quoted field holds a line end."""


def chunks(data: Bytes, start: int = 0) -> Iterator[Chunk]:
    """Cut the file into runs of whole rows; `data` ends in LF, unless a quote is never closed."""
    size = CHUNK_BYTES
    while start < len(data):
        part = data[start : start + size]
        is_end = (part == _LF) | (part == _COMMA)
        quotes = np.flatnonzero(part == _QUOTE)
        if len(quotes):
            is_end &= ~np.logical_xor.accumulate(part == _QUOTE)
        ends = np.flatnonzero(is_end)
        is_row_end = part[ends] == _LF
        nth = np.flatnonzero(is_row_end)
        last_part = start + size >= len(data)
        if len(nth) == 0 and not last_part:
            size *= 2  # one row is longer than the chunk
            continue
        row_end = ends[nth]
        commas = np.diff(nth, prepend=-1) - 1
        used = int(row_end[-1]) + 1 if len(row_end) else 0
        if last_part and used < len(part):  # a quote that is never closed: the rest is one row
            row_end = np.append(row_end, len(part))
            commas = np.append(commas, int((~is_row_end).sum() - commas.sum()))
            used = len(part)
        row_start = np.concatenate(([0], row_end[:-1] + 1)).astype(np.int64)
        yield Chunk(start, part[:used], row_start, row_end, commas, quotes[quotes < used])
        start += used
        size = CHUNK_BYTES


@dataclasses.dataclass(frozen=True, slots=True)
class Scanned:
    """What one chunk's bytes look like: `header` is known from the first chunk with a row in it on."""

    chunk: Chunk
    header: tuple[str, ...]
    holds_header: bool
    is_clean: bool
    has_long_fields: bool
    faults: list[Fault]
    more: int
    """Faults of this chunk that are counted, not told."""

    @property
    def rows(self) -> int:
        """Data rows in the chunk."""
        return int((~self.chunk.blank).sum()) - self.holds_header


def scanned(file: str, data: Bytes) -> Iterator[Scanned]:
    """Look at a file chunk by chunk; over all chunks at most FAULTS_MAX faults are told."""
    begin, told_before = _begin(data), 0
    header: tuple[str, ...] = ()
    for chunk in chunks(data, begin):
        blank = chunk.blank
        holds_header = not header and bool((~blank).any())
        header = header or _header(chunk, blank)
        is_clean = not (chunk.start == begin != 0) and not blank.any() and not _has_crlf(chunk)
        long = len(chunk.quotes) > 0 and int((chunk.data == _LF).sum()) > len(chunk.row_end)
        bad = _bad_bytes(chunk, blank, len(header))
        told = [_explain(file, data, chunk, place, header) for place in bad[: max(FAULTS_MAX - told_before, 0)]]
        told_before += len(told)
        yield Scanned(chunk, header, holds_header, is_clean, long, told, len(bad) - len(told))


def scan(file: str, data: Bytes) -> tuple[Shape, list[Fault], int]:
    """Read the shape of a file: (shape, the first faults, how many more there are)."""
    faults: list[Fault] = []
    more = rows = 0
    header: tuple[str, ...] = ()
    is_clean, has_long_fields = _begin(data) == 0, False
    for one in scanned(file, data):
        header = one.header
        rows += one.rows
        is_clean = is_clean and one.is_clean
        has_long_fields = has_long_fields or one.has_long_fields
        faults.extend(one.faults)
        more += one.more
    return Shape(header, rows, is_clean, has_long_fields), faults, more


def row_lines(data: Bytes) -> Ints:
    """(rows,) the physical line on which each data row begins; line 1 is the first of the file."""
    lines: list[Ints] = []
    before = 1
    for chunk in chunks(data, _begin(data)):
        found, before = chunk_lines(chunk, before)
        lines.append(found)
    return np.concatenate(lines)[1:] if lines else np.zeros(0, np.int64)


def chunk_lines(chunk: Chunk, before: int) -> tuple[Ints, int]:
    """(filled rows,) the lines they stand on where the chunk begins on line `before`; and the next chunk's."""
    ends = np.flatnonzero(chunk.data == _LF)
    return np.searchsorted(ends, chunk.row_start[~chunk.blank]) + before, before + len(ends)


def cleaned(data: Bytes) -> bytes:
    """The same rows with LF at their ends, without empty lines and mark."""
    return b"".join(cleaned_chunk(chunk) for chunk in chunks(data, _begin(data)))


def cleaned_chunk(chunk: Chunk) -> bytes:
    """A chunk's rows with LF at their ends, without empty lines."""
    keep = np.ones(len(chunk.data), np.bool_)
    ends = np.minimum(chunk.row_end, len(chunk.data) - 1)
    before_end = np.maximum(ends - 1, 0)
    keep[before_end[(chunk.data[before_end] == _CR) & (ends > chunk.row_start)]] = False
    keep[ends[chunk.blank]] = False
    return chunk.data[keep].tobytes()


def _begin(data: Bytes) -> int:
    return len(BOM) if data[: len(BOM)].tobytes() == BOM else 0


def _has_crlf(chunk: Chunk) -> bool:
    return bool((chunk.data[np.maximum(chunk.row_end - 1, 0)] == _CR).any())


def _header(chunk: Chunk, blank: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    filled = np.flatnonzero(~blank)
    if len(filled) == 0:
        return ()
    row = chunk.data[chunk.row_start[filled[0]] : chunk.row_end[filled[0]]].tobytes()
    return tuple(next(csv.reader(io.StringIO(row.decode("utf-8", "replace").removesuffix("\r"), newline="")), ()))


def _bad_bytes(chunk: Chunk, blank: npt.NDArray[np.bool_], fields: int) -> list[int]:
    """Where rows are not what they should be: at most one place a row, in order."""
    bad = [chunk.row_end[~blank & (chunk.commas != fields - 1)]]
    if len(chunk.quotes):
        bad.append(_bad_quotes(chunk))
    if not chunk.data.tobytes().isascii():
        bad.append(_not_utf8(chunk))
    places = np.concatenate(bad)
    row = np.searchsorted(chunk.row_end, places)
    # The earliest place of a row explains it best: a stray quote also spoils the count of its fields.
    order = np.lexsort((places, row))
    first = np.unique(row[order], return_index=True)[1]
    return [int(place) for place in places[order][first]]


def _bad_quotes(chunk: Chunk) -> Ints:
    padded = np.concatenate(([_LF], chunk.data, [_LF, _LF])).astype(np.uint8)  # place p of data is p + 1 here
    opening, closing = chunk.quotes[0::2], chunk.quotes[1::2]
    before = padded[opening]
    after, after_next = padded[closing + 2], padded[closing + 3]
    good_open = (before == _COMMA) | (before == _LF) | (before == _QUOTE)
    good_close = (after == _COMMA) | (after == _LF) | (after == _QUOTE) | ((after == _CR) & (after_next == _LF))
    unclosed = opening[-1:] if len(opening) > len(closing) else opening[:0]
    return np.concatenate((opening[~good_open], closing[~good_close], unclosed))


def _not_utf8(chunk: Chunk) -> Ints:
    text = chunk.data.tobytes()
    try:
        text.decode("utf-8")
        return np.zeros(0, np.int64)
    except UnicodeDecodeError:
        bad = [
            _first_bad_byte(text, *row) for row in zip(chunk.row_start.tolist(), chunk.row_end.tolist(), strict=True)
        ]
        return np.array([place for place in bad if place is not None], np.int64)


def _first_bad_byte(text: bytes, start: int, end: int) -> int | None:
    try:
        text[start:end].decode("utf-8")
        return None
    except UnicodeDecodeError as error:
        return start + error.start


def _explain(file: str, data: Bytes, chunk: Chunk, place: int, header: tuple[str, ...]) -> Fault:
    row = int(np.searchsorted(chunk.row_end, place))
    start = int(chunk.row_start[row])
    line = 1 + int((data[: chunk.start + start] == _LF).sum())
    if place == int(chunk.row_end[row]) and int(chunk.commas[row]) != len(header) - 1:
        found = int(chunk.commas[row]) + 1
        column = header[min(found, len(header) - 1)]
        return Fault(file, line, column, f"the row has {found} fields, the header {len(header)}")
    before = chunk.data[start:place]
    outside = ~np.logical_xor.accumulate(before == _QUOTE) if len(before) else np.zeros(0, np.bool_)
    column = header[min(int(((before == _COMMA) & outside).sum()), len(header) - 1)] if header else "file"
    if int(chunk.data[place]) == _QUOTE:
        return Fault(file, line, column, "a quote stands where RFC 4180 allows none, or is never closed")
    return Fault(file, line, column, "the text is not UTF-8")
