"""Does an id stand twice among more ids than fit in memory? Hashes of all, spilled to disk in buckets; ids of a few."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
import numpy.typing as npt
import polars as pl

from ledger.domain.settlement.allocate import Ints
from ledger.domain.settlement.faults import Fault, FaultList
from ledger.domain.settlement.forms import shown
from ledger.domain.settlement.limits import FAULTS_MAX

BUCKET_BITS = 6
"""64 buckets: of 100 million ids each holds 1.6 million hashes, 12 MB."""

IN_MEMORY_MAX = 1 << 22
"""So many hashes are kept in memory before any is written to disk."""

SEED = 20_261_122

Hashes = npt.NDArray[np.uint64]


class Repeats:
    """First every id is added; if some hash was seen twice, every id is looked at again, and repeats are told.

    Two different ids may share a hash: then the second look finds nothing, and nothing is told.
    """

    def __init__(self) -> None:
        self._waiting: list[Hashes] = []
        self._count = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: list[IO[bytes]] = []
        self._suspects = np.zeros(0, np.uint64)
        self._first_line: dict[str, int] = {}
        self._faults: list[tuple[str, int]] = []
        self._more = 0

    def __enter__(self) -> Repeats:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, ids: pl.Series) -> None:
        """Remember the hashes of these ids; empty ids are no ids."""
        hashes = ids.filter(ids != "").hash(seed=SEED).to_numpy()
        self._waiting.append(hashes)
        self._count += len(hashes)
        if self._count > IN_MEMORY_MAX:
            self._spill()

    def forget(self) -> None:
        """Nothing is to be told of these ids."""
        self._waiting, self._count = [], 0
        for file in self._files:
            file.truncate(0)

    def suspects(self) -> bool:
        """Whether any hash was seen twice."""
        if self._folder is not None:
            self._spill()
        twice = [_twice(hashes) for hashes in self._buckets()]
        self._suspects = np.sort(np.concatenate(twice)) if twice else self._suspects
        return len(self._suspects) > 0

    def look_at(self, ids: pl.Series, lines: Ints) -> None:
        """The second look: ids in the order of the file, with the lines on which they stand."""
        hashes = ids.hash(seed=SEED).to_numpy()
        place = np.minimum(np.searchsorted(self._suspects, hashes), len(self._suspects) - 1)
        for row in np.flatnonzero((self._suspects[place] == hashes) & (ids != "").to_numpy()).tolist():
            first = self._first_line.setdefault(ids[row], int(lines[row]))
            if first == lines[row]:
                continue
            if len(self._faults) < FAULTS_MAX:
                self._faults.append((f"{shown(ids[row])} repeats line {first}", int(lines[row])))
            else:
                self._more += 1

    def tell(self, file: str, column: str, faults: FaultList) -> None:
        """Report what the second look found."""
        faults.extend([Fault(file, line, column, words) for words, line in self._faults], uncounted=self._more)

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="settle-")
            names = [Path(self._folder.name, str(bucket)) for bucket in range(1 << BUCKET_BITS)]
            self._files = [name.open("w+b") for name in names]
        if not self._waiting:
            return
        hashes = np.concatenate(self._waiting)
        hashes.sort()
        bounds = np.searchsorted(hashes >> np.uint64(64 - BUCKET_BITS), np.arange((1 << BUCKET_BITS) + 1))
        for bucket, file in enumerate(self._files):
            file.write(hashes[bounds[bucket] : bounds[bucket + 1]].tobytes())
        self._waiting, self._count = [], 0

    def _buckets(self) -> Iterator[Hashes]:
        """All hashes, equal ones together; from disk one bucket at a time."""
        if self._folder is None:
            yield np.concatenate([np.zeros(0, np.uint64), *self._waiting])
        for file in self._files:
            file.seek(0)
            yield np.frombuffer(file.read(), np.uint64).copy()


def _twice(hashes: Hashes) -> Hashes:
    """The hashes that stand more than once; the array is sorted in place."""
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
