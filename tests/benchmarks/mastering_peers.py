r"""matchering 2.0.6 beside ours, as a process of its own: it is GPL, and nothing of the project imports it.

It is looked for in the folder that LEDGERLINE_PEERS names, or wherever Python finds it:
pip install --no-deps --target FOLDER matchering==2.0.6 resampy statsmodels patsy pandas python-dateutil pytz tzdata \
six numba llvmlite
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from engine.arrays import Signal

_PROGRAM = """
import json, sys, time
import matchering as mg
pairs = json.load(sys.stdin)
mg.process(**{"target": pairs[0][0], "reference": pairs[0][1], "results": [mg.Result(pairs[0][2], "FLOAT")]})
for target, reference, result in pairs:
    start = time.process_time()
    mg.process(target=target, reference=reference, results=[mg.Result(result, "FLOAT")])
    print("took_s", time.process_time() - start, flush=True)
"""


def matchering(pairs: list[tuple[Signal, Signal]], *, sample_rate_hz: int) -> tuple[list[Signal], list[float]] | str:
    """Masters of (target, reference) pairs and the CPU seconds of each, or a line that says what to install.

    The first pair is mastered once more before the clock runs: compiling is not counted.
    """
    environment = {**os.environ, "PYTHONPATH": os.environ.get("LEDGERLINE_PEERS", "")}
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for index, pair in enumerate(pairs):
            names = [str(Path(folder) / f"{index}-{kind}.wav") for kind in ("target", "reference", "result")]
            for name, signal in zip(names, pair, strict=False):
                soundfile.write(name, signal.T, sample_rate_hz, subtype="FLOAT")
            rows.append(names)
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _PROGRAM],
            input=json.dumps(rows), capture_output=True, text=True, env=environment, cwd=folder, check=False,
        )  # fmt: skip
        if ran.returncode:
            return f"matchering did not run ({ran.stderr.strip().splitlines()[-1:]}): see {__file__}"
        took = [float(line.split()[1]) for line in ran.stdout.splitlines() if line.startswith("took_s")]
        made = [np.ascontiguousarray(soundfile.read(row[2], dtype="float32", always_2d=True)[0].T) for row in rows]
    return made, took
