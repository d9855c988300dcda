"""Limits that a process sets on itself before it looks at bytes from outside."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import signal

from production import limits

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def confine(*, memory_bytes_max: int, cpu_seconds_max: int, output_bytes_max: int) -> None:
    """Cap memory, processor time, output and open files, and die with the parent.

    Over the processor time the kernel sends SIGXCPU, and kills two seconds later; over the memory Python raises
    MemoryError, or a library gives up; either way only this process ends.
    """
    _limit(resource.RLIMIT_AS, memory_bytes_max)
    _limit(resource.RLIMIT_CPU, cpu_seconds_max, spare=2)
    _limit(resource.RLIMIT_FSIZE, output_bytes_max)
    _limit(resource.RLIMIT_NOFILE, limits.PARSE_OPEN_FILES_MAX)
    _limit(resource.RLIMIT_CORE, 0)
    die_with_parent()


def die_with_parent() -> None:
    """Be killed when the parent ends, and never gain rights."""
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the wall clock still ends it
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _limit(which: int, value: int, *, spare: int = 0) -> None:
    """Lower a limit; never above what the process was started with."""
    _, hard = resource.getrlimit(which)
    ceiling = value + spare if hard == resource.RLIM_INFINITY else min(value + spare, hard)
    resource.setrlimit(which, (min(value, ceiling), ceiling))
