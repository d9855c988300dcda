"""The one place that reads the process's environment."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parents[2]


def text(name: str, default: str = "") -> str:
    """The variable, or `default` where it is unset or empty."""
    return os.environ.get(name) or default


def flag(name: str, *, default: bool) -> bool:
    """True for 1, true, yes, on (any case)."""
    return text(name, str(default)).lower() in ("1", "true", "yes", "on")


def var_dir() -> Path:
    """Where everything that the site keeps on disk lives."""
    return Path(text("LEDGERLINE_VAR", str(BASE_DIR / "var")))


def database(url: str) -> dict[str, object]:
    """Django's settings for a `postgresql://` URL; `?host=/folder` names a socket's folder."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"DATABASE_URL must start with postgresql://, got {parts.scheme}://")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(query),
    }


def content_storage(url: str, *, folder: Path) -> dict[str, object]:
    """Django's settings for where content lies: a folder, or `s3://bucket/prefix?endpoint=https://...&region=...`.

    The bucket's credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the machine's own role.
    """
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError(f"CONTENT_URL must look like s3://bucket/prefix, got {url!r}")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options: dict[str, object] = {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "file_overwrite": False,
        "default_acl": None,
        "querystring_auth": True,
    }
    if endpoint := query.get("endpoint"):
        options["endpoint_url"] = endpoint
    if region := query.get("region"):
        options["region_name"] = region
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
