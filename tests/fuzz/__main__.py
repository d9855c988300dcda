"""`python -m tests.fuzz --inputs 1000000`: broken files through every reader, in confined children; prints counts.

Input number i of a seed is always the same bytes, so a finding is repeated with `--first i --inputs 1`. A child has
the address space that the site gives a parser and a time for each input; it may answer or refuse. Anything else, a
crash, an error without a type, too much time, is a finding, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import resource
import signal
import struct
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.fuzz.inputs import Inputs, try_input

MEMORY_BYTES_MAX = 3 * 1024**3  # as production.limits gives a parser
SECONDS_MAX = 10
_BATCH = 2_000
_PROGRESS = struct.Struct("<QQ")


def main() -> int:
    options = _options()
    inputs = Inputs(options.seed)
    counts: Counter[str] = Counter()
    findings: list[dict] = []
    place, last, started = options.first, options.first + options.inputs, time.monotonic()
    while place < last:
        stop = min(place + _BATCH, last)
        place = _run_batch(inputs, place, stop, counts, findings)
        if options.log:
            options.log.write_text(_report(options, place - options.first, counts, findings, started))
    print(_report(options, place - options.first, counts, findings, started))
    return 1 if findings else 0


def _run_batch(inputs: Inputs, first: int, stop: int, counts: Counter[str], findings: list[dict]) -> int:
    """Run one child on [first, stop); where it dies, note the input that killed it and return the next one's number."""
    shared = mmap.mmap(-1, 1 << 20)
    child = os.fork()
    if child == 0:
        _work(inputs, first, stop, shared)
    _, status = os.waitpid(child, 0)
    reached, length = _PROGRESS.unpack_from(shared, 0)
    if length:
        said = json.loads(shared[_PROGRESS.size : _PROGRESS.size + length])
        counts.update(said["counts"])
        findings += said["findings"]
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return stop
    kind = "too long" if code == -signal.SIGPROF else f"died: {code}"
    counts[kind] += 1
    findings.append({"input": reached, "format": inputs.kind_of(reached), "finding": kind})
    return reached + 1


def _work(inputs: Inputs, first: int, stop: int, shared: mmap.mmap) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    counts: Counter[str] = Counter()
    findings: list[dict] = []
    for index in range(first, stop):
        _say(shared, index, counts, findings)
        signal.setitimer(signal.ITIMER_PROF, SECONDS_MAX)  # of processor time; its default action ends the child
        started = time.process_time()
        try:
            outcome = try_input(*inputs.made(index))
        except BaseException:
            outcome = "untyped"
            found = {"input": index, "format": inputs.kind_of(index), "finding": traceback.format_exc()[-1500:]}
            findings.append(found)
        counts[outcome] += 1
        counts[f"format {inputs.kind_of(index)}"] += 1
        counts["took over a second"] += time.process_time() - started > 1
    signal.setitimer(signal.ITIMER_PROF, 0)
    _say(shared, stop, counts, findings)
    os._exit(0)


def _say(shared: mmap.mmap, index: int, counts: Counter[str], findings: list[dict]) -> None:
    said = json.dumps({"counts": counts, "findings": findings[:40]}).encode()
    _PROGRESS.pack_into(shared, 0, index, len(said))
    shared[_PROGRESS.size : _PROGRESS.size + len(said)] = said


def _report(options: argparse.Namespace, done: int, counts: Counter[str], findings: list[dict], started: float) -> str:
    report = {
        "seed": options.seed,
        "inputs": done,
        "seconds": round(time.monotonic() - started),
        "memory_bytes_max": MEMORY_BYTES_MAX,
        "seconds_max": SECONDS_MAX,
        "counts": dict(sorted(counts.items())),
        "findings": findings[:200],
    }
    return json.dumps(report, indent=1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="a file that holds the report so far")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
