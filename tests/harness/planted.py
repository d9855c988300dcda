"""Plant a fault, run the tests that should notice, take the fault away: does each of them fail?

    python -m tests.harness.planted [--only NAME] [--list]

Each fault is planted in a copy of the project, never in the checkout. A fault that no test notices is printed, and the
exit status is 1. A test in the suite sees to it that every fault still fits the code (`test_harness.py`).
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("engine", "ledger", "marketplace", "production", "templates", "tests", "manage.py", "pyproject.toml")
TIMEOUT_S = 600
FAILED = 1
"""What pytest answers when tests ran and failed; any other status is a fault of the harness."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One deliberate mistake: `right`, which stands once in `file`, becomes `wrong`; `tests` must notice."""

    name: str
    file: str
    right: str
    wrong: str
    tests: str


FAULTS = (
    Fault(
        "a refund that a correction told is taken again",
        "ledger/services/settlements/gather.py",
        "    lines += told.lines_beside(lines)\n    cutoff = ",
        "    cutoff = ",
        "tests/ledger/services/test_told_before.py",
    ),
    Fault(
        "a power failure leaves a result half in place",
        "ledger/domain/settlement/write.py",
        "    if (out / COMMITTED).exists():\n        _move_in(out)\n",
        "",
        "tests/ledger/settlement/test_folder.py",
    ),
    Fault(
        "two postings swapped",
        "ledger/domain/journal.py",
        '    yield "tax", currency, -tax * MICRO\n    yield "unsettled", currency, -(gross - tax) * MICRO\n',
        '    yield "unsettled", currency, -tax * MICRO\n    yield "tax", currency, -(gross - tax) * MICRO\n',
        "tests/ledger/domain/test_journal.py",
    ),
    Fault(
        "off by one at the tree's border",
        "ledger/domain/merkle.py",
        "return 1 << ((size - 1).bit_length() - 1)",
        "return 1 << (size.bit_length() - 1)",
        "tests/ledger/domain/test_merkle.py",
    ),
    Fault(
        "leaves and nodes hashed alike",
        "ledger/domain/merkle.py",
        'return sha256(b"\\x00" + leaf).digest()',
        'return sha256(b"\\x01" + leaf).digest()',
        "tests/ledger/domain/test_merkle.py",
    ),
    Fault(
        "an empty consistency proof accepted",
        "ledger/domain/merkle.py",
        '    if not path:\n        raise ProofError("the proof is empty")\n',
        "    if not path:\n        return\n",
        "tests/ledger/domain/test_merkle.py",
    ),
    Fault(
        "the remainder lost",
        "ledger/domain/settlement/allocate.py",
        "    _give_units_left(parts, remainder, left, starts, counts)\n",
        "",
        "tests/ledger/settlement/test_allocation.py",
    ),
    Fault(
        "ties to the later place",
        "ledger/domain/settlement/allocate.py",
        "key=lambda place: (-(amount * weights[place] % whole), place)",
        "key=lambda place: (-(amount * weights[place] % whole), -place)",
        "tests/ledger/settlement/test_allocation.py",
    ),
    Fault(
        "a refund divided as if it were no mirror",
        "ledger/domain/settlement/allocate.py",
        "    first *= np.sign(amounts)\n",
        "    first = np.where(amounts < 0, -first - 1, first)\n",
        "tests/ledger/settlement/test_allocation.py",
    ),
    Fault(
        "parents before children",
        "ledger/domain/settlement/flow.py",
        "    for level in plan:\n",
        "    for level in reversed(plan):\n",
        "tests/ledger/settlement/test_kernel.py",
    ),
    Fault(
        "more recouped than is owed",
        "ledger/domain/settlement/payees.py",
        "return rows, np.clip(left, 0, owed)",
        "return rows, np.maximum(left, 0)",
        "tests/ledger/settlement/test_kernel.py",
    ),
    Fault(
        "withholding rounded up",
        "ledger/domain/settlement/payees.py",
        "    withheld = floor_ppm(gross, payees.withholding_ppm)\n",
        "    withheld = floor_ppm(gross + 1, payees.withholding_ppm)\n",
        "tests/ledger/settlement/test_kernel.py",
    ),
    Fault(
        "a sale takes the rights of the epoch before",
        "ledger/domain/settlement/epochs.py",
        "        return changes[place - 1] if place else BEFORE_ALL\n",
        "        return changes[place - 2] if place > 1 else BEFORE_ALL\n",
        "tests/ledger/settlement/test_epochs.py",
    ),
    Fault(
        "a parcel of another range forgotten",
        "ledger/domain/settlement/partition.py",
        "    for number in np.unique(goal).tolist():\n",
        "    for number in np.unique(goal).tolist()[:1]:\n",
        "tests/ledger/settlement/test_partition.py",
    ),
    Fault(
        "a line's id may stand twice in a streamed folder",
        "ledger/domain/settlement/stream.py",
        "            if repeats.suspects():\n",
        "            if False:\n",
        "tests/ledger/settlement/test_bad_input.py",
    ),
    Fault(
        "names in the leaf not sorted",
        "ledger/domain/canonical.py",
        "    orjson.OPT_SORT_KEYS\n    | orjson.OPT_PASSTHROUGH_DATACLASS\n",
        "    orjson.OPT_PASSTHROUGH_DATACLASS\n",
        "tests/ledger/domain/test_canonical.py",
    ),
    Fault(
        "the log's lock not taken",
        "ledger/migrations/0002_append_only.py",
        "        perform pg_advisory_xact_lock(76201, 1);\n",
        "",
        "tests/ledger/test_append.py",
    ),
    Fault(
        "facts can be deleted",
        "ledger/models/append_only.py",
        "append_only_row before update or delete on",
        "append_only_row before update on",
        "tests/ledger/test_append_only.py",
    ),
    Fault(
        "a key used again for another command",
        "ledger/services/log.py",
        "    if fingerprint != command.fingerprint:\n",
        "    if False:\n",
        "tests/ledger/test_append.py",
    ),
    Fault(
        "time runs backwards",
        "ledger/services/log.py",
        "        at = max(at, command.told or now)\n",
        "        at = command.told or now\n",
        "tests/ledger/test_append.py tests/ledger/test_sequencer.py",
    ),
    Fault(
        "a refund counted as a sale",
        "ledger/projections/revenue.py",
        'kind="refund", sign=-1))',
        'kind="refund", sign=1))',
        "tests/ledger/services/test_settlements.py",
    ),
    Fault(
        "who prepared a run may release it",
        "ledger/services/settlements/runs.py",
        "    if actor_id in (run.prepared_by, run.reviewed_by, run.approved_by):\n",
        "    if False:\n",
        "tests/ledger/services/test_settlements.py tests/ledger/services/test_releases.py",
    ),
    Fault(
        "a receipt of another log accepted",
        "ledger/domain/proof.py",
        "        if checkpoint.origin not in {key.name for key in keys}:\n",
        "        if False:\n",
        "tests/ledger/test_proofs.py",
    ),
    Fault(
        "events cut off the end not noticed",
        "ledger/services/audit/checks.py",
        "        if self._roots and max(self._roots) > self.tree.size:\n",
        "        if False:\n",
        "tests/ledger/test_audit.py",
    ),
    Fault(
        "the witness forgets what it saw",
        "ledger/witness.py",
        "                self._remember(answer.saw)\n",
        "                pass\n",
        "tests/ledger/test_witness.py",
    ),
    Fault(
        "the witness cosigns whatever it is shown",
        "ledger/domain/cosignature.py",
        "        check_extends(last, head, path)\n",
        "        pass\n",
        "tests/ledger/test_witness.py",
    ),
    Fault(
        "the flush skipped",
        "ledger/sql.py",
        "    _line().keeps_plans = True\n",
        '    _line().keeps_plans = True\n    execute("set synchronous_commit = off")\n',
        "crash",
    ),
)


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", help="this fault alone")
    parser.add_argument("--list", action="store_true", help="print the faults and end")
    options = parser.parse_args()
    chosen = [fault for fault in FAULTS if options.only in (None, fault.name)]
    if options.list:
        for fault in chosen:
            print(f"{fault.name:<62} {fault.file}")
        return 0
    unnoticed = run(chosen, say=print)
    print(f"{len(chosen)} faults planted, {len(chosen) - len(unnoticed)} noticed")
    return 1 if unnoticed else 0


