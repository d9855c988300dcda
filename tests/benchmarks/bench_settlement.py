"""Settle a large folder, and print where the time goes beside polars reading the same files and summing revenue.

    python -m tests.benchmarks.bench_settlement [--lines 1000000] [--elements 100000] [--depth 10] [--folder FOLDER]
        [--streamed]

Derivations form chains `depth` deep with a second parent here and there (diamonds); three currencies; contracts,
advances, reserves and balances as a label has them. The folder is made by a seed and kept where --folder names one.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from ledger.domain.settlement import read_folder, read_folder_streamed, settle, write_result
from ledger.domain.settlement.schema import TABLES

T = TypeVar("T")

SEED = 20_261_122
CURRENCIES = ("EUR", "JPY", "USD")
PARTIES = 20_000
BLOCK = 5_000_000


def make_folder(folder: Path, *, lines: int, elements: int, depth: int, derivations: int, splits: int) -> None:
    """Write a random folder of the given size."""
    random = np.random.default_rng(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    element = pl.Series([f"e{number:08d}" for number in range(elements)])
    party = pl.Series([f"p{number:06d}" for number in range(PARTIES)])
    (folder / "terms.json").write_text('{"commission_ppm": 150000, "platform_party": "platform"}')
    _write_revenue(folder / "revenue.csv", random, element, lines)
    _write_splits(folder, random, element, party, splits)
    child, step = np.divmod(random.permutation(elements * 8)[: derivations * 2], 8)
    # Elements lie in `depth` layers; a parent is one layer up, so chains are as deep as there are layers.
    width = elements // depth
    keep = child < elements - width
    child, step = child[keep][:derivations], step[keep][:derivations]
    parent = (child // width + 1) * width + (child * 7 + step * 131) % width
    edges = pl.DataFrame({"child": child, "parent": np.minimum(parent, elements - 1)}).unique(maintain_order=True)
    pl.DataFrame(
        {
            "child_id": element.gather(edges["child"].to_numpy()),
            "parent_id": element.gather(edges["parent"].to_numpy()),
            "upstream_ppm": random.integers(1, 120_000, edges.height),
        }
    ).write_csv(folder / "derivations.csv")
    some = party.gather(np.arange(0, PARTIES, 20))
    pl.DataFrame(
        {
            "contract_id": [f"c{number}" for number in range(len(some))],
            "label_id": [f"label{number % 7}" for number in range(len(some))],
            "party_id": some,
            "element_id": [""] * len(some),
            "label_ppm": random.integers(0, 500_000, len(some)),
        }
    ).write_csv(folder / "contracts.csv", quote_style="never")
    pl.DataFrame(
        {
            "advance_id": [f"a{number}" for number in range(len(some))],
            "label_id": [f"label{number % 7}" for number in range(len(some))],
            "party_id": some,
            "currency": pl.Series(CURRENCIES).gather(random.integers(0, 3, len(some))),
            "unrecouped_micro": random.integers(0, 10**12, len(some)),
        }
    ).write_csv(folder / "advances.csv")
    pl.DataFrame({"party_id": some, "reserve_ppm": random.integers(0, 300_000, len(some))}).write_csv(
        folder / "reserves.csv"
    )


def _write_revenue(path: Path, random: np.random.Generator, element: pl.Series, lines: int) -> None:
    """In blocks, so that a hundred million lines can be made where a run of them is to fit."""
    with path.open("wb") as file:
        for first in range(0, lines, BLOCK):
            frame = _revenue(random, element, np.arange(first, min(first + BLOCK, lines)))
            frame.write_csv(file, include_header=first == 0, datetime_format="%Y-%m-%dT%H:%M:%SZ")


def _revenue(random: np.random.Generator, element: pl.Series, number: np.ndarray) -> pl.DataFrame:
    lines = len(number)
    gross = random.choice([199, 499, 999, 2999], lines) * random.choice([1, 1, 1, 1, 1, 1, 1, 1, 1, -1], lines)
    day, second = random.integers(1, 29, lines), random.integers(0, 86_400, lines)
    frame = pl.DataFrame(
        {
            "line_id": pl.Series(number).cast(pl.String).str.zfill(9),
            "element_id": element.gather(random.integers(0, len(element), lines)),
            "kind": pl.Series(["refund", "sale"]).gather((gross > 0).astype(np.int64)),
            "currency": pl.Series(CURRENCIES).gather(random.integers(0, 3, lines)),
            "gross_minor": gross,
            "tax_minor": gross // 6,
            "fee_minor": random.integers(0, 30, lines),
            "day": day,
            "second": second,
        }
    )
    at = pl.datetime(2026, 10, "day").add(pl.duration(seconds="second"))
    return frame.with_columns(occurred_at=at).drop("day", "second")


def _write_splits(folder: Path, random: np.random.Generator, element: pl.Series, party: pl.Series, rows: int) -> None:
    each = rows // len(element)
    shares = random.dirichlet(np.ones(each), len(element))
    ppm = np.floor(shares * 1_000_000).astype(np.int64)
    ppm[:, 0] += 1_000_000 - ppm.sum(axis=1)
    owner = (np.arange(len(element))[:, None] * 37 + np.arange(each) * 101) % PARTIES
    pl.DataFrame(
        {
            "element_id": element.gather(np.repeat(np.arange(len(element)), each)),
            "party_id": party.gather(owner.ravel()),
            "role": ["editor"] * (len(element) * each),
            "share_ppm": ppm.ravel(),
        }
    ).write_csv(folder / "splits.csv")


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """What one process did: seconds by step, and the most memory it held."""

    seconds: dict[str, float]
    peak_gib: float
    sizes: str = ""

    @property
    def whole_s(self) -> float:
        """All steps together."""
        return sum(self.seconds.values())


def polars_alone(folder: Path, *, streamed: bool) -> Measured:
    """What the run is measured against: polars reads the same files and sums revenue by element."""
    net = pl.col("gross_minor") - pl.col("tax_minor") - pl.col("fee_minor")
    start = time.perf_counter()
    for table in TABLES:
        if not (folder / table.file).exists():
            continue
        frame = pl.scan_csv(folder / table.file)
        if table.name == "revenue" and streamed:
            frame.group_by("element_id", "currency").agg(net.sum()).collect(engine="streaming")
        elif table.name == "revenue":
            pl.read_csv(folder / table.file).group_by("element_id", "currency").agg(net.sum())
        else:
            pl.read_csv(folder / table.file)
    return Measured({"polars alone": time.perf_counter() - start}, _peak_gib())


def settlement(folder: Path, out: Path, *, streamed: bool) -> Measured:
    """The whole run: reading, checking, settling, writing all outputs."""
    seconds: dict[str, float] = {}

    def step(name: str, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        result = work()
        seconds[name] = time.perf_counter() - start
        return result

    inputs = step("read and check", lambda: (read_folder_streamed if streamed else read_folder)(folder))
    result = step("settle", lambda: settle(inputs))
    step("write", lambda: write_result(result, out))
    sizes = f"statements {len(result.statements.party):,}, allocations {len(result.allocations.party):,}"
    return Measured(seconds, _peak_gib(), sizes)


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def apart(work: Callable[..., Measured], *arguments: object, streamed: bool) -> Measured:
    """Measure in a process of its own, so that neither leaves the other its memory."""
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(work, *arguments, streamed=streamed).result()


def main() -> None:
    """Make the folder, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--depth", type=int, default=10)
    parser.add_argument("--derivations", type=int, help="edges; 3 an element unless told")
    parser.add_argument("--splits", type=int, help="rows; 5 an element unless told")
    parser.add_argument("--folder", type=Path, help="kept and used again; a temporary one unless told")
    parser.add_argument("--streamed", action="store_true", help="memory grows with the catalogue, not with the lines")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch, "in")
        if not (folder / "revenue.csv").exists():
            make_folder(
                folder,
                lines=options.lines,
                elements=options.elements,
                depth=options.depth,
                derivations=options.derivations or 3 * options.elements,
                splits=options.splits or 5 * options.elements,
            )
        bytes_read = sum(file.stat().st_size for file in folder.iterdir())
        alone = apart(polars_alone, folder, streamed=options.streamed)
        run = apart(settlement, folder, Path(scratch, "out"), streamed=options.streamed)
    print(
        f"settlement of {options.lines:,} lines, {options.elements:,} elements, {options.depth} levels deep,", end=" "
    )
    print(f"{bytes_read / 2**30:.2f} GiB{', streamed' if options.streamed else ''} ({run.sizes})")
    print(f"  {'polars alone':<16}{alone.whole_s:8.2f} s{alone.peak_gib:16.2f} GiB")
    for name, seconds in run.seconds.items():
        print(f"  {name:<16}{seconds:8.2f} s{seconds / run.whole_s:7.0%}")
    print(f"  {'the whole run':<16}{run.whole_s:8.2f} s{run.peak_gib:16.2f} GiB", end="")
    print(f" = {run.whole_s / alone.whole_s:.1f} times polars alone")


if __name__ == "__main__":
    main()
