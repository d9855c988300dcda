"""The engine stands alone: a musician installs it without the site."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from engine.io import audio

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "numpy", "scipy", "soundfile", "soxr", "mido", "music21", "torch", "onnxruntime", "safetensors", "swift_f0",
    "basic_pitch", "pyloudnorm", "tinysoundfont", "defusedxml", "lxml",
}  # fmt: skip


def run_without(package: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command where a package is not installed."""
    code = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == {package!r}:
            raise ModuleNotFoundError("absent", name=name)

sys.meta_path.insert(0, Absent())
from engine.__main__ import main
sys.exit(main({arguments!r}))
"""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_engine_imports_nothing_of_the_site():
    pattern = re.compile(r"^\s*(?:from|import) ([a-zA-Z_0-9]+)", re.MULTILINE)
    found = {
        name
        for path in (ROOT / "engine").rglob("*.py")
        for name in pattern.findall(re.sub(r'"""[\s\S]*?"""', "", path.read_text()))
    }

    assert found - sys.stdlib_module_names - {"engine"} <= ALLOWED


def test_what_is_imported_at_once_is_what_its_own_package_asks_for():
    project = tomllib.loads((ROOT / "engine" / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[^\w-]", wish)[0].replace("-", "_") for wish in project["dependencies"]}
    optional = {"torch", "onnxruntime", "swift_f0", "basic_pitch", "tinysoundfont"}

    found = set()
    for path in (ROOT / "engine").rglob("*.py"):
        if "training" not in path.relative_to(ROOT / "engine").parts:
            code = re.sub(r'"""[\s\S]*?"""', "", path.read_text())
            found |= set(re.findall(r"^(?:from|import) ([a-zA-Z_0-9]+)", code, re.MULTILINE))

    assert found - sys.stdlib_module_names - {"engine"} - optional == names
    assert not optional & names


@pytest.mark.parametrize("arguments", [["--help"], ["methods"], ["recommend", "--help"], ["transcribe", "--help"]])
def test_help_and_lists_need_none_of_the_networks_packages(arguments: list[str]):
    done = run_without("torch", arguments)

    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_its_own_package_holds_every_file_that_is_read():
    project = tomllib.loads((ROOT / "engine" / "pyproject.toml").read_text())
    patterns = project["tool"]["hatch"]["build"]["targets"]["wheel"]["include"]
    files = [path.relative_to(ROOT / "engine") for path in (ROOT / "engine").rglob("*") if path.is_file()]

    left_out = [
        path
        for path in files
        if "__pycache__" not in path.parts
        and path.name != "pyproject.toml"
        and path.suffix not in (".py", ".json")
        and path.parts[0] != "weights"
    ]

    assert patterns == ["**/*.py", "**/*.json", "weights/*"]
    assert left_out == []


def test_a_command_says_which_package_it_misses(tmp_path: Path):
    sound = tmp_path / "a.wav"
    sound.write_bytes(audio.write(np.zeros((1, 9_000), np.float32), sample_rate_hz=22_050, format="wav"))
    arguments = ["denoise", str(sound), str(tmp_path / "b.wav"), "--method", "learned"]

    done = run_without("torch", arguments)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("this needs the package torch")
    assert not (tmp_path / "b.wav").exists()


def test_a_file_is_described_where_django_cannot_be_imported(tmp_path: Path):
    notes = tmp_path / "chords.json"
    notes.write_text("C | Am | F G | C")
    lines = [
        "import sys",
        "sys.modules['django'] = None",
        "from engine.__main__ import main",
        f"main(['describe', {str(notes)!r}])",
    ]
    code = "\n".join(lines)

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert '"key": "C major"' in done.stdout


def test_the_examples_of_the_manual_run():
    manual = (ROOT / "docs" / "engine.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", manual, re.DOTALL)

    assert len(examples) >= 5
    names: dict = {}
    for example in examples:
        exec(compile(example, "docs/engine.md", "exec"), names)
