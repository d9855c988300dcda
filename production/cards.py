"""The texts that speak for models: each lies beside its weights, as Markdown."""

from __future__ import annotations

import re

from production.errors import UnknownElementError

_DATA = re.compile(r"^\| data \| (.+?) \|$", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def text_of(name: str) -> str:
    """The card's text.

    Raises
    ------
    UnknownElementError
        If there is none.
    """
    from engine.weights import files

    path = files.FOLDER / f"{name}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UnknownElementError("There is no such model.")
    return path.read_text()


def data_of(text: str) -> list[tuple[str, str]]:
    """The named sets of data in the card's row `| data | name: licence; name: licence |`."""
    row = _DATA.search(text)
    named = [one.strip().rpartition(": ") for one in row[1].split(";")] if row else []
    return [(name, licence) for name, _, licence in named if name and licence]
