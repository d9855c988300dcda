"""Licence terms: versioned texts, bound by the hash of their bytes.

A text that was used is never changed: a new wording is a new file with the next number. Grants name the hash, so a
certificate shows the very words that were agreed to.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.domain.events import LicenceKind, Use

FOLDER = Path(__file__).parent / "texts"
CURRENT_VERSION: dict[LicenceKind, int] = {"standard": 2, "exclusive": 2, "remix": 2, "free": 2}

NAMES: dict[LicenceKind, Promise] = {
    "standard": _("Standard licence"),
    "exclusive": _("Exclusive licence"),
    "remix": _("Remix licence"),
    "free": _("Free licence"),
}

PLAIN_WORDS: dict[LicenceKind, tuple[Promise, ...]] = {
    "standard": (
        _("You may use it in your own music, films and games, and sell those."),
        _("You may not resell it as a loop, preset or sample."),
        _("To build new elements from it, take the remix licence."),
        _("Others can license it, too."),
        _("It never ends, whatever happens to your subscription."),
    ),
    "exclusive": (
        _("Everything the standard licence allows, and you are the last to get it."),
        _("Licences sold before yours stay in force."),
        _("You may build new elements from it where its terms allow; their share flows back."),
        _("You may not resell it by itself; credit stays with its makers."),
    ),
    "remix": (
        _("You may build new elements from it and sell them here."),
        _("A share of all they earn flows back to its makers."),
        _("You may not sell it unchanged."),
    ),
    "free": (
        _("You may use it in your own music, sold or not, with credit."),
        _("You may build new elements from it where its terms allow; their share flows back."),
        _("You may not sell it by itself."),
    ),
}
_FIRST_STANDARD_WORDS = (
    _("You may use it in your own music, films and games, and sell those."),
    _("You may build new elements from it and sell them here; a share flows back to its makers."),
    _("You may not resell it as a loop, preset or sample."),
    _("Others can license it, too."),
    _("It never ends, whatever happens to your subscription."),
)

ALL_USES: tuple[Use, ...] = ("derive", "own_music", "sell_derivative", "sync")
ALLOWS: dict[tuple[LicenceKind, int], tuple[Use, ...]] = {
    ("standard", 1): ALL_USES,
    ("standard", 2): ("own_music", "sync"),
    ("exclusive", 1): ALL_USES,
    ("exclusive", 2): ALL_USES,
    ("remix", 1): ("derive", "sell_derivative"),
    ("remix", 2): ("derive", "sell_derivative"),
    ("free", 1): ("derive", "own_music", "sell_derivative"),
    ("free", 2): ("derive", "own_music", "sell_derivative"),
}
"""What each text permits. From version 2 on the derivation terms of the grant must permit deriving, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of one licence text."""

    kind: LicenceKind
    version: int
    text: str
    terms_hash: str

    @property
    def name(self) -> str:
        """The licence's name in the reader's language."""
        return str(NAMES[self.kind])

    @property
    def plain_words(self) -> tuple[str, ...]:
        """What it allows and forbids, a sentence each."""
        first = (self.kind, self.version) == ("standard", 1)
        return tuple(str(words) for words in (_FIRST_STANDARD_WORDS if first else PLAIN_WORDS[self.kind]))

    @property
    def allows(self) -> tuple[Use, ...]:
        """The uses that the text permits."""
        return ALLOWS[self.kind, self.version]


@functools.cache
def all_terms() -> dict[str, Terms]:
    """Every text ever published, by hash."""
    found = {}
    for file in sorted(FOLDER.glob("*.txt")):
        kind, version = file.stem.rsplit("-", 1)
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        assert kind in CURRENT_VERSION, file
        found[digest] = Terms(kind=kind, version=int(version), text=data.decode(), terms_hash=digest)  # type: ignore[arg-type]
    return found


def current(kind: LicenceKind) -> Terms:
    """The text that new licences of this kind are granted on."""
    return next(t for t in all_terms().values() if t.kind == kind and t.version == CURRENT_VERSION[kind])


def by_hash(terms_hash: str) -> Terms:
    """The text with this hash; `KeyError` if we never published it."""
    return all_terms()[terms_hash]
