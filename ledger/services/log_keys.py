"""The keys that sign the log: files in LEDGER_KEY_DIR, readable by their owner only.

One file a key, numbered in order of making. The newest signs; the one before it signs too for a while after a
rotation, so that those who know only the old key can follow. No key is ever removed: old receipts stay valid.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from ledger.domain.errors import ProofError, WrongStateError
from ledger.domain.note import SignerKey, VerifierKey

OVERLAP = dt.timedelta(days=30)
BACKUP_FORM = "ledgerline log keys v1"


@dataclasses.dataclass(frozen=True, slots=True)
class LogKey:
    """A signing key and when it was made."""

    signer: SignerKey
    made_at: dt.datetime


def newest() -> VerifierKey:
    """The public key of today; the first call makes one."""
    return all_keys()[-1].signer.verifier


def public_keys() -> list[VerifierKey]:
    """Every public key the log ever signed with, newest first."""
    return [key.signer.verifier for key in reversed(all_keys())]


def signing_keys(*, now: dt.datetime) -> list[SignerKey]:
    """Who signs now: the newest key, and for OVERLAP after a rotation the one before it."""
    keys = all_keys()
    overlaps = len(keys) > 1 and now - keys[-1].made_at < OVERLAP
    return [key.signer for key in (reversed(keys[-2:]) if overlaps else keys[-1:])]


def all_keys() -> list[LogKey]:
    """Every key, oldest first; makes the first one."""
    if found := _read():
        return found
    with _locked():
        return _read() or [_make(number=1)]


def rotate() -> VerifierKey:
    """A new key signs from now on, beside the old one for a while."""
    all_keys()
    with _locked():
        return _make(number=len(_read()) + 1).signer.verifier


def backup() -> str:
    """Every key, private halves included, as one text: keep it where the server's disk does not go with it."""
    keys = [{"made_at": key.made_at.isoformat(), "key": key.signer.encode()} for key in all_keys()]
    return json.dumps({"form": BACKUP_FORM, "keys": keys}, indent=2) + "\n"


def restore(text: str) -> int:
    """Put back the keys of a backup; how many were missing here.

    Raises
    ------
    WrongStateError
        If the text is no backup, or keys here are not in it: two logs must not mix.
    """
    try:
        saved = json.loads(text)
        if saved["form"] != BACKUP_FORM:
            raise ValueError("another form")
        keys = [LogKey(SignerKey.parse(k["key"]), dt.datetime.fromisoformat(k["made_at"])) for k in saved["keys"]]
    except (ValueError, KeyError, TypeError, ProofError) as error:
        raise WrongStateError("this file is no backup of log keys") from error
    with _locked():
        here = _read()
        if [key.signer for key in here] != [key.signer for key in keys[: len(here)]]:
            raise WrongStateError("the keys here are not those of the backup: move them away first")
        for number, key in enumerate(keys[len(here) :], start=len(here) + 1):
            _write(number, key)
    return len(keys) - len(here)


def _folder() -> Path:
    return Path(settings.LEDGER_KEY_DIR)


def _read() -> list[LogKey]:
    keys = []
    for path in sorted(_folder().glob("log-*.key")):
        value = json.loads(path.read_text())
        keys.append(LogKey(SignerKey.parse(value["key"]), dt.datetime.fromisoformat(value["made_at"])))
    return keys


def _make(*, number: int) -> LogKey:
    key = LogKey(SignerKey(settings.LEDGER_ORIGIN, os.urandom(32)), dt.datetime.now(dt.UTC))
    _write(number, key)
    return key


def _write(number: int, key: LogKey) -> None:
    """A new file, whole or not at all, for the owner's eyes only; an existing one is never replaced."""
    path = _folder() / f"log-{number:04}.key"
    draft = path.with_suffix(".draft")
    text = json.dumps({"made_at": key.made_at.isoformat(), "key": key.signer.encode()})
    write_secret(draft, text)
    os.link(draft, path)
    draft.unlink()


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, flushed to the disk; an existing draft is replaced."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One process at a time makes keys."""
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    with (_folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