def run(faults: list[Fault], *, say: Callable[[str], object]) -> list[str]:
    """Plant each in turn; the names of those that no test noticed."""
    unnoticed = []
    with tempfile.TemporaryDirectory(prefix="llplanted-") as place:
        copy = Path(place, "project")
        for name in COPIED:
            _copy(ROOT / name, copy / name)
        if (shared := ROOT.parent / "shared").exists():
            Path(place, "shared").symlink_to(shared)
        for fault in faults:
            began = time.perf_counter()
            with planted(fault, copy):
                status, words = _try(fault, copy)
            noticed = status == FAILED
            told = "noticed" if noticed else "NOT NOTICED"
            say(f"  {fault.name:<62} {told} {time.perf_counter() - began:6.1f} s {words}")
            if not noticed:
                unnoticed.append(fault.name)
    return unnoticed


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


@contextlib.contextmanager
def planted(fault: Fault, copy: Path) -> Iterator[None]:
    """The fault is in the copy within the block."""
    file = copy / fault.file
    before = file.read_text()
    assert before.count(fault.right) == 1, f"{fault.name}: no longer fits {fault.file}"
    file.write_text(before.replace(fault.right, fault.wrong))
    try:
        yield
    finally:
        file.write_text(before)


def _try(fault: Fault, copy: Path) -> tuple[int, str]:
    """(status, last words) of the tests, run in the copy."""
    if fault.tests == "crash":
        command = ["-m", "tests.harness.crash", "--cycles", "3", "--control-cycles", "0"]
    else:
        command = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *fault.tests.split()]
    environ = os.environ | {"PYTEST_DB_SUFFIX": "planted", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env=environ,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "as it runs"))]
    return done.returncode, (lines or done.stdout.splitlines()[-1:] or [""])[0][:140]


if __name__ == "__main__":
    sys.exit(main())
