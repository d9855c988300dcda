"""Settle a large folder, and print where the time goes beside polars reading the same files and summing revenue.

    python -m tests.benchmarks.bench_settlement [--lines 1000000] [--elements 100000] [--depth 10] [--folder FOLDER]

Derivations form chains `depth` deep with a second parent here and there (diamonds); three currencies; contracts,
advances, reserves and balances as a label has them. The folder is made by a seed and kept where --folder names one.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from ledger.domain.settlement import read_folder, settle, write_result
from ledger.domain.settlement.schema import TABLES

SEED = 20_261_122
CURRENCIES = ("EUR", "JPY", "USD")
PARTIES = 20_000


def make_folder(folder: Path, *, lines: int, elements: int, depth: int, derivations: int, splits: int) -> None:
    """Write a random folder of the given size."""
    random = np.random.default_rng(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    element = pl.Series([f"e{number:08d}" for number in range(elements)])
    party = pl.Series([f"p{number:06d}" for number in range(PARTIES)])
    (folder / "terms.json").write_text('{"commission_ppm": 150000, "platform_party": "platform"}')
    gross = random.choice([199, 499, 999, 2999], lines) * random.choice([1, 1, 1, 1, 1, 1, 1, 1, 1, -1], lines)
    day, second = random.integers(1, 29, lines), random.integers(0, 86_400, lines)
    revenue = pl.DataFrame(
        {
            "line_id": pl.Series(np.arange(lines)).cast(pl.String).str.zfill(9),
            "element_id": element.gather(random.integers(0, elements, lines)),
            "kind": pl.Series(["refund", "sale"]).gather((gross > 0).astype(np.int64)),
            "currency": pl.Series(CURRENCIES).gather(random.integers(0, 3, lines)),
            "gross_minor": gross,
            "tax_minor": gross // 6,
            "fee_minor": random.integers(0, 30, lines),
            "day": day,
            "second": second,
        }
    ).with_columns(occurred_at=pl.datetime(2026, 10, "day").add(pl.duration(seconds="second")))
    revenue.drop("day", "second").write_csv(folder / "revenue.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
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


def polars_alone(folder: Path) -> None:
    """What the run is measured against: polars reads the same files and sums revenue by element."""
    frames = {table.name: pl.read_csv(folder / table.file) for table in TABLES if (folder / table.file).exists()}
    net = pl.col("gross_minor") - pl.col("tax_minor") - pl.col("fee_minor")
    frames["revenue"].group_by("element_id", "currency").agg(net.sum())


def timed(name: str, work: Callable[[], object], times: dict[str, float]) -> object:
    """Run and note the wall time."""
    start = time.perf_counter()
    result = work()
    times[name] = time.perf_counter() - start
    return result


def main() -> None:
    """Make the folder, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--depth", type=int, default=10)
    parser.add_argument("--derivations", type=int, help="edges; 3 an element unless told")
    parser.add_argument("--splits", type=int, help="rows; 5 an element unless told")
    parser.add_argument("--folder", type=Path, help="kept and used again; a temporary one unless told")
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
        times: dict[str, float] = {}
        timed("polars alone", lambda: polars_alone(folder), times)
        inputs = timed("read and check", lambda: read_folder(folder), times)
        result = timed("settle", lambda: settle(inputs), times)  # type: ignore[arg-type]
        timed("write", lambda: write_result(result, Path(scratch, "out")), times)  # type: ignore[arg-type]
    run = times["read and check"] + times["settle"] + times["write"]
    sizes = f"{options.lines:,} lines, {options.elements:,} elements, {options.depth} levels"
    print(f"settlement of {sizes} (statements {len(result.statements.party):,}, ", end="")  # type: ignore[attr-defined]
    print(f"allocations {len(result.allocations.party):,})")  # type: ignore[attr-defined]
    for name, seconds in times.items():
        print(f"  {name:<16}{seconds:8.2f} s" + (f"{seconds / run:7.0%}" if name != "polars alone" else ""))
    print(f"  {'the whole run':<16}{run:8.2f} s = {run / times['polars alone']:.1f} times polars alone")
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  peak memory     {peak_gib:8.2f} GiB", file=sys.stdout)


if __name__ == "__main__":
    main()
