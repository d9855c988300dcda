"""The engine stands alone: a musician installs it without the site."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "numpy", "scipy", "soundfile", "soxr", "mido", "music21", "torch", "onnxruntime", "safetensors", "swift_f0",
    "basic_pitch", "pyloudnorm", "tinysoundfont", "defusedxml", "lxml",
}  # fmt: skip


def test_the_engine_imports_nothing_of_the_site():
    pattern = re.compile(r"^\s*(?:from|import) ([a-zA-Z_0-9]+)", re.MULTILINE)
    found = {
        name
        for path in (ROOT / "engine").rglob("*.py")
        for name in pattern.findall(re.sub(r'"""[\s\S]*?"""', "", path.read_text()))
    }

    assert found - sys.stdlib_module_names - {"engine"} <= ALLOWED


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
