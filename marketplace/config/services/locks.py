"""File locks that free themselves: flock belongs to an open file, so the kernel drops it however its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from .errors import ServicesError

POLL_S = 0.02


def open_lock(path: Path) -> int:
    """A descriptor on the lock file, which is made where it is missing; not inherited by children."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(fd: int, *, shared: bool = False) -> bool:
    """Take the lock now or say no; converts a lock that `fd` already holds."""
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(fd: int, *, shared: bool = False, timeout_s: float) -> bool:
    """Take the lock within `timeout_s`, or say no."""
    deadline = time.monotonic() + timeout_s
    while not try_lock(fd, shared=shared):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock exclusively."""
    if not path.exists():
        return False
    fd = open_lock(path)
    try:
        return not try_lock(fd, shared=True)
    finally:
        os.close(fd)


@contextlib.contextmanager
def held(path: Path, *, timeout_s: float) -> Iterator[int]:
    """The exclusive lock for the block.

    Raises
    ------
    ServicesError
        If somebody else keeps it longer than `timeout_s`.
    """
    fd = open_lock(path)
    try:
        if not wait_lock(fd, timeout_s=timeout_s):
            raise ServicesError(f"{path} is locked by another process for more than {timeout_s:.0f} s")
        yield fd
    finally:
        os.close(fd)
