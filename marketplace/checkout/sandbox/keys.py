"""The sandbox's own credentials: made once per installation, kept in one file that only its owner may read."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

KEY_PREFIX = "sk_test_sandbox_"
"""No key of the real processor starts like this, so neither side can be taken for the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What the site needs to call the sandbox, and to believe what it is told."""

    secret_key: str
    webhook_secret: str


def read(path: Path) -> Keys | None:
    """The keys in `path`, or None where nobody made them yet."""
    try:
        return Keys(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def read_or_make(path: Path) -> Keys:
    """The keys in `path`, made first if they are missing. Two processes that start at once agree on one file."""
    if (keys := read(path)) is not None:
        return keys
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = Keys(secret_key=KEY_PREFIX + secrets.token_urlsafe(24), webhook_secret="whsec_" + secrets.token_urlsafe(24))
    # Written whole under another name, then linked: a reader never sees half a file, and the second link loses.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(keys), file, indent=1)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    made = read(path)
    if made is None:
        raise FileNotFoundError(path)
    return made
