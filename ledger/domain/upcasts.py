"""Old event versions become today's when they are read; what is stored never changes.

`UPCASTS` maps an old kind to a function from its body to (new kind, new body). A released version is never removed
from here: an exported log of each schema is kept in the tests and read for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upcast = Callable[[Mapping[str, Any]], tuple[str, Mapping[str, Any]]]

UPCASTS: dict[str, Upcast] = {}


def upcast(kind: str, body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The newest form of an event, step by step."""
    while (step := UPCASTS.get(kind)) is not None:
        kind, body = step(body)
    return kind, body
