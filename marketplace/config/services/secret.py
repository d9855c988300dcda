"""The passwords of the embedded services and the site's own key: random, made once, readable by their owner only."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import ServicesError


def _password() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """One random value for each door. All are URL-safe, so they go into URLs and configuration as they are."""

    superuser: str = field(default_factory=_password)
    owner: str = field(default_factory=_password)
    site: str = field(default_factory=_password)
    valkey: str = field(default_factory=_password)
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(64))

    def __repr__(self) -> str:
        return "Secrets(...)"  # a traceback that prints locals must not print these


def load_or_make(path: Path) -> Secrets:
    """The secrets kept in `path`; made there, with mode 0600, by whoever comes first."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            json.dump(asdict(Secrets()), file)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link never replaces: of two that come first together, one wins and both read the same file.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        return Secrets(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ServicesError(f"{path} cannot be read as the services' passwords: {error}") from error
