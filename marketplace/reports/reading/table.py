"""A report's file as a table: its encoding, delimiter and header guessed, its rows read one by one."""

from __future__ import annotations

import codecs
import contextlib
import csv
import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marketplace.reports.reading import limits
from marketplace.reports.reading.template import DELIMITERS

SNIFFED_ROWS = 60
HEADER_ROWS_MAX = 30
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class BrokenTableError(ValueError):
    """The file can be read no further from `line` on; the message says why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; `line` is the line of the file on which it begins (quoted cells may hold line breaks)."""

    line: int
    cells: list[str]


def rows(path: Path, *, encoding: str, delimiter: str) -> Iterator[Row]:
    """Every row that is not empty, in order.

    Raises
    ------
    BrokenTableError
        Where the text ends to be text of this encoding, or a cell or row is out of all measure.
    """
    csv.field_size_limit(limits.CELL_CHARACTERS_MAX)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        line = 1
        while True:
            try:
                cells = next(reader, None)
            except UnicodeError:
                raise BrokenTableError(reader.line_num + 1, f"is no {encoding} text from here on") from None
            except csv.Error as error:
                raise BrokenTableError(line, _csv_words(error)) from None
            if cells is None:
                return
            if len(cells) > limits.COLUMNS_MAX:
                raise BrokenTableError(line, f"has more than {limits.COLUMNS_MAX} columns")
            if any(cells):
                yield Row(line=line, cells=cells)
            line = reader.line_num + 1


def _csv_words(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"a cell is longer than {limits.CELL_CHARACTERS_MAX} characters: is a quotation mark never closed?"
    return f"cannot be read: {error}"


def body(path: Path, *, encoding: str, delimiter: str, skip_rows: int, skip_last: int) -> tuple[Row, Iterator[Row]]:
    """The header, and the rows after it without the last `skip_last`.

    Raises
    ------
    BrokenTableError
        If there is no header, and as `rows`.
    """
    found = itertools.islice(rows(path, encoding=encoding, delimiter=delimiter), skip_rows, None)
    header = next(found, None)
    if header is None:
        raise BrokenTableError(1, "there is no header: the file is empty, or too many rows are skipped")
    return header, _all_but_last(found, skip_last)


def _all_but_last(found: Iterator[Row], count: int) -> Iterator[Row]:
    held: deque[Row] = deque()
    for row in found:
        held.append(row)
        if len(held) > count:
            yield held.popleft()


def names(header: Row) -> list[str]:
    """The columns' names, each once: a second “Name” is “Name (2)”, an empty one “Column 3”."""
    found: list[str] = []
    for place, cell in enumerate(header.cells, start=1):
        name = base = " ".join(cell.split())[:200] or f"Column {place}"
        for number in itertools.count(2):
            if name not in found:
                break
            name = f"{base} ({number})"
        found.append(name)
    return found


# ------------------------------------------------------------------------------------------------------ guesses
def guess_encoding(path: Path) -> str:
    """By its byte order mark; else UTF-8 if all of it is, UTF-16 if every other byte is empty, else Windows-1252."""
    with path.open("rb") as file:
        head = file.read(4096)
        for bom, encoding in _BOMS:
            if head.startswith(bom):
                return encoding
        if head.count(0) > len(head) // 3:
            return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(head)
            while chunk := file.read(limits.MIB):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def guess_delimiter(path: Path, encoding: str) -> str:
    """The one that gives most rows the same, largest number of columns."""
    best, best_score = ",", (0, 0)
    for delimiter in DELIMITERS:
        sample = _sample(path, encoding, delimiter)
        widths = [len(row.cells) for row in sample if len(row.cells) > 1]
        common = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        score = (widths.count(common), common)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _sample(path: Path, encoding: str, delimiter: str) -> list[Row]:
    """The first rows, as far as they can be read."""
    found: list[Row] = []
    with contextlib.suppress(BrokenTableError):
        for row in itertools.islice(rows(path, encoding=encoding, delimiter=delimiter), SNIFFED_ROWS):
            found.append(row)  # what came before the break counts
    return found


def guess_header(path: Path, encoding: str, delimiter: str) -> int:
    """How many rows stand before the header: it is the first as wide as most, without a figure in it."""
    sample = _sample(path, encoding, delimiter)
    widths = [len(row.cells) for row in sample]
    common = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
    for place, row in enumerate(sample[:HEADER_ROWS_MAX]):
        if len(row.cells) >= common and sum(map(bool, row.cells)) * 2 > common and not any(map(_is_figure, row.cells)):
            return place
    return 0


def _is_figure(cell: str) -> bool:
    compact = cell.strip().lstrip("+-").replace(".", "").replace(",", "")
    return bool(compact) and compact.isdigit()
