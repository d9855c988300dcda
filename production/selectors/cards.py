"""Models in use and the cards that speak for them: what they learned from, how well they do, what they are not for."""

from __future__ import annotations

from dataclasses import dataclass

from production.cards import data_of, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A model's card. `text` is Markdown; `capabilities` are what it stands behind, by (name, title).

    data : what it learned from, (name, licence); weights_hash : of a model that recommends, else empty
    """

    name: str
    words: str
    text: str
    capabilities: tuple[tuple[str, str], ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    weights_hash: str = ""


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
    return _card(name, text_of(name), _uses())


@dataclass(slots=True)
class _Use:
    """What a model stands behind."""

    weights_hash: str
    capabilities: list[tuple[str, str]]


def _uses() -> dict[str, _Use]:
    from engine.recommend import registry

    found: dict[str, _Use] = {}
    for name in registry.names():
        one = registry.capability(name)
        found.setdefault(one.model, _Use(one.weights_hash(), [])).capabilities.append((one.name, one.title))
    return found


def _card(name: str, text: str, uses: dict[str, _Use]) -> CardView:
    paragraphs = [part.strip() for part in text.split("\n\n")]
    words = next((part for part in paragraphs if part and part[0].isalpha()), "")
    use = uses.get(name)
    return CardView(
        name=name,
        words=" ".join(words.split()),
        text=text,
        capabilities=tuple(use.capabilities) if use else (),
        data=tuple(data_of(text)),
        weights_hash=use.weights_hash if use else "",
    )
