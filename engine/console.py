"""What the commands share: files read and written whole, results on standard output, progress on standard error."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final

from engine.errors import EngineError

_STEPS: Final = 20  # lines of progress for one piece of work, at most


class UsageError(EngineError):
    """The words of a command make no sense; `--help` tells what does."""

    code = "usage"


def add_source(parser: argparse.ArgumentParser, help: str = "the file to read") -> None:
    """Add the argument `source`, a path that `main` names in front of every refusal."""
    parser.add_argument("source", type=Path, metavar="IN", help=help)


def add_target(parser: argparse.ArgumentParser, help: str = "the file to write; its ending names the form") -> None:
    """Add the argument `target`."""
    parser.add_argument("target", type=Path, metavar="OUT", help=help)


def read(path: Path) -> bytes:
    """The bytes of a regular file; an OSError says why there are none. Too large a file is refused unread."""
    from engine.io.recording import read_small  # late: help loads no numpy

    return read_small(path)


@contextmanager
def written_aside(target: Path, *sources: Path | None) -> Iterator[Path]:
    """Give a path beside `target` to write to; `target` appears when all went well, and otherwise stays as it was.

    Raises
    ------
    UsageError
        If the target is one of the sources, a directory or a device.
    OSError
        If its folder cannot be written.
    """
    target = Path(os.path.realpath(target))  # a link keeps pointing where it points
    aside = _reserved(target, sources)
    try:
        yield aside
        os.replace(aside, target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
    finally:
        with suppress(FileNotFoundError):
            aside.unlink()


def write(target: Path, data: bytes, *sources: Path | None) -> None:
    """Write `data` under the name `target`, whole or not at all; errors as `written_aside`."""
    with written_aside(target, *sources) as aside:
        aside.write_bytes(data)


def check_target(target: Path, *sources: Path | None) -> None:
    """Refuse a target that cannot be written before any work is done; errors as `written_aside`."""
    _reserved(Path(os.path.realpath(target)), sources).unlink()


def print_json(value: Any) -> None:
    """Print one JSON value on standard output, on one line, every number finite."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


class Progress:
    """Lines of progress on standard error: at most twenty for one piece of work, and none for what is quick."""

    def __init__(self, what: str, total: float, unit: str) -> None:
        self._what, self._total, self._unit = what, total, unit
        self._said = 0

    def reach(self, done: float) -> None:
        """Say how far the work is, where that is a step further than what was said last."""
        step = int(_STEPS * min(done, self._total) / self._total) if self._total > 0 else 0
        if step > self._said:
            self._said = step
            print(f"{self._what}: {done:,.0f} of {self._total:,.0f} {self._unit}", file=sys.stderr, flush=True)


def progress_of(what: str, unit: str, *, least: float = 0.0) -> Callable[[float, float], None]:
    """What to call with the work done and the work in all, as often as one likes: it prints as `Progress` does.

    least : work that is less than this in all is quick, and nothing is said
    """
    begun: list[Progress] = []

    def tell(done: float, total: float) -> None:
        if total < least:
            return
        if not begun:
            begun.append(Progress(what, total, unit))
        begun[0].reach(done)

    return tell


def _reserved(target: Path, sources: tuple[Path | None, ...]) -> Path:
    """Make the empty file beside `target` that becomes it."""
    mode = _mode_of_target(target, sources)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), str(target)) from None
    return aside


def _mode_of_target(target: Path, sources: tuple[Path | None, ...]) -> int:
    if target.is_dir():
        raise UsageError(f"{target} is a directory, not a file to write")
    if not target.exists():
        return 0o666
    if not S_ISREG(target.stat().st_mode):
        raise UsageError(f"{target} is a device, not a file to write")
    if any(source is not None and source.exists() and source.samefile(target) for source in sources):
        raise UsageError(f"{target} would overwrite what is read: give the result another name")
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", str(target))
    return target.stat().st_mode & 0o777
