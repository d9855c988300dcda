"""Mix settings: a chain of plugins with their parameters, as JSON under a published schema.

Version 2 is written now. Version 1 is read for ever: what was sold stays what it is, and is upcast when it is read.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from engine.errors import UnreadableFileError
from engine.io import limits, strict_json

VERSION: Final = 2
SCHEMA_PATH: Final = Path(__file__).with_name("mix_setting.schema.json")
_PATHS: Final = {1: Path(__file__).with_name("mix_setting.v1.schema.json"), VERSION: SCHEMA_PATH}


@lru_cache(maxsize=len(_PATHS))
def schema(version: int = VERSION) -> dict[str, Any]:
    """The published JSON schema (2020-12) of a version."""
    value: dict[str, Any] = json.loads(_PATHS[version].read_text(encoding="utf-8"))
    return value


def read(data: bytes) -> dict[str, Any]:
    """Parse and check a mix setting; what is returned fits the schema of version 2, with every number finite.

    Raises
    ------
    UnreadableFileError
        If it is no JSON or breaks the schema of its version; the message names the path, as `$.plugins[2].ratio`.
    LimitExceededError
        If it is too large or too deep.
    """
    if not data:
        raise UnreadableFileError("the file is empty")
    limits.check_size(data, "mix_setting")
    value = strict_json.loads(data)
    if isinstance(value, dict) and "tracks" in value:
        raise UnreadableFileError("this is a mix of several tracks, not one chain of plugins")
    _check(value)
    return upcast(value)


def write(setting: dict[str, Any]) -> bytes:
    """The setting as readable JSON, checked first; equal settings give equal bytes."""
    _check(setting)
    return (json.dumps(setting, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n").encode()


def upcast(setting: dict[str, Any]) -> dict[str, Any]:
    """A setting of any version as version 2.

    Every plugin of version 1 is one of version 2 with the same names and values. Only `reverb`, which was a
    convolution with a diffuse room, is called `convolution` now: the new `reverb` is another algorithm.
    """
    if setting.get("version") != 1:
        return setting
    renamed = {"reverb": "convolution"}
    plugins = [{**plugin, "type": renamed.get(plugin["type"], plugin["type"])} for plugin in setting["plugins"]]
    return {**setting, "version": VERSION, "plugins": plugins}


def facets(setting: dict[str, Any]) -> Iterator[bytes]:
    """Each parameter with its plugin and place, as bytes: what near copies of a setting share."""
    for index, plugin in enumerate(setting["plugins"]):
        for name, value in sorted(plugin.items()):
            entries = value if isinstance(value, list) else [value]
            for place, entry in enumerate(entries):
                yield json.dumps([index, plugin["type"], name, place, entry], sort_keys=True).encode()


def _check(value: Any) -> None:
    version = value.get("version", VERSION) if isinstance(value, dict) else VERSION
    if isinstance(version, bool) or version not in _PATHS:
        raise UnreadableFileError(f"$.version must be {' or '.join(map(str, _PATHS))}")
    strict_json.check(value, schema(version))
