"""Renditions that come straight out of looking at a file: peaks, the coarse picture, the exact roll."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from production.models import Rendition, Version
from production.parsing.report import Examined
from production.stores import content

JSON_TYPE = "application/json"
SVG_TYPE = "image/svg+xml"


def drawn(examined: Examined) -> dict[str, tuple[bytes, str]]:
    """Purpose -> (bytes, media type) of everything that was drawn."""
    found: dict[str, tuple[bytes, str]] = {}
    if examined.picture is not None:
        found["picture"] = (examined.picture.encode(), SVG_TYPE)
    for purpose, values in (("peaks", examined.peaks), ("roll", examined.roll)):
        if values is not None:
            found[purpose] = (_compact(values), JSON_TYPE)
    return found


def keep(version: Version, purpose: str, data: bytes, media_type: str) -> str:
    """Store `data` as what `purpose` calls for; doing it again replaces what was there."""
    content_hash = content.put(data)
    Rendition.objects.update_or_create(
        version=version,
        purpose=purpose,
        defaults={"content_hash": content_hash, "media_type": media_type, "size_bytes": len(data)},
    )
    return content_hash


def keep_drawn(version: Version, examined: Examined) -> Iterator[str]:
    """Store every picture; yields the hashes."""
    for purpose, (data, media_type) in drawn(examined).items():
        yield keep(version, purpose, data, media_type)


def _compact(values: dict[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":"), allow_nan=False, sort_keys=True).encode()
