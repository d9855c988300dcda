"""The forking process loads what may be wanted while nobody asks, and answers at once when somebody does."""

import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
LOADED_SECONDS_MAX = 120.0


@pytest.fixture
def ahead() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "production.parsing", "--ahead"],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    yield process
    process.kill()
    process.wait()
    for end in (process.stdin, process.stdout):
        assert end is not None
        end.close()


def maps(process: subprocess.Popen[bytes], name: str) -> bool:
    """Whether a library is loaded in it."""
    return name in Path(f"/proc/{process.pid}/maps").read_text()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what a process has loaded")
def test_networks_are_loaded_before_anybody_asks(ahead: subprocess.Popen[bytes]):
    end = time.monotonic() + LOADED_SECONDS_MAX
    while not maps(ahead, "libtorch_cpu"):
        assert ahead.poll() is None
        assert time.monotonic() < end
        time.sleep(0.1)


def test_it_ends_with_its_stdin_although_there_is_more_to_load(ahead: subprocess.Popen[bytes]):
    assert ahead.stdin is not None
    assert ahead.stdout is not None
    ahead.stdin.close()

    assert ahead.wait(LOADED_SECONDS_MAX) == 0
    assert not select.select([ahead.stdout], [], [], 0)[0] or ahead.stdout.read() == b""
