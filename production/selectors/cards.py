"""Models in use and the cards that speak for them: what they learned from, how well they do, what they are not for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from production.errors import UnknownElementError

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A model's card. `text` is Markdown; `capabilities` are what it stands behind, by (name, title)."""

    name: str
    words: str
    text: str
    capabilities: tuple[tuple[str, str], ...] = ()


def model_cards() -> list[CardView]:
    """Every card, in the order of the alphabet."""
    from engine.weights import files

    uses = _uses()
    return [_card(path.stem, path.read_text(), uses) for path in sorted(files.FOLDER.glob("*.md"))]


def model_card(name: str) -> CardView:
    """One model's card.

    Raises
    ------
    UnknownElementError
        If there is none.
    """
    from engine.weights import files

    path = files.FOLDER / f"{name}.md"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UnknownElementError("There is no such model.")
    return _card(name, path.read_text(), _uses())


def _uses() -> dict[str, list[tuple[str, str]]]:
    from engine.recommend import registry

    found: dict[str, list[tuple[str, str]]] = {}
    for name in registry.names():
        one = registry.capability(name)
        found.setdefault(one.model, []).append((one.name, one.title))
    return found


def _card(name: str, text: str, uses: dict[str, list[tuple[str, str]]]) -> CardView:
    paragraphs = [part.strip() for part in text.split("\n\n")]
    words = next((part for part in paragraphs if part and part[0].isalpha()), "")
    return CardView(name=name, words=" ".join(words.split()), text=text, capabilities=tuple(uses.get(name, ())))
