"""Mix settings: a chain of plugins with their parameters, as JSON under a published schema."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from engine.errors import UnreadableFileError
from engine.io import limits, strict_json

SCHEMA_PATH: Final = Path(__file__).with_name("mix_setting.schema.json")


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The published JSON schema (2020-12)."""
    value: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return value


def read(data: bytes) -> dict[str, Any]:
    """Parse and check a mix setting; what is returned fits the schema, with every number finite.

    Raises
    ------
    UnreadableFileError
        If it is no JSON or breaks the schema; the message names the path, as `$.plugins[2].ratio`.
    LimitExceededError
        If it is too large or too deep.
    """
    if not data:
        raise UnreadableFileError("the file is empty")
    limits.check_size(data, "mix_setting")
    value = strict_json.loads(data)
    strict_json.check(value, schema())
    checked: dict[str, Any] = value
    return checked


def write(setting: dict[str, Any]) -> bytes:
    """The setting as readable JSON, checked first; equal settings give equal bytes."""
    strict_json.check(setting, schema())
    return (json.dumps(setting, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n").encode()


def facets(setting: dict[str, Any]) -> Iterator[bytes]:
    """Each parameter with its plugin and place, as bytes: what near copies of a setting share."""
    for index, plugin in enumerate(setting["plugins"]):
        for name, value in sorted(plugin.items()):
            entries = value if isinstance(value, list) else [value]
            for place, entry in enumerate(entries):
                yield json.dumps([index, plugin["type"], name, place, entry], sort_keys=True).encode()
